#include "time_estimate.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "dem/dem.h"
#include "progress.h"

namespace dem::cli {
namespace {

constexpr double kFirst = 1.0;         // seconds to measure
constexpr double kWorthSaying = 20.0;  // seconds left

// Recipes that take seconds, as far as there are such.
std::string quick_recipes() {
  const std::vector<std::string> known = recipe_names();
  std::string text;
  for (const char* name : {"auto", "dem"}) {
    if (std::find(known.begin(), known.end(), name) == known.end()) continue;
    text += (text.empty() ? "" : " and ") + std::string(name);
  }
  if (text.empty()) return "";
  return "; --recipe " + text + " learn in seconds, and choose their settings";
}

}  // namespace

void TimeEstimate::start(std::string recipe,
                         std::int64_t first_step,
                         std::int64_t total_steps,
                         std::int64_t later_steps) {
  recipe_ = std::move(recipe);
  first_step_ = first_step;
  total_steps_ = total_steps;
  later_steps_ = later_steps;
  started_ = Clock::now();
  is_waiting_ = !is_said_;
}

void TimeEstimate::update(std::int64_t step) {
  if (!is_waiting_) return;
  const std::chrono::duration<double> passed = Clock::now() - started_;
  if (passed.count() < kFirst) return;
  is_waiting_ = false;
  is_said_ = true;
  const double per_step = passed.count() / static_cast<double>(step - first_step_);
  const std::int64_t left = total_steps_ - step + later_steps_;
  const double seconds = per_step * static_cast<double>(left);
  if (seconds < kWorthSaying) return;
  log(LogLevel::kInfo,
      "recipe " + recipe_ + " will take about " + duration_text(seconds) + " for " +
          std::to_string(left) + " steps more, " + std::to_string(std::lround(1.0 / per_step)) +
          " a second" +
          (later_steps_ > 0 ? ", those after the selection counted in, at most" : "") +
          quick_recipes());
}

}  // namespace dem::cli
