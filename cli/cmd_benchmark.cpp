// dem benchmark: recipes on datasets with several seeds, in one table.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>

#include "benchmark_plan.h"
#include "benchmark_runs.h"
#include "commands.h"
#include "dem/dem.h"
#include "interrupt.h"

namespace dem::cli {
namespace {

// Exit status where a run has no result, though others have.
constexpr int kSomeFailed = 3;

void make_folder(const std::string& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (!problem) return;
  throw Error(ErrorKind::kIo, "--output: " + folder + ": cannot be made: " + problem.message());
}

int run_benchmark(const BenchmarkOptions& options) {
  // Threads of this process would be lost in the children.
  OutputOptions quiet = options.output;
  quiet.threads = 1;
  apply(quiet);
  make_folder(options.folder + "/runs");
  BenchmarkRuns runs(options, benchmark_cells(options));
  catch_interrupts();
  const bool is_complete = runs.run();
  const std::vector<RunRecord> records = runs.records();
  // Tables of all runs are not replaced by those of fewer.
  const bool is_better = is_complete || !std::filesystem::exists(options.folder + "/results.json");
  if (is_better && !records.empty()) save_results(records, options.folder);
  std::cout << (options.output.json ? to_json(records) : to_text(result_rows(records)));
  std::cout.flush();
  if (!is_complete) {
    std::cerr << "dem: interrupted with " << records.size()
              << " runs kept; the same command goes on\n";
    return kInterruptedStatus;
  }
  const bool has_failed = std::any_of(
      records.begin(), records.end(), [](const RunRecord& run) { return !run.error.empty(); });
  return has_failed ? kSomeFailed : 0;
}

}  // namespace

void add_benchmark(CLI::App& program, Command& command_to_run) {
  auto options = std::make_shared<BenchmarkOptions>();
  CLI::App* app = program.add_subcommand(
      "benchmark", "Train and evaluate recipes on datasets with several seeds: one table");
  add_benchmark_options(*app, *options);
  app->callback([app, options, &command_to_run] {
    take_given(*app, *options);
    command_to_run = [options] { return run_benchmark(*options); };
  });
}

}  // namespace dem::cli
