#include "learn/loop.h"

#include <algorithm>
#include <numeric>

#include "base/stopwatch.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "learn/selector.h"

namespace dem {
namespace {

// One call of run_loop(). Positions live in state_; its arrays and what is selected are filled only
// when it is handed out.
class Training {
 public:
  Training(Network& network,
           Step& step,
           const TrainingSet& data,
           const Recipe& recipe,
           std::uint64_t seed,
           const TrainCallbacks& callbacks)
      : network_(network),
        data_(data),
        recipe_(*recipe.network),
        callbacks_(callbacks),
        step_(step),
        selector_(recipe),
        group_(data.group != nullptr ? *data.group : self_communicator()),
        num_rows_(static_cast<Index>(data.rows.size())) {
    state_.seed = seed;
    batch_.reserve(static_cast<std::size_t>(std::min(recipe_.batch_size, num_rows_)));
  }

  void resume(const TrainingState& state);
  TrainSummary run();

 private:
  [[nodiscard]] Index steps_per_epoch() const { return recipe_.steps_per_epoch(num_rows_); }
  [[nodiscard]] bool is_finished() const { return state_.step >= recipe_.total_steps(num_rows_); }
  [[nodiscard]] bool evaluates_at_end_of_epoch() const;
  // Epochs behind the present weights, the one under way counted in.
  [[nodiscard]] Index epochs_begun() const {
    return state_.epoch + (state_.step_in_epoch > 0 ? 1 : 0);
  }
  void set_order();
  [[nodiscard]] bool any_stops();
  [[nodiscard]] bool root_wants_state();
  bool run_epoch();
  void take_step();
  double run_batch();
  void evaluate();
  void end_epoch();
  void hand_out_state(const std::function<void(const TrainingState&)>& taker);
  void take_selected_weights();

  Network& network_;
  const TrainingSet& data_;
  const NetworkRecipe& recipe_;
  const TrainCallbacks& callbacks_;
  Step& step_;
  Selector selector_;
  Communicator& group_;
  Index num_rows_;
  std::vector<Index> order_;
  std::vector<Index> batch_;
  TrainingState state_;
  TrainSummary summary_;
  double epoch_seconds_ = 0.0;      // of the epoch under way, in this process
  Index epoch_steps_ = 0;           // likewise
  std::optional<double> accuracy_;  // the last one of the epoch under way
};

void require(bool good, const char* what, const std::string& expected, const std::string& got) {
  if (good) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("train: resume: ", what, ": expected ", expected, ", got ", got));
}

void Training::resume(const TrainingState& state) {
  const auto size = network_.parameters().size();
  const auto check_size = [&](const std::vector<float>& values, const char* what) {
    require(values.size() == size, what, concat(size, " values"), std::to_string(values.size()));
  };
  check_size(state.parameters, "parameters");
  check_size(state.moment1, "moment1");
  check_size(state.moment2, "moment2");
  if (!state.best_parameters.empty()) check_size(state.best_parameters, "best_parameters");
  require(
      state.seed == state_.seed, "seed", std::to_string(state_.seed), std::to_string(state.seed));
  const Index in_epoch = state.step_in_epoch;
  require(in_epoch >= 0 && in_epoch < steps_per_epoch() && state.epoch >= 0 &&
              (state.step - in_epoch) % steps_per_epoch() == 0 &&
              (state.step - in_epoch) / steps_per_epoch() == state.epoch,
          "position",
          concat("one with ", steps_per_epoch(), " steps an epoch"),
          concat("epoch ", state.epoch, ", step in epoch ", in_epoch, ", step ", state.step));
  std::copy(state.parameters.begin(), state.parameters.end(), network_.parameters().begin());
  step_.restore(state.step, state.moment1, state.moment2);
  selector_.read(state);
  state_ = state;
}

TrainSummary Training::run() {
  const Stopwatch watch;
  if (group_.size() > 1) log(LogLevel::kInfo, concat("exchanging ", step_.describe_exchange()));
  step_.keep_together(group_);
  hand_out_state(callbacks_.on_start);
  while (!is_finished()) {
    set_order();
    if (!run_epoch()) {
      summary_.stop_reason = StopReason::kStopped;
      step_.keep_together(group_);
      hand_out_state(callbacks_.on_state);
      break;
    }
    end_epoch();
  }
  take_selected_weights();
  summary_.exchanged_bytes = step_.exchanged_bytes();
  summary_.seconds = watch.seconds();
  return summary_;
}

bool Training::any_stops() {
  const bool mine = callbacks_.should_stop && callbacks_.should_stop();
  if (group_.size() == 1) return mine;
  Index count = mine ? 1 : 0;
  group_.sum(std::span(&count, 1));
  return count > 0;
}

bool Training::root_wants_state() {
  auto wanted = static_cast<std::byte>(!callbacks_.wants_state || callbacks_.wants_state());
  group_.broadcast(std::span(&wanted, 1), 0);
  return wanted != std::byte{0};
}

void Training::set_order() {
  if (recipe_.shuffle) {
    order_ = epoch_order(num_rows_, state_.seed, state_.epoch);
  } else if (order_.empty()) {
    order_.resize(static_cast<std::size_t>(num_rows_));
    std::iota(order_.begin(), order_.end(), Index{0});
  }
}

// Runs what is left of the epoch under way; false where it was stopped.
bool Training::run_epoch() {
  epoch_seconds_ = 0.0;
  epoch_steps_ = 0;
  accuracy_.reset();
  while (state_.step_in_epoch < steps_per_epoch()) {
    if (any_stops()) return false;
    take_step();
    if (recipe_.max_steps > 0 && state_.step >= recipe_.max_steps) break;
  }
  return true;
}

void Training::take_step() {
  const Index first = state_.step_in_epoch * recipe_.batch_size;
  const Index last = std::min(first + recipe_.batch_size, num_rows_);
  batch_.clear();
  for (Index k = first; k < last; ++k) {
    const Index position = order_[static_cast<std::size_t>(k)];
    batch_.push_back(data_.rows[static_cast<std::size_t>(position)]);
  }
  const Stopwatch watch;
  const double loss = run_batch();
  const double seconds = watch.seconds();
  epoch_seconds_ += seconds;
  ++epoch_steps_;
  summary_.step_seconds += seconds;
  ++state_.step;
  ++state_.step_in_epoch;
  state_.epoch_loss_sum += loss;
  summary_.last_loss = loss;
  if (callbacks_.on_step) {
    callbacks_.on_step({state_.epoch + 1, state_.step_in_epoch, state_.step, loss});
  }
  if (recipe_.evaluation_interval > 0 && state_.step % recipe_.evaluation_interval == 0) {
    step_.keep_together(group_);
    evaluate();
  }
}

double Training::run_batch() {
  try {
    return step_.run(batch_);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNumerical) throw;
    const std::string message = concat("train: epoch ",
                                       state_.epoch + 1,
                                       ", step ",
                                       state_.step_in_epoch + 1,
                                       ", layer ",
                                       error.what());
    if (group_.size() > 1) throw AgreedError(ErrorKind::kNumerical, message);
    throw Error(ErrorKind::kNumerical, message);
  }
}

