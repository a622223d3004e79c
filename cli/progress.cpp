#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace dem::cli {
namespace {

constexpr int kBarWidth = 24;

}  // namespace

std::string duration_text(double seconds) {
  char text[32];
  const long s = std::lround(seconds);
  if (s < 60) {
    std::snprintf(text, sizeof text, "%lds", s);
  } else if (s < 3600) {
    std::snprintf(text, sizeof text, "%ldm%02lds", s / 60, s % 60);
  } else {
    std::snprintf(text, sizeof text, "%ldh%02ldm", s / 3600, s / 60 % 60);
  }
  return text;
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  clear();
}

void Progress::start(Run run) {
  clear();
  run_ = std::move(run);
  run_.steps_per_epoch = std::max<std::int64_t>(run_.steps_per_epoch, 1);
  started_ = last_ = Clock::now();
  is_first_ = true;
  if (!quiet_ && terminal_) draw(run_.first_step, place(run_.first_step));
}

// "epoch 3/120"
std::string Progress::place(std::int64_t step) const {
  const auto epochs = [&](std::int64_t steps) {
    return std::to_string((steps + run_.steps_per_epoch - 1) / run_.steps_per_epoch);
  };
  return run_.title + " " + epochs(step) + "/" + epochs(run_.total_steps);
}

std::string Progress::line(std::int64_t step, double loss) const {
  const std::chrono::duration<double> passed = Clock::now() - started_;
  const auto done = static_cast<double>(std::max<std::int64_t>(step - run_.first_step, 1));
  double left = passed.count() / done * static_cast<double>(run_.total_steps - step);
  if (run_.max_seconds > 0.0) {
    left = std::min(left, std::max(0.0, run_.max_seconds - passed.count()));
  }
  char text[80];
  std::snprintf(
      text, sizeof text, " %s %.6g ETA %s", run_.value_name, loss, duration_text(left).c_str());
  return place(step) + text;
}

void Progress::update(std::int64_t step, double loss) {
  if (quiet_) return;
  const std::chrono::duration<double> since = Clock::now() - last_;
  if (since.count() < (terminal_ ? 0.1 : is_first_ ? 1.0 : 10.0)) return;
  last_ = Clock::now();
  is_first_ = false;
  if (terminal_) {
    draw(step, line(step, loss));
  } else {
    std::fprintf(stderr, "%s\n", line(step, loss).c_str());
  }
}

void Progress::draw(std::int64_t step, const std::string& text) {
  const auto filled =
      static_cast<int>(kBarWidth * step / std::max<std::int64_t>(run_.total_steps, 1));
  const std::string bar(static_cast<std::size_t>(std::clamp(filled, 0, kBarWidth)), '#');
  std::fprintf(stderr, "\r\033[K[%-*s] %s", kBarWidth, bar.c_str(), text.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace dem::cli
