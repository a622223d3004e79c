#include "learn/selector.h"

#include <algorithm>

namespace dem {

void Selector::add(double accuracy, const Network& network, Index epochs, Index steps) {
  if (!selects_) return;
  const double to_beat = std::max(best_accuracy_, threshold_);
  best_accuracy_ = std::max(best_accuracy_, accuracy);
  if (!(accuracy > to_beat)) return;
  const std::span<const float> parameters = network.parameters();
  parameters_.assign(parameters.begin(), parameters.end());
  epochs_ = epochs;
  steps_ = steps;
}

void Selector::write(TrainingState& state) const {
  state.best_parameters = parameters_;
  state.best_accuracy = best_accuracy_;
  state.best_epoch = epochs_;
  state.best_step = steps_;
}

void Selector::read(const TrainingState& state) {
  parameters_ = state.best_parameters;
  best_accuracy_ = state.best_accuracy;
  epochs_ = state.best_epoch;
  steps_ = state.best_step;
}

void Selector::finish(Network& network, TrainSummary& summary, Index epochs, Index steps) const {
  if (best_accuracy_ >= 0.0) summary.best_accuracy = best_accuracy_;
  summary.selected = selects_ && !parameters_.empty();
  summary.selected_epoch = summary.selected ? epochs_ : epochs;
  summary.selected_step = summary.selected ? steps_ : steps;
  std::copy(parameters_.begin(), parameters_.end(), network.parameters().begin());
}

}  // namespace dem
