// How far training is, on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace dem::cli {

// "42s", "3m07s", "8h35m".
[[nodiscard]] std::string duration_text(double seconds);

// A bar that redraws itself on a terminal, from the start on; elsewhere a plain line after a second
// and then every ten; nothing when quiet.
class Progress {
 public:
  // A training run.
  struct Run {
    std::string title;  // of the number that counts its epochs
    std::int64_t first_step;
    std::int64_t total_steps;
    std::int64_t steps_per_epoch;
    const char* value_name = "loss";
    double max_seconds = 0.0;  // it ends then at the latest; 0: no such bound
  };

  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void start(Run run);
  void update(std::int64_t step, double loss);
  // Takes the bar off the screen, so that a line can be printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::string place(std::int64_t step) const;
  [[nodiscard]] std::string line(std::int64_t step, double loss) const;
  void draw(std::int64_t step, const std::string& text);

  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  bool is_first_ = true;  // the next line is the first of its run
  Run run_{"epoch", 0, 0, 1};
  Clock::time_point started_ = Clock::now();
  Clock::time_point last_ = started_;
};

}  // namespace dem::cli
