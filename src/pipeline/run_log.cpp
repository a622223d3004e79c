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

double fold_in(const Json& object) {
  const auto found = object.find("fold");
  return found != object.end() && found->is_number() ? found->get<double>() : 0.0;
}

Json begin_line(FitPhase phase, Index fold) {
  Json line{{"phase", to_string(phase)}};
  if (fold > 0) line["fold"] = fold;
  return line;
}

// Whether a line was logged at or before this point; a line that is no JSON object (the machine
// stopped while it was written) was not.
bool is_before(const std::string& line, FitPhase phase, Index step, Index fold) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("phase") || !object.contains("step")) return false;
  const bool same_phase = object["phase"] == to_string(phase);
  if (!same_phase) return phase == FitPhase::kTrain;  // the select phase comes first
  const double fold_of_line = fold_in(object);
  if (fold_of_line != static_cast<double>(fold)) return fold_of_line < static_cast<double>(fold);
  return object["step"].is_number() && object["step"].get<double>() <= static_cast<double>(step);
}

}  // namespace

void RunLog::start() {
  if (!path_.empty()) write_file_atomically(path_, "");
}

void RunLog::resume(FitPhase phase, Index step, Index fold) {
  if (path_.empty()) return;
  std::ifstream file(path_);
  std::string kept;
  for (std::string line; std::getline(file, line);) {
    if (is_before(line, phase, step, fold)) kept += line + "\n";
  }
  write_file_atomically(path_, kept);
}

void RunLog::add_step(FitPhase phase, const StepReport& report, Index fold) {
  if (path_.empty()) return;
  Json line = begin_line(phase, fold);
  line.update(Json{{"step", report.step},
                   {"epoch", report.epoch},
                   {"step_in_epoch", report.step_in_epoch},
                   {"loss", report.loss}});
  lines_ += line.dump() + "\n";
}

void RunLog::add_epoch(FitPhase phase, const EpochReport& report, Index step, Index fold) {
  if (path_.empty()) return;
  Json line = begin_line(phase, fold);
  line.update(Json{{"step", step},
                   {"epoch", report.epoch},
                   {"steps", report.steps},
                   {"mean_loss", report.mean_loss},
                   {"seconds", report.seconds}});
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
