#include "train_reporter.h"

#include <algorithm>
#include <string>

#include "processes.h"

namespace dem::cli {

TrainReporter::TrainReporter(const TrainOptions& options, Index training_steps)
    : options_(options),
      out_(options.output.json ? stderr : stdout),
      silent_((options.output.json && options.output.quiet) || !group().is_root()),
      progress_(options.output.quiet || !group().is_root()),
      training_steps_(training_steps) {}

void TrainReporter::on_phase(FitPhase phase, const PhaseReport& report) {
  if (!started_) print("%s\n", "============== Starting Training ==============");
  started_ = true;
  const std::string unit = solves() ? "iteration" : "epoch";
  progress_.start({phase == FitPhase::kSelect ? "selecting, " + unit : unit,
                   report.first_step,
                   report.total_steps,
                   report.steps_per_epoch,
                   solves() ? "objective" : "loss",
                   solves() ? options_.fit.statistics.max_seconds : 0.0});
  if (solves()) return;
  time_.start(options_.fit.recipe.name,
              report.first_step,
              report.total_steps,
              phase == FitPhase::kSelect ? training_steps_ : 0);
}

void TrainReporter::on_step(const StepReport& report) {
  time_.update(report.step);
  progress_.update(report.step, report.loss);
  if (options_.output.quiet || report.step % options_.fit.interval_step != 0 || solves()) return;
  print("epoch: %lld step: %lld, loss is %.9g\n",
        static_cast<long long>(report.epoch),
        static_cast<long long>(report.step_in_epoch),
        report.loss);
}

void TrainReporter::on_epoch(const EpochReport& report) {
  if (options_.output.quiet) return;
  if (solves()) return on_iterations(report);
  const auto steps = static_cast<double>(std::max<Index>(report.timed_steps, 1));
  print(report.accuracy ? "epoch: %lld accuracy = %.5f speed = %.3f ms/step\n"
                        : "epoch: %lld loss = %.9g speed = %.3f ms/step\n",
        static_cast<long long>(report.epoch),
        report.accuracy.value_or(report.mean_loss),
        1000.0 * report.seconds / steps);
}

void TrainReporter::on_iterations(const EpochReport& report) {
  const auto iteration = static_cast<long long>(report.epoch);
  if (!report.accuracy) {
    return print("iteration: %lld objective = %.9g\n", iteration, report.mean_loss);
  }
  print("iteration: %lld objective = %.9g accuracy = %.5f\n",
        iteration,
        report.mean_loss,
        *report.accuracy);
}

}  // namespace dem::cli
