#include <filesystem>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/seed_runs.h"
#include "pipeline/begin_report.h"
#include "pipeline/recipe_difference.h"
#include "pipeline/same_run.h"
#include "pipeline/saved_run.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

std::string fact_of(const Provenance& facts, const char* name) {
  const auto found = facts.find(name);
  return found == facts.end() ? "none" : found->second;
}

[[noreturn]] void refuse_other_run(const std::string& file,
                                   const std::string& expected,
                                   const std::string& got) {
  throw Error(ErrorKind::kInvalidArgument,
              concat(file, ": to resume, expected ", expected, ", got ", got));
}

void require_same_recipe(const std::string& file, const Provenance& now, const Provenance& saved) {
  const RecipeDifference recipes =
      recipe_difference(fact_of(saved, "recipe_json"), fact_of(now, "recipe_json"));
  if (recipes.saved == recipes.wanted) return;
  refuse_other_run(file, "the recipe's " + recipes.saved, recipes.wanted);
}

void require_facts(const std::string& file, const Provenance& now, const Provenance& saved) {
  require_same_recipe(file, now, saved);
  for (const char* fact : {"seed",
                           "dataset",
                           "train_mode",
                           "data_fingerprint",
                           "statistics_fingerprints",
                           "shuffle_classes",
                           "solver",
                           "solver_method",
                           "init_file",
                           "dem_version"}) {
    if (fact_of(now, fact) == fact_of(saved, fact)) continue;
    refuse_other_run(file, concat(fact, ' ', fact_of(saved, fact)), fact_of(now, fact));
  }
}

// A summary is written last.
std::optional<Model> load_finished(const Dataset& dataset, const FitOptions& options) {
  const fs::path folder(options.output);
  const std::string file = (folder / "model.safetensors").string();
  std::error_code none;
  if (!fs::is_regular_file(folder / "summary.json", none) || !fs::is_regular_file(file, none)) {
    return std::nullopt;
  }
  Model model = load_model(file);
  if (fact_of(model.provenance, "status") != "finished") return std::nullopt;
  require_facts(file, begin_report(dataset, options).provenance(), model.provenance);
  return model;
}

bool is_loadable(const std::string& path, const Dataset& dataset, const FitOptions& options) {
  std::error_code none;
  if (!options.recipe.network || !fs::is_regular_file(path, none)) return false;
  try {
    static_cast<void>(load_saved_run(path, options, dataset));
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

bool is_saved_run(const Dataset& dataset, const FitOptions& options) {
  Communicator& group = options.group != nullptr ? *options.group : self_communicator();
  const std::string path = (fs::path(options.output) / "last.safetensors").string();
  Index found = group.is_root() && is_loadable(path, dataset, options) ? 1 : 0;
  group.sum(std::span(&found, 1));
  return found > 0;
}

std::optional<Model> finished_run(const Dataset& dataset, const FitOptions& options) {
  Communicator& group = options.group != nullptr ? *options.group : self_communicator();
  std::optional<Model> model;
  agree(group, [&] {
    if (group.is_root()) model = load_finished(dataset, options);
  });
  Index found = model ? 1 : 0;
  group.sum(std::span(&found, 1));
  if (found == 0) return std::nullopt;
  if (!model) model.emplace();
  take_from_root(group, *model);
  return model;
}

}  // namespace dem
