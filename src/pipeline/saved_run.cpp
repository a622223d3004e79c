#include "pipeline/saved_run.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "pipeline/fit_phase.h"
#include "pipeline/recipe_difference.h"

namespace dem {
namespace {

// The size of a batch is that of all ranks, which the command line has for one.
std::string batch_size_hint(const FitOptions& options, const std::string& got) {
  if (options.group == nullptr || got.find("batch_size") == std::string::npos) return "";
  return concat(" (the images of a batch of all ranks together; here are ",
                options.group->size(),
                options.group->size() == 1 ? " rank)" : " ranks)");
}

std::string shuffle_text(const Dataset& dataset) {
  return dataset.shuffled_with ? std::to_string(*dataset.shuffled_with) : "none";
}

class Notes {
 public:
  Notes(const std::string& path, const TrainingState& state) : path_(path), notes_(state.notes) {}

  [[nodiscard]] std::string text(const char* key) const {
    const auto found = notes_.find(key);
    if (found != notes_.end()) return found->second;
    throw Error(ErrorKind::kFormat, concat(path_, ": expected the note \"", key, "\", got none"));
  }

  template <typename Number>
  [[nodiscard]] Number number(const char* key) const {
    const std::string digits = text(key);
    Number value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc() && end == digits.data() + digits.size()) return value;
    throw Error(ErrorKind::kFormat,
                concat(path_, ": note \"", key, "\": expected a number, got \"", digits, "\""));
  }

  void require(const char* what, const std::string& expected, const std::string& got) const {
    if (expected == got) return;
    throw Error(ErrorKind::kInvalidArgument,
                concat(path_, ": to resume, expected ", what, " ", expected, ", got ", got));
  }

 private:
  const std::string& path_;
  const std::map<std::string, std::string>& notes_;
};

}  // namespace

std::map<std::string, std::string> run_notes(const FitOptions& options,
                                             const Dataset& dataset,
                                             FitPhase phase,
                                             const SelectionProgress& selection) {
  std::map<std::string, std::string> notes{{"phase", std::string(to_string(phase))},
                                           {"recipe_json", options.recipe.to_json()},
                                           {"shuffle_classes", shuffle_text(dataset)},
                                           {"data_fingerprint", dataset.fingerprint}};
  if (options.group != nullptr) notes["ranks"] = std::to_string(options.group->size());
  if (selection.selected) {
    notes["selected"] = selection.selected->to_json();
  } else if (!selection.runs.empty()) {
    notes["selection_runs"] = histories_to_json(selection.runs);
  }
  return notes;
}

SavedRun load_saved_run(const std::string& path,
                        const FitOptions& options,
                        const Dataset& dataset) {
  SavedRun run;
  run.state = load_training_state(
      path, options.recipe.network->network_spec(dataset.classes, dataset.feature_dim()));
  const Notes notes(path, run.state);
  notes.require("shuffle_classes", notes.text("shuffle_classes"), shuffle_text(dataset));
  notes.require("data fingerprint", notes.text("data_fingerprint"), dataset.fingerprint);
  notes.require("seed", std::to_string(run.state.seed), std::to_string(options.seed));
  const RecipeDifference recipes = recipe_difference(
      notes.text("recipe_json"), options.recipe.to_json(), {"num_epochs", "max_steps"});
  notes.require(
      "the recipe's", recipes.saved, recipes.wanted + batch_size_hint(options, recipes.wanted));
  if (run.state.notes.contains("ranks")) run.ranks = notes.number<int>("ranks");
  if (notes.text("phase") == to_string(FitPhase::kSelect)) run.phase = FitPhase::kSelect;
  if (run.phase == FitPhase::kSelect) {
    run.selection.runs =
        histories_from_json(notes.text("selection_runs"), path + ": note selection_runs");
    if (run.selection.runs.empty()) {
      throw Error(ErrorKind::kFormat,
                  path + ": note selection_runs: expected a run that has begun, got none");
    }
  } else if (options.recipe.selection == Selection::kValidation) {
    run.selection.selected =
        selection_outcome_from_json(notes.text("selected"), path + ": note selected");
  }
  return run;
}

}  // namespace dem
