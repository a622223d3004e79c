#include "examples.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace dem::cli {
namespace {

const std::string& name_of(const Dataset& dataset, ClassId id) {
  return dataset.classes.names[static_cast<std::size_t>(id)];
}

}  // namespace

std::vector<Example> find_examples(const Model& model,
                                   const Dataset& dataset,
                                   Metric metric,
                                   Index count) {
  const auto& rows = dataset.split.test_unseen;
  const auto total = static_cast<Index>(rows.size());
  std::vector<Index> chosen;
  for (Index i = 0; i < std::min(count, total); ++i) {
    chosen.push_back(rows[static_cast<std::size_t>(i * total / std::min(count, total))]);
  }
  const auto& candidates = dataset.unseen_classes;
  const Prototypes prototypes = evaluated_prototypes(model, dataset);
  const PrototypeSource scores(dataset.visual_features, model.feature_map, prototypes, metric);
  const Index k = std::min<Index>(3, static_cast<Index>(candidates.size()));
  const Matrix<std::int32_t> nearest = scores.best(chosen, candidates, k);
  std::vector<Example> examples;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    Example example{chosen[i], dataset.labels[static_cast<std::size_t>(chosen[i])], {}};
    for (const std::int32_t candidate : nearest.row(static_cast<Index>(i))) {
      example.nearest.push_back(candidates[static_cast<std::size_t>(candidate)]);
    }
    examples.push_back(std::move(example));
  }
  return examples;
}

std::string examples_text(const Dataset& dataset, const std::vector<Example>& examples) {
  std::string text = "images of classes never seen, and the nearest of " +
                     std::to_string(dataset.unseen_classes.size()) + " unseen classes:\n";
  for (const Example& example : examples) {
    const Index row = dataset.row_in_file(example.row);
    text += (row == example.row ? "  row " : "  test row ") + std::to_string(row) + ", " +
            name_of(dataset, example.truth) + ": ";
    for (std::size_t j = 0; j < example.nearest.size(); ++j) {
      const ClassId guess = example.nearest[j];
      text += (j > 0 ? ", " : "") + name_of(dataset, guess) +
              (guess == example.truth ? " (right)" : "");
    }
    text += '\n';
  }
  return text;
}

std::string examples_json(const Dataset& dataset, const std::vector<Example>& examples) {
  auto json = nlohmann::ordered_json::array();
  for (const Example& example : examples) {
    std::vector<std::string> nearest;
    for (const ClassId guess : example.nearest) nearest.push_back(name_of(dataset, guess));
    json.push_back(
        {{"row", example.row}, {"class", name_of(dataset, example.truth)}, {"nearest", nearest}});
  }
  return json.dump();
}

}  // namespace dem::cli
