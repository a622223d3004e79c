#include "exchange/checkpoint_writer.h"

#include <mindspore_checkpoint.pb.h>

#include <algorithm>
#include <bit>

#include "base/atomic_file.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "exchange/checkpoint_reader.h"
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

}  // namespace dem
