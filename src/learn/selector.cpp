#include "learn/selector.h"

#include <algorithm>

namespace dem {

bool Judgement::is_better_than(const Judgement& other) const noexcept {
  constexpr double kRounding = 1e-12;
  if (accuracy > other.accuracy + kRounding) return true;
  if (!(accuracy >= other.accuracy - kRounding)) return false;
  return distance && other.distance && *distance < *other.distance;
}

void Selector::add(const Judgement& judgement, const Network& network, Index epochs, Index steps) {
  if (!selects_ || !judgement.is_better_than(best_)) return;
  best_ = judgement;
  if (!(judgement.accuracy > threshold_)) return;
  const std::span<const float> parameters = network.parameters();
  parameters_.assign(parameters.begin(), parameters.end());
  epochs_ = epochs;
  steps_ = steps;
}

void Selector::write(TrainingState& state) const {
  state.best_parameters = parameters_;
  state.best_accuracy = best_.accuracy;
  state.best_distance = best_.distance;
  state.best_epoch = epochs_;
  state.best_step = steps_;
}

void Selector::read(const TrainingState& state) {
  parameters_ = state.best_parameters;
  best_ = {state.best_accuracy, state.best_distance};
  epochs_ = state.best_epoch;
  steps_ = state.best_step;
}

void Selector::finish(Network& network, TrainSummary& summary, Index epochs, Index steps) const {
  if (best_.accuracy >= 0.0) summary.best_accuracy = best_.accuracy;
  summary.selected = selects_ && !parameters_.empty();
  summary.selected_epoch = summary.selected ? epochs_ : epochs;
  summary.selected_step = summary.selected ? steps_ : steps;
  std::copy(parameters_.begin(), parameters_.end(), network.parameters().begin());
}

}  // namespace dem
