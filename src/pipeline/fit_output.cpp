#include "pipeline/fit_output.h"

#include <filesystem>
#include <utility>

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

// A file that is out of the way for as long as what replaces it is being written: it comes back
// unless release() was called.
class SetAside {
 public:
  explicit SetAside(std::string path) : path_(std::move(path)), aside_(path_ + ".tmp.old") {
    std::error_code problem;
    std::filesystem::rename(path_, aside_, problem);
    is_aside_ = !problem;
    if (problem && problem != std::errc::no_such_file_or_directory) {
      throw Error(ErrorKind::kIo, concat(path_, ": cannot be moved: ", problem.message()));
    }
  }
  ~SetAside() {
    std::error_code ignored;
    if (is_aside_) std::filesystem::rename(aside_, path_, ignored);
  }
  SetAside(const SetAside&) = delete;
  SetAside& operator=(const SetAside&) = delete;

  void release() {
    if (std::exchange(is_aside_, false)) remove_file(aside_);
  }

 private:
  std::string path_, aside_;
  bool is_aside_ = false;
};

}  // namespace

FitOutput::FitOutput(const FitOptions& options)
    : options_(options), last_save_(std::chrono::steady_clock::now()) {}

FitOutput::~FitOutput() {
  std::error_code ignored;
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) {
    std::filesystem::remove(*folder, ignored);  // an empty one alone
  }
}

void FitOutput::check() const {
  if (!options_.output.empty()) require_writable_folder(options_.output);
}

void FitOutput::open() {
  is_open_ = true;
  if (options_.output.empty()) return;
  made_ = make_folder(options_.output);
  if (writes_at_end()) return;
  remove_file(file("summary.json"));
  // A state of another run that this one does not replace must not be taken for this one's.
  if (options_.solver == Solver::kStatistics) remove_file(file("last.safetensors"));
}

bool FitOutput::writes_at_end() const {
  return learns_at_once(options_.recipe) || !options_.members.empty();
}

// What a run in steps left there.
void FitOutput::remove_steps() const {
  for (const char* name : {"last.safetensors", "log.jsonl"}) {
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

void FitOutput::finish_at_once(const FitResult& result) const {
  SetAside old_summary(file("summary.json"));
  save_model_folder(result.model, options_.output);
  old_summary.release();
  remove_steps();
}

void FitOutput::finish(const FitResult& result) {
  if (options_.output.empty()) return;
  if (writes_at_end()) {
    finish_at_once(result);
  } else {
    save_model_folder(result.model, options_.output);
  }
  if (!result.report.finished()) return;
  save_summary(result.report, options_.output);
}

}  // namespace dem
