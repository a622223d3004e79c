// What dem benchmark is to run.
#pragma once

#include <string>
#include <vector>

#include "benchmark_options.h"

namespace dem::cli {

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
