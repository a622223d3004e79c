// What a fit did, as one value: a model's provenance and summary.json are made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dem/eval/scores.h"
#include "dem/learn/recipe.h"
#include "dem/learn/trainer.h"
#include "dem/model/model.h"
#include "dem/pipeline/judged_point.h"
#include "dem/pipeline/selection_outcome.h"

namespace dem {

// What became of a member of an ensemble.
struct MemberReport {
  Recipe recipe;
  std::uint64_t seed = 0;
  double weight = 0.0;  // of its score in the sum
  std::string selection;
  std::optional<double> selected_accuracy;
  Provenance chosen;
};

struct RunReport {
  // What it learned from.
  std::string dataset;
  std::string layout;
  TrainMode train_mode = TrainMode::kAttribute;
  bool original_attributes = false;      // as in Dataset, and
  bool has_original_attributes = false;  // whether there was a choice
  MissingDescriptions missing_descriptions = MissingDescriptions::kKeep;  // as in Dataset, and
  Index num_missing = 0;
  MissingFeatures missing_features = MissingFeatures::kRefuse;  // of images and statistics
  Index zeroed_features = 0;                                    // values that became 0
  std::string data_fingerprint;
  std::vector<std::string> files;                    // that were read, in order
  std::vector<std::string> statistics_fingerprints;  // of saved statistics; else empty
  std::optional<std::uint64_t> shuffle_classes;      // Dataset::shuffled_with
  // How.
  Recipe recipe;
  std::string solver;         // "minibatch", "statistics"; of what learns at once "at once"
  std::string solver_method;  // of "statistics"; else empty
  std::string init_file;      // that the first weights are from; empty: drawn as the recipe says
  std::uint64_t seed = 0;
  std::vector<MemberReport> members;  // of an ensemble; `recipe` and `seed` are the first one's
  int ranks = 1;
  // What was selected, on what.
  // "last", "val", "test". What learns at once: "val" where settings, gamma or weights of spaces
  // were chosen on held-out seen classes, "default" where some were left to choose and none was,
  // "given" where all were given.
  std::string selection = "none yet";
  std::string selection_note;  // why it is not the recipe's; else empty
  std::optional<double> selected_accuracy;
  // Of a network whose length held-out seen classes chose; `selected_accuracy` is its value.
  std::optional<SelectionOutcome> validation = {};
  std::vector<JudgedPoint> grid = {};  // of which the best is the recipe; empty: there was none
  std::string calibration;  // the images that the temperature was fitted on; empty: none was
  Provenance chosen;        // what the recipe's settings came to, by name
  TrainSummary summary;     // of the last run that ran; without steps only its seconds are told
  // Where the model was evaluated after it was learned. Nothing was chosen by it, unless
  // `selection` is "test".
  std::optional<EvaluationResult> evaluation = {};

  [[nodiscard]] bool finished() const { return summary.finished(); }
  // As the model carries it. Empty facts are left out.
  [[nodiscard]] Provenance provenance() const;
  // The text of summary.json, indented.
  [[nodiscard]] std::string to_json() const;
};

// Writes a finished run's summary.json into its model folder, whole or not at all, in the place of
// one that is there. Throws Error{kIo}.
//
//   fitted.report.evaluation = evaluate_model(fitted.model, dataset, fitted.model.metric);
//   save_summary(fitted.report, "awa2.model");
void save_summary(const RunReport& report, const std::string& folder);

}  // namespace dem
