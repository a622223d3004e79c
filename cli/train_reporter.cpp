#include "train_reporter.h"

#include <algorithm>
#include <string>

#include "processes.h"

namespace dem::cli {

TrainReporter::TrainReporter(const TrainOptions& options)
    : options_(options),
      out_(options.output.json ? stderr : stdout),
      silent_((options.output.json && options.output.quiet) || !group().is_root()),
      progress_(options.output.quiet || !group().is_root()) {}

void TrainReporter::on_phase(FitPhase phase, const PhaseReport& report) {
  if (!started_) print("%s\n", "============== Starting Training ==============");
  started_ = true;
  const std::string unit = solves() ? "iteration" : "epoch";
  const std::string fold = report.num_folds > 1 ? " (fold " + std::to_string(report.fold) + " of " +
                                                      std::to_string(report.num_folds) + ")"
                                                : "";
  progress_.start({phase == FitPhase::kSelect ? "selecting" + fold + ", " + unit : unit,
                   report.first_step,
                   report.total_steps,
                   report.steps_per_epoch,
                   solves() ? "objective" : "loss",
                   solves() ? options_.fit.statistics.max_seconds : 0.0});
  if (solves()) return;
  time_.start(options_.fit.recipe.name, report.first_step, report.total_steps, report.later_steps);
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

void TrainReporter::on_epoch(FitPhase phase, const EpochReport& report) {
  if (options_.output.quiet) return;
  if (solves()) return on_iterations(report, judged_by(phase));
  const auto epoch = static_cast<long long>(report.epoch);
  const double speed =
      1000.0 * report.seconds / static_cast<double>(std::max<Index>(report.timed_steps, 1));
  if (!report.accuracy) {
    return print("epoch: %lld loss = %.9g speed = %.3f ms/step\n", epoch, report.mean_loss, speed);
  }
  print("epoch: %lld %s = %.5f speed = %.3f ms/step\n",
        epoch,
        judged_by(phase),
        *report.accuracy,
        speed);
}

void TrainReporter::on_iterations(const EpochReport& report, const char* measure) {
  const auto iteration = static_cast<long long>(report.epoch);
  if (!report.accuracy) {
    return print("iteration: %lld objective = %.9g\n", iteration, report.mean_loss);
  }
  print("iteration: %lld objective = %.9g %s = %.5f\n",
        iteration,
        report.mean_loss,
        measure,
        *report.accuracy);
}

const char* TrainReporter::judged_by(FitPhase phase) const {
  if (phase == FitPhase::kTrain) return "accuracy";
  return to_string(options_.fit.recipe.selection_by).data();  // of a literal
}

}  // namespace dem::cli
