#include "pipeline/fit_at_once.h"

#include <string>
#include <utility>

#include "base/stopwatch.h"
#include "pipeline/begin_report.h"
#include "pipeline/fit_output.h"
#include "pipeline/fitted_model.h"
#include "pipeline/learn_at_once.h"
#include "pipeline/same_run.h"
#include "pipeline/temperature.h"

namespace dem {
namespace {

// A choice may have gone another way on another processor; the model, and what it says, is the
// root's.
void take_facts(RunReport& report, const Provenance& of_root) {
  for (auto& [name, value] : report.chosen) value = of_root.at(name);
  if (report.selected_accuracy) {
    report.selected_accuracy = std::stod(of_root.at("selected_accuracy"));
  }
}

}  // namespace

FitResult fit_at_once(const Dataset& dataset,
                      const FitOptions& all_options,
                      const FitCallbacks& callbacks) {
  Communicator& group = all_options.group != nullptr ? *all_options.group : self_communicator();
  const FitOptions options = of_rank(all_options, group);
  require_same_run(group, dataset, options);
  const Stopwatch watch;
  FitOutput output(options);
  agree(group, [&] { output.check(); });
  auto [learned, selection] = learn_at_once(dataset, options, group);

  FitResult result;
  RunReport& report = result.report;
  report = begin_report(dataset, options);
  report.summary.stop_reason = StopReason::kFinished;
  report.selection = selection;
  report.selected_accuracy = learned.selected_accuracy;
  report.chosen = learned.facts;
  if (const auto best = best_point(report.grid)) {  // it chose, whatever the recipe did
    report.selection = to_string(Selection::kValidation);
    report.selected_accuracy = report.grid[*best].mean;
  }
  result.model = make_model(std::move(learned), dataset.classes, report);
  take_from_root(group, result.model);
  if (!group.is_root()) take_facts(report, result.model.provenance);
  if (result.model.temperature > 0.0f) {
    report.calibration = kFoldCalibration;
  } else {
    calibrate_on_training(dataset, group, result.model, report);
  }
  report.summary.seconds = watch.seconds();
  result.model.provenance = report.provenance();
  agree(group, [&] {
    if (callbacks.on_write) callbacks.on_write();
  });
  agree(group, [&] {
    output.open();
    output.finish(result);
  });
  return result;
}

}  // namespace dem
