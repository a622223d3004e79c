// What a training run prints.
#pragma once

#include <cstdio>

#include "dem/dem.h"
#include "progress.h"
#include "time_estimate.h"
#include "train_options.h"

namespace dem::cli {

// The lines of a training run: the reference's on stdout, on stderr with --json; the bar on stderr.
class TrainReporter {
 public:
  // `options` outlives this.
  explicit TrainReporter(const TrainOptions& options);

  void on_phase(FitPhase phase, const PhaseReport& report);
  void on_step(const StepReport& report);
  // The reference's line; an epoch without an evaluation has its loss instead of an accuracy, one
  // of a run that selects what selection goes by.
  void on_epoch(FitPhase phase, const EpochReport& report);

  template <typename... Args>
  void print(const char* pattern, Args... args) {
    progress_.clear();
    if (silent_) return;
    std::fprintf(out_, pattern, args...);
    std::fflush(out_);
  }

 private:
  [[nodiscard]] bool solves() const { return options_.fit.solver == Solver::kStatistics; }
  void on_iterations(const EpochReport& report, const char* measure);
  [[nodiscard]] const char* judged_by(FitPhase phase) const;

  const TrainOptions& options_;
  std::FILE* out_;
  bool silent_;
  Progress progress_;
  TimeEstimate time_;
  bool started_ = false;
};

}  // namespace dem::cli
