// How long a training run in steps is about to take.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace dem::cli {

// Says it once, in a line of the log, from what the first second of steps shows; nothing where
// what is left takes a few seconds.
class TimeEstimate {
 public:
  // A run begins after `first_step` finished steps; `later_steps` come after it, at most.
  void start(std::string recipe,
             std::int64_t first_step,
             std::int64_t total_steps,
             std::int64_t later_steps);
  // After a step.
  void update(std::int64_t step);

 private:
  using Clock = std::chrono::steady_clock;

  bool is_waiting_ = false;  // for the first second to pass
  bool is_said_ = false;
  std::string recipe_;
  std::int64_t first_step_ = 0;
  std::int64_t total_steps_ = 0;
  std::int64_t later_steps_ = 0;
  Clock::time_point started_;
};

}  // namespace dem::cli
