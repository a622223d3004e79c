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
  std::array numbers{state.epoch_loss_sum, state.best_accuracy};
  share(group, std::span(numbers));
  state.epoch_loss_sum = numbers[0];
  state.best_accuracy = numbers[1];
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
  SelectedLength selected = run.selected.value_or(SelectedLength{});
  std::array facts{static_cast<Index>(run.phase), Index{run.selected.has_value()}, selected.steps};
  std::array numbers{selected.accuracy, double{selected.temperature}};
  share(group, std::span(facts));
  share(group, std::span(numbers));
  run.phase = static_cast<FitPhase>(facts[0]);
  run.selected.reset();
  if (facts[1] != 0) {
    run.selected = SelectedLength{facts[2], numbers[0], static_cast<float>(numbers[1])};
  }
  return run;
}

}  // namespace dem
