// A recipe chosen by name and changed field by field.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dem/dem.h"

namespace dem::cli {

struct RecipeOptions {
  std::string recipe;  // empty: the layout's default
  std::optional<double> learning_rate, weight_decay, clip, beta1;
  std::optional<Index> batch_size, num_epochs, max_steps, hidden_dim, evaluation_interval;
  std::optional<std::string> select, metric, feature_scaling, output_bias, precision;
  std::vector<std::string> settings;  // NAME=VALUE
  bool no_shuffle = false;
  bool shuffle = false;
};

void add_recipe_options(CLI::App& app, RecipeOptions& options);

// The named recipe for this dataset and mode with the options given applied; what the recipe states
// elsewhere stays. Throws Error{kInvalidArgument}.
[[nodiscard]] Recipe resolve(const RecipeOptions& options, const DatasetOptions& dataset);

}  // namespace dem::cli
