#include "pipeline/share_saved_run.h"

#include <array>
#include <span>

namespace dem {
namespace {

template <typename Number, std::size_t Size>
void share(Communicator& group, std::span<Number, Size> values) {
  group.broadcast(std::as_writable_bytes(values), 0);
}

void share(Communicator& group, std::vector<float>& values) {
  auto size = static_cast<Index>(values.size());
  share(group, std::span(&size, 1));
  values.resize(static_cast<std::size_t>(size));
  share(group, std::span(values));
}

void share(Communicator& group, TrainingState& state) {
  std::array positions{state.epoch,
                       state.step_in_epoch,
                       state.step,
                       state.best_epoch,
                       state.best_step,
                       static_cast<Index>(state.seed)};
  share(group, std::span(positions));
  state.epoch = positions[0];
  state.step_in_epoch = positions[1];
  state.step = positions[2];
  state.best_epoch = positions[3];
  state.best_step = positions[4];
  state.seed = static_cast<std::uint64_t>(positions[5]);
  std::array numbers{state.epoch_loss_sum,
                     state.best_accuracy,
                     state.best_distance ? 1.0 : 0.0,
                     state.best_distance.value_or(0.0)};
  share(group, std::span(numbers));
  state.epoch_loss_sum = numbers[0];
  state.best_accuracy = numbers[1];
  state.best_distance = numbers[2] != 0.0 ? std::optional(numbers[3]) : std::nullopt;
  for (auto* values : {&state.parameters, &state.moment1, &state.moment2, &state.best_parameters}) {
    share(group, *values);
  }
}

}  // namespace

SavedRun load_saved_run(Communicator& group,
                        const std::string& path,
                        const FitOptions& options,
                        const Dataset& dataset) {
  SavedRun run;
  agree(group, [&] {
    if (group.is_root()) run = load_saved_run(path, options, dataset);
  });
  if (group.size() == 1) return run;
  share(group, run.state);
  std::array facts{static_cast<Index>(run.phase), Index{run.selection.selected.has_value()}};
  share(group, std::span(facts));
  run.phase = static_cast<FitPhase>(facts[0]);
  std::string runs = histories_to_json(run.selection.runs);
  broadcast(group, runs);
  run.selection.runs = histories_from_json(runs, path);
  if (facts[1] == 0) return run;
  std::string selected = run.selection.selected.value_or(SelectionOutcome{}).to_json();
  broadcast(group, selected);
  run.selection.selected = selection_outcome_from_json(selected, path);
  return run;
}

}  // namespace dem
