// How far training is, on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace dem::cli {

// A bar that redraws itself on a terminal, a plain line every ten seconds elsewhere, nothing when
// quiet.
class Progress {
 public:
  Progress(bool quiet, std::int64_t total_steps, std::int64_t steps_per_epoch);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A run of other length begins at `first_step` finished steps.
  void start(std::string title,
             std::int64_t first_step,
             std::int64_t total_steps,
             std::int64_t steps_per_epoch);
  void update(std::int64_t step, double loss);
  // Takes the bar off the screen, so that a line can be printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::string line(std::int64_t step, double loss) const;

  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::string title_;
  std::int64_t first_step_ = 0;
  std::int64_t total_steps_;
  std::int64_t steps_per_epoch_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point last_ = started_;
};

}  // namespace dem::cli
