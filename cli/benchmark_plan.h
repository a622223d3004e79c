// What dem benchmark is to run.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common.h"
#include "dem/dem.h"

namespace dem::cli {

struct BenchmarkOptions {
  OutputOptions output;
  DataOptions data;
  std::vector<std::string> datasets;  // NAME in --data-path, or FOLDER/NAME; :OPTION=VALUE
  std::vector<std::string> recipes;   // names, "all", or files of settings
  Index seeds = 5;
  std::uint64_t first_seed = 1000;
  std::string folder;
  double memory_gib = 0.0;  // 0: most of what is free
  bool fresh = false;
  std::vector<std::string> data_arguments;  // options of data as they were given
};

void add_benchmark_options(CLI::App& app, BenchmarkOptions& options);
// What of the options the command line has, once it is read.
void take_given(const CLI::App& app, BenchmarkOptions& options);

// One run: training and evaluation of a recipe on a dataset with a seed.
struct BenchmarkCell {
  RunKey key;
  Index feature_dim = 0;
  Index feature_bytes = 0;          // of the data's features in memory
  std::vector<std::string> data;    // arguments of both commands
  std::vector<std::string> recipe;  // of dem train
  std::string file_name;            // of what is kept of it, without a folder
};

// All cells, seed by seed, and in these by dataset and recipe. Looks at every dataset, in a process
// of its own. Throws Error: of options that cannot be, of data that cannot be read.
[[nodiscard]] std::vector<BenchmarkCell> benchmark_cells(const BenchmarkOptions& options);

}  // namespace dem::cli
