#include "pipeline/run_log.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "pipeline/fit_phase.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

// Whether a line was logged at or before this point; a line that is no JSON object (the machine
// stopped while it was written) was not.
bool is_before(const std::string& line, FitPhase phase, Index step) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("phase") || !object.contains("step")) return false;
  const bool same_phase = object["phase"] == to_string(phase);
  if (!same_phase) return phase == FitPhase::kTrain;  // the select phase comes first
  return object["step"].is_number() && object["step"].get<double>() <= static_cast<double>(step);
}

}  // namespace

void RunLog::start() {
  if (!path_.empty()) write_file_atomically(path_, "");
}

void RunLog::resume(FitPhase phase, Index step) {
  if (path_.empty()) return;
  std::ifstream file(path_);
  std::string kept;
  for (std::string line; std::getline(file, line);) {
    if (is_before(line, phase, step)) kept += line + "\n";
  }
  write_file_atomically(path_, kept);
}

void RunLog::add_step(FitPhase phase, const StepReport& report) {
  if (path_.empty()) return;
  lines_ += Json{{"phase", to_string(phase)},
                 {"step", report.step},
                 {"epoch", report.epoch},
                 {"step_in_epoch", report.step_in_epoch},
                 {"loss", report.loss}}
                .dump() +
            "\n";
}

void RunLog::add_epoch(FitPhase phase, const EpochReport& report, Index step) {
  if (path_.empty()) return;
  Json line{{"phase", to_string(phase)},
            {"step", step},
            {"epoch", report.epoch},
            {"steps", report.steps},
            {"mean_loss", report.mean_loss},
            {"seconds", report.seconds}};
  if (report.accuracy) line["accuracy"] = *report.accuracy;
  lines_ += line.dump() + "\n";
}

void RunLog::flush() {
  if (path_.empty() || lines_.empty()) return;
  std::ofstream file(path_, std::ios::app | std::ios::binary);
  file << lines_ << std::flush;
  if (!file) {
    throw Error(ErrorKind::kIo, concat(path_, ": cannot be written: ", std::strerror(errno)));
  }
  lines_.clear();
}

}  // namespace dem
