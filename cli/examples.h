// Single test images with what a model takes them for.
#pragma once

#include <string>
#include <vector>

#include "dem/dem.h"

namespace dem::cli {

struct Example {
  Index row;  // of the feature matrix
  ClassId truth;
  std::vector<ClassId> nearest;  // up to three unseen classes, nearest first
};

// Up to `count` unseen test images, spread evenly over the list.
[[nodiscard]] std::vector<Example> find_examples(const Model& model,
                                                 const Dataset& dataset,
                                                 Metric metric,
                                                 Index count);

// A line an image, with a heading.
[[nodiscard]] std::string examples_text(const Dataset& dataset,
                                        const std::vector<Example>& examples);

// The same as JSON: [{"row", "class", "nearest": [names]}].
[[nodiscard]] std::string examples_json(const Dataset& dataset,
                                        const std::vector<Example>& examples);

}  // namespace dem::cli
