// The model that dem predict asks: a trained one or one of class vectors, with new classes or not.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dem/dem.h"

namespace dem::cli {

struct PredictModelOptions {
  std::string model;                  // this one, or
  std::string class_vectors;          // that
  std::optional<float> temperature;   // of class vectors
  std::optional<std::string> metric;  // of a model instead of its own; of class vectors theirs
  std::vector<std::string> add_classes;
  std::string names;                   // of new classes, or of class vectors
  std::optional<std::string> missing;  // of new classes; empty: as the model's
};

void add_model_options(CLI::App& app, PredictModelOptions& options);

// Throws Error{kInvalidArgument} for options that do not go together, else what reading throws.
[[nodiscard]] Model open_model(const PredictModelOptions& options);

// The comparison where it is another than the model's.
[[nodiscard]] std::optional<Metric> other_metric(const PredictModelOptions& options);

}  // namespace dem::cli
