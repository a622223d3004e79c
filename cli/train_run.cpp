#include "train_run.h"

#include <filesystem>
#include <span>
#include <string>
#include <system_error>

#include "evaluation_report.h"
#include "interrupt.h"
#include "processes.h"

namespace dem::cli {

FitCallbacks fit_callbacks(TrainReporter& reporter) {
  FitCallbacks callbacks;
  callbacks.on_phase = [&](FitPhase phase, const PhaseReport& r) { reporter.on_phase(phase, r); };
  callbacks.on_step = [&](FitPhase, const StepReport& r) { reporter.on_step(r); };
  callbacks.on_epoch = [&](FitPhase phase, const EpochReport& r) { reporter.on_epoch(phase, r); };
  callbacks.should_stop = [] { return interrupted(); };
  callbacks.on_write = catch_interrupts;  // a folder is not left half written
  return callbacks;
}

FitResult fit_naming_file(const Dataset& dataset,
                          const TrainOptions& options,
                          const FitCallbacks& callbacks) {
  constexpr std::string_view kStart = "statistics: ";
  try {
    return fit(dataset, options.fit, callbacks);
  } catch (const Error& error) {
    const std::string message = error.what();
    if (options.stats.empty() || message.rfind(kStart, 0) != 0) throw;
    const std::string named = "--stats " + options.stats + ": " + message.substr(kStart.size());
    if (dynamic_cast<const AgreedError*>(&error) != nullptr) {
      throw AgreedError(error.kind(), named);
    }
    throw Error(error.kind(), named);
  }
}

EvaluationResult evaluate_trained(const Dataset& dataset, const Model& model) {
  return evaluate_model(model, dataset, model.metric, group(), {.bootstrap = kBootstrap});
}

EvaluationResult evaluate_and_save(const Dataset& dataset,
                                   FitResult& fitted,
                                   const std::string& folder) {
  fitted.report.evaluation = evaluate_trained(dataset, fitted.model);
  agree(group(), [&] {
    if (group().is_root()) save_summary(fitted.report, folder);
  });
  return *fitted.report.evaluation;
}

bool has_saved_state(const FitOptions& options) {
  if (learns_at_once(options.recipe) || options.solver != Solver::kMinibatch) return false;
  const auto state = std::filesystem::path(options.output) / "last.safetensors";
  std::error_code none;
  Index found = group().is_root() && std::filesystem::is_regular_file(state, none) ? 1 : 0;
  group().sum(std::span(&found, 1));
  return found > 0;
}

bool any_interrupted() {
  Index others = interrupted() ? 1 : 0;
  group().sum(std::span(&others, 1));
  return others > 0;
}

}  // namespace dem::cli