void Training::evaluate() {
  if (!callbacks_.on_evaluate) return;
  const Judgement judgement = callbacks_.on_evaluate(network_);
  accuracy_ = judgement.accuracy;
  selector_.add(judgement, network_, epochs_begun(), state_.step);
}

// A run that is shorter than the interval, or ends within one, must have something to select.
bool Training::evaluates_at_end_of_epoch() const {
  const Index interval = recipe_.evaluation_interval;
  if (interval == 0) return true;
  return selector_.selects() && is_finished() && state_.step % interval != 0;
}

// An epoch that max_steps cut short is reported and evaluated like any other, and stays under way.
void Training::end_epoch() {
  step_.keep_together(group_);
  if (evaluates_at_end_of_epoch()) evaluate();
  const EpochReport report{state_.epoch + 1,
                           state_.step_in_epoch,
                           state_.epoch_loss_sum / static_cast<double>(state_.step_in_epoch),
                           epoch_seconds_,
                           epoch_steps_,
                           accuracy_};
  if (state_.step_in_epoch == steps_per_epoch()) {
    ++state_.epoch;
    state_.step_in_epoch = 0;
    state_.epoch_loss_sum = 0.0;
  }
  if (callbacks_.on_epoch) callbacks_.on_epoch(report);
  const bool wanted = root_wants_state();
  if (wanted || is_finished()) hand_out_state(callbacks_.on_state);
}

void Training::hand_out_state(const std::function<void(const TrainingState&)>& taker) {
  if (!taker) return;
  const auto copy = [](std::span<const float> from, std::vector<float>& to) {
    to.assign(from.begin(), from.end());
  };
  copy(network_.parameters(), state_.parameters);
  copy(step_.moment1(), state_.moment1);
  copy(step_.moment2(), state_.moment2);
  selector_.write(state_);
  taker(state_);
}

void Training::take_selected_weights() {
  summary_.epochs = state_.epoch;
  summary_.steps = state_.step;
  selector_.finish(network_, summary_, epochs_begun(), state_.step);
}

}  // namespace

TrainSummary run_loop(Network& network,
                      Step& step,
                      const TrainingSet& data,
                      const Recipe& recipe,
                      std::uint64_t seed,
                      const TrainCallbacks& callbacks,
                      const TrainingState* resume) {
  Training training(network, step, data, recipe, seed, callbacks);
  if (resume != nullptr) training.resume(*resume);
  return training.run();
}

}  // namespace dem
