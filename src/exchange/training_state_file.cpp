#include <array>

#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "exchange/file_metadata.h"
#include "exchange/model_json.h"
#include "exchange/named_tensors.h"
#include "io/safetensors.h"

namespace dem {
namespace {

// The state's arrays, each laid out as the parameters, with the prefix of its tensors' names.
template <typename State>
auto arrays_of(State& state) {
  return std::array{std::pair("", &state.parameters),
                    std::pair("moment1.", &state.moment1),
                    std::pair("moment2.", &state.moment2),
                    std::pair("best.", &state.best_parameters)};
}

Facts state_facts(const TrainingState& state, const NetworkSpec& spec) {
  Facts facts = start_facts(kTrainingStateFormat);
  facts["network"] = network_to_json(spec);
  facts["seed"] = std::to_string(state.seed);
  facts["epoch"] = std::to_string(state.epoch);
  facts["step_in_epoch"] = std::to_string(state.step_in_epoch);
  facts["step"] = std::to_string(state.step);
  facts["epoch_loss_sum"] = shortest_text(state.epoch_loss_sum);
  facts["best_accuracy"] = shortest_text(state.best_accuracy);
  if (state.best_distance) facts["best_distance"] = shortest_text(*state.best_distance);
  facts["best_epoch"] = std::to_string(state.best_epoch);
  facts["best_step"] = std::to_string(state.best_step);
  add_prefixed(state.notes, "notes", facts);
  return facts;
}

void read_facts(const FileMetadata& metadata, TrainingState& state) {
  state.seed = metadata.unsigned_number("seed");
  state.epoch = metadata.count("epoch");
  state.step_in_epoch = metadata.count("step_in_epoch");
  state.step = metadata.count("step");
  state.epoch_loss_sum = metadata.real("epoch_loss_sum");
  state.best_accuracy = metadata.real("best_accuracy");
  if (metadata.has("best_distance")) state.best_distance = metadata.real("best_distance");
  state.best_epoch = metadata.count("best_epoch");
  state.best_step = metadata.count("best_step");
  state.notes = metadata.with_prefix("notes");
  if (state.step < state.step_in_epoch || state.step < state.best_step) {
    throw Error(ErrorKind::kFormat,
                concat(metadata.where("step"),
                       ": expected at least step_in_epoch ",
                       state.step_in_epoch,
                       " and best_step ",
                       state.best_step,
                       ", got ",
                       state.step));
  }
}

void require_network(const FileMetadata& metadata, const NetworkSpec& expected) {
  const std::string where = metadata.where("network");
  const NetworkSpec got = network_from_json(metadata.text("network"), where);
  if (network_to_json(got) == network_to_json(expected)) return;
  throw Error(
      ErrorKind::kShapeMismatch,
      concat(where, ": expected ", network_to_json(expected), ", got ", network_to_json(got)));
}

}  // namespace

void save_training_state(const TrainingState& state,
                         const Network& network,
                         const std::string& path) {
  const std::vector<LayerTensor> layers = layer_tensors(network.spec());
  const auto size = static_cast<std::size_t>(parameter_count(layers));
  std::vector<RawTensor> tensors;
  for (const auto& [prefix, values] : arrays_of(state)) {
    if (values->empty() && values == &state.best_parameters) continue;
    if (values->size() != size) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat(path,
                         ": training state: ",
                         prefix,
                         "fc*: expected ",
                         size,
                         " numbers, got ",
                         values->size()));
    }
    add_layers(layers, prefix, *values, tensors);
  }
  write_safetensors(path, std::move(tensors), state_facts(state, network.spec()));
}

TrainingState load_training_state(const std::string& path, const NetworkSpec& spec) {
  const auto file = require_safetensors(path);
  const FileMetadata metadata(*file, kTrainingStateFormat);
  require_network(metadata, spec);
  TrainingState state;
  read_facts(metadata, state);
  const std::vector<LayerTensor> layers = layer_tensors(spec);
  const bool has_best = file->find("best." + layers[0].name) != nullptr;
  TensorReader tensors(*file);
  for (const auto& [prefix, values] : arrays_of(state)) {
    if (values == &state.best_parameters && !has_best) continue;
    *values = tensors.read_layers(layers, prefix);
  }
  tensors.require_all_read();
  return state;
}

}  // namespace dem
