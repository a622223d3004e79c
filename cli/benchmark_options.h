// The command line of dem benchmark.
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

}  // namespace dem::cli
