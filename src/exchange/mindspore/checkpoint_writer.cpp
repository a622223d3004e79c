#include "exchange/mindspore/checkpoint_writer.h"

#include <mindspore_checkpoint.pb.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/atomic_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "exchange/mindspore/checkpoint_reader.h"
#include "exchange/named_tensors.h"
#include "io/array_checks.h"

namespace dem {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as memory has them");

void write_value(AtomicFile& file, const RawTensor& tensor, std::span<const std::byte> bytes) {
  mindspore_pb::Checkpoint checkpoint;
  mindspore_pb::Checkpoint::Value& value = *checkpoint.add_value();
  value.set_tag(tensor.name);
  for (const Index extent : tensor.shape) value.mutable_tensor()->add_dims(extent);
  if (tensor.shape.empty()) value.mutable_tensor()->add_dims(0);
  value.mutable_tensor()->set_tensor_type(std::string(checkpoint_dtype(tensor.type)));
  value.mutable_tensor()->set_tensor_content(bytes.data(), bytes.size());
  file.write(checkpoint.SerializeAsString());
}

}  // namespace

void write_checkpoint(const std::string& path,
                      std::span<const RawTensor> tensors,
                      std::size_t slice_bytes) {
  if (tensors.empty()) {
    throw Error(ErrorKind::kInvalidArgument, path + ": expected tensors to write, got none");
  }
  AtomicFile file(path);
  for (const RawTensor& tensor : tensors) {
    check_tensor_bytes(tensor, place(path, tensor.name));
    std::size_t next = 0;
    do {
      const std::size_t part = std::min(slice_bytes, tensor.bytes.size() - next);
      write_value(file, tensor, tensor.bytes.subspan(next, part));
      next += part;
    } while (next < tensor.bytes.size());
  }
  file.commit();
}

void save_mindspore_checkpoint(const Network& network, const std::string& path) {
  std::vector<RawTensor> tensors;
  add_layers(layer_tensors(network.spec()), "", network.parameters(), tensors);
  write_checkpoint(path, tensors);
}

void save_mindspore_training_checkpoint(const TrainingState& state,
                                        const Network& network,
                                        const AdamScalars& adam,
                                        const std::string& path) {
  const std::size_t size = network.parameters().size();
  for (const auto* values : {&state.parameters, &state.moment1, &state.moment2}) {
    if (values->size() == size) continue;
    throw Error(
        ErrorKind::kInvalidArgument,
        concat(path, ": training state: expected ", size, " numbers, got ", values->size()));
  }
  const std::vector<LayerTensor> layers = layer_tensors(network.spec());
  const auto steps = static_cast<double>(state.step);
  const std::int32_t global_step = static_cast<std::int32_t>(state.step);
  const std::array scalars{static_cast<float>(adam.learning_rate),
                           static_cast<float>(std::pow(adam.beta1, steps)),
                           static_cast<float>(std::pow(adam.beta2, steps))};
  const std::span<const float> values(scalars);
  std::vector<RawTensor> tensors;
  add_layers(layers, "", state.parameters, tensors);
  tensors.push_back(
      {"global_step", ElementType::kInt32, {1}, std::as_bytes(std::span(&global_step, 1))});
  tensors.push_back(float_tensor("learning_rate", {}, values.subspan(0, 1)));
  tensors.push_back(float_tensor("beta1_power", {}, values.subspan(1, 1)));
  tensors.push_back(float_tensor("beta2_power", {}, values.subspan(2, 1)));
  add_layers(layers, "moment1.", state.moment1, tensors);
  add_layers(layers, "moment2.", state.moment2, tensors);
  write_checkpoint(path, tensors);
}

}  // namespace dem
