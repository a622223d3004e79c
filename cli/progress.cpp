#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace dem::cli {
namespace {

constexpr int kBarWidth = 24;

std::string duration(double seconds) {
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

}  // namespace

Progress::Progress(bool quiet, std::int64_t total_steps, std::int64_t steps_per_epoch)
    : quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      total_steps_(total_steps),
      steps_per_epoch_(steps_per_epoch) {}

Progress::~Progress() {
  clear();
}

void Progress::start(std::string title,
                     std::int64_t first_step,
                     std::int64_t total_steps,
                     std::int64_t steps_per_epoch) {
  clear();
  title_ = std::move(title);
  first_step_ = first_step;
  total_steps_ = total_steps;
  steps_per_epoch_ = std::max<std::int64_t>(steps_per_epoch, 1);
  started_ = last_ = Clock::now();
}

std::string Progress::line(std::int64_t step, double loss) const {
  const std::chrono::duration<double> passed = Clock::now() - started_;
  const auto done = static_cast<double>(std::max<std::int64_t>(step - first_step_, 1));
  const double left = passed.count() / done * static_cast<double>(total_steps_ - step);
  char text[160];
  std::snprintf(text,
                sizeof text,
                "%s %lld/%lld loss %.6g ETA %s",
                title_.c_str(),
                static_cast<long long>((step + steps_per_epoch_ - 1) / steps_per_epoch_),
                static_cast<long long>((total_steps_ + steps_per_epoch_ - 1) / steps_per_epoch_),
                loss,
                duration(left).c_str());
  return text;
}

void Progress::update(std::int64_t step, double loss) {
  if (quiet_) return;
  const std::chrono::duration<double> since = Clock::now() - last_;
  if (since.count() < (terminal_ ? 0.1 : 10.0)) return;
  last_ = Clock::now();
  if (!terminal_) {
    std::fprintf(stderr, "%s\n", line(step, loss).c_str());
    return;
  }
  const auto filled = static_cast<int>(kBarWidth * step / std::max<std::int64_t>(total_steps_, 1));
  const std::string bar(static_cast<std::size_t>(std::clamp(filled, 0, kBarWidth)), '#');
  std::fprintf(stderr, "\r\033[K[%-*s] %s", kBarWidth, bar.c_str(), line(step, loss).c_str());
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
