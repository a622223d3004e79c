// OUT/log.jsonl: one JSON object a line, as training goes on.
#pragma once

#include <string>
#include <utility>

#include "dem/pipeline/fit.h"

namespace dem {

// Lines are kept until flush(), which is called before a state is saved: the file then never lacks
// a line that the state has behind it.
class RunLog {
 public:
  // An empty path keeps nothing.
  explicit RunLog(std::string path) : path_(std::move(path)) {}

  // Starts anew: an existing file is emptied.
  void start();
  // Keeps of an existing file what was logged up to this step of this phase. `fold` is that of a
  // selection of several runs, from 1 on, else 0.
  void resume(FitPhase phase, Index step, Index fold = 0);

  void add_step(FitPhase phase, const StepReport& report, Index fold = 0);
  void add_epoch(FitPhase phase, const EpochReport& report, Index step, Index fold = 0);
  // Appends the kept lines. Throws Error{kIo}.
  void flush();

 private:
  std::string path_;
  std::string lines_;
};

}  // namespace dem
