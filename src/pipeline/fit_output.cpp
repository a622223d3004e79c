#include "pipeline/fit_output.h"

#include <filesystem>

#include "base/atomic_file.h"
#include "base/text.h"
#include "base/writable_folder.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "dem/learn/family.h"
#include "dem/pipeline/model_folder.h"

namespace dem {
namespace {

void remove_file(const std::string& path) {
  std::error_code problem;
  std::filesystem::remove(path, problem);
  if (problem) {
    throw Error(ErrorKind::kIo, concat(path, ": cannot be removed: ", problem.message()));
  }
}

}  // namespace

FitOutput::FitOutput(const FitOptions& options)
    : options_(options), last_save_(std::chrono::steady_clock::now()) {}

void FitOutput::check() const {
  if (!options_.output.empty()) require_writable_folder(options_.output);
}

void FitOutput::open() {
  is_open_ = true;
  if (options_.output.empty()) return;
  make_folder(options_.output);
  if (learns_at_once(options_.recipe)) return;
  remove_file(file("summary.json"));
  // A state of another run that this one does not replace must not be taken for this one's.
  if (options_.solver == Solver::kStatistics) remove_file(file("last.safetensors"));
}

// What a run in steps left there.
void FitOutput::remove_steps() const {
  for (const char* name : {"summary.json", "last.safetensors", "log.jsonl"}) {
    remove_file(file(name));
  }
}

std::string FitOutput::file(const char* name) const {
  return options_.output.empty() ? "" : (std::filesystem::path(options_.output) / name).string();
}

bool FitOutput::is_due() const {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - last_save_;
  return !options_.output.empty() && passed.count() >= options_.save_seconds;
}

void FitOutput::save(const TrainingState& state,
                     const Network& network,
                     const std::function<Model()>& model) {
  if (options_.output.empty()) return;
  save_training_state(state, network, file("last.safetensors"));
  save_model_folder(model(), options_.output);
  last_save_ = std::chrono::steady_clock::now();
}

void FitOutput::finish(const FitResult& result) {
  if (options_.output.empty()) return;
  save_model_folder(result.model, options_.output);
  if (learns_at_once(options_.recipe)) remove_steps();
  if (!result.report.finished()) return;
  write_file_atomically(file("summary.json"), result.report.to_json());
}

}  // namespace dem
