// Results for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dem/dem.h"
#include "examples.h"

namespace dem::cli {

// "accuracy _ CUB _ att = 0.58984", the reference's line.
[[nodiscard]] std::string reference_line(const Dataset& dataset,
                                         TrainMode mode,
                                         const EvaluationResult& result);

// The field's scores in per cent with one decimal, only those that the split allows, several lines.
// `compared_by`: what to call the comparison; empty: its metric.
[[nodiscard]] std::string scores_text(const Dataset& dataset,
                                      const Model& model,
                                      const EvaluationResult& result,
                                      const std::string& compared_by = "");

// A heading and a line a class: images, seen or unseen, accuracy among unseen classes and among
// all, name.
[[nodiscard]] std::string per_class_text(const Dataset& dataset, const EvaluationResult& result);

// How the model's weights were chosen, with a warning where test data chose them, and the note
// of a selection that came to nothing.
[[nodiscard]] std::string selection_text(const Model& model);

// What --json holds beside the scores, where it is asked for.
struct ResultDetails {
  bool per_class =
      false;  // "per_class": [{"class", "seen", "samples", "zero_shot", "generalised"}]
  const std::vector<Example>* examples = nullptr;  // "examples"
};

// The object that --json prints, with a newline at its end.
[[nodiscard]] std::string result_json(const Dataset& dataset,
                                      const Model& model,
                                      const EvaluationResult& result,
                                      const ResultDetails& details = {});

// What can be told without test images of unseen classes, and what cannot.
[[nodiscard]] std::string seen_scores_text(const Dataset& dataset, const SeenScores& scores);

// The same for programs: "metrics" has "S", "seen_T1" and "seen_accuracy"; it is empty, and there
// is no metric, where nothing was evaluated.
[[nodiscard]] std::string result_json(const Dataset& dataset,
                                      const Model& model,
                                      const std::optional<SeenScores>& scores);

// A fact of the model, "unknown" where it has none.
[[nodiscard]] std::string provenance(const Model& model, const std::string& key);

}  // namespace dem::cli
