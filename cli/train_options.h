// The options of dem train.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common.h"
#include "dem/dem.h"
#include "recipe_options.h"

namespace dem::cli {

struct TrainOptions {
  OutputOptions output;
  DataOptions data;
  RecipeOptions recipe;
  ReferenceOptions reference;
  FitOptions fit;
  std::optional<std::uint64_t> shuffle_classes;
  std::string exchange = "auto";
  std::optional<std::string> solver;  // empty: minibatch, or statistics with --stats
  std::string method = "lbfgs";
  std::string ensemble;                  // --ensemble; empty: a single model
  std::string stats;                     // the file; empty: none
  bool has_data = true;                  // false: the classes of the file, and no images
  std::vector<std::string> given;        // options that choose data
  std::vector<std::string> given_steps;  // options of training in steps that are no recipe's fields
  std::vector<std::string> given_solver;   // those of them that are of solver statistics
  std::optional<Index> seeds;              // how many; empty: one, into the folder itself
  std::vector<std::string> grid;           // FIELD=VALUE,VALUE,...
  std::vector<GridPoint> points;           // of the grid
  SelectionBy grid_by = SelectionBy::kT1;  // of recipes that learn at once
  bool resumes = false;     // with seeds or a grid: take what has finished; else fit.resume
  std::string file_format;  // the reference's parser has it for every script
};

void add_train_options(CLI::App& app, TrainOptions& options);
// What of the options the command line has, once it is read.
void take_given(const CLI::App& app, TrainOptions& options);

}  // namespace dem::cli
