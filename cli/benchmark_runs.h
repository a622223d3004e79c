// Runs of a benchmark, as many at once as processors and memory allow.
#pragma once

#include <string>
#include <vector>

#include "benchmark_plan.h"
#include "child_processes.h"
#include "run_costs.h"

namespace dem::cli {

class BenchmarkRuns {
 public:
  // The options outlive it.
  BenchmarkRuns(const BenchmarkOptions& options, std::vector<BenchmarkCell> cells);

  // Takes what is kept in the folder, runs the others and keeps what comes of them; where an
  // interrupt comes, ends what runs. Returns whether all have been run, with or without a result.
  bool run();
  // Of the cells that have run, in the order of cells.
  [[nodiscard]] std::vector<RunRecord> records() const;

 private:
  enum class State { kWaiting, kTraining, kEvaluating, kDone };
  struct Run {
    BenchmarkCell cell;
    State state = State::kWaiting;
    int threads = 1;
    Index reserved_bytes = 0;
    RunRecord record;
  };

  [[nodiscard]] std::string kept_file(const Run& run) const;
  [[nodiscard]] std::string model_folder(const Run& run) const;
  void take_kept();
  void start_what_fits();
  [[nodiscard]] bool start_next();
  [[nodiscard]] int threads_of_next() const;
  void start_command(Run& run, const char* command, const std::vector<std::string>& more);
  void train(Run& run);
  void evaluate(Run& run);
  void take(const FinishedChild& child);
  void finish(Run& run);
  [[nodiscard]] Index expected_bytes(const Run& run) const;
  [[nodiscard]] std::size_t count(State state) const;
  void report(const Run& run) const;

  const BenchmarkOptions& options_;
  std::vector<Run> runs_;
  ChildProcesses children_;
  RunCosts costs_;
  int threads_;  // in all
  int free_threads_;
  Index memory_;  // in all
  Index free_memory_;
};

}  // namespace dem::cli
