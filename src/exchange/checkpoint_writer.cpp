#include <mindspore_checkpoint.pb.h>

#include <bit>

#include "base/atomic_file.h"
#include "dem/exchange/model_file.h"
#include "exchange/layer_tensors.h"

namespace dem {

static_assert(std::endian::native == std::endian::little, "numbers are written as memory has them");

void save_mindspore_checkpoint(const Network& network, const std::string& path) {
  AtomicFile file(path);
  for (const LayerTensor& tensor : layer_tensors(network.spec())) {
    mindspore_pb::Checkpoint checkpoint;
    mindspore_pb::Checkpoint::Value& value = *checkpoint.add_value();
    value.set_tag(tensor.name);
    for (const Index extent : tensor.shape) value.mutable_tensor()->add_dims(extent);
    value.mutable_tensor()->set_tensor_type("Float32");
    const auto numbers = network.parameters().subspan(static_cast<std::size_t>(tensor.offset),
                                                      static_cast<std::size_t>(tensor.size));
    value.mutable_tensor()->set_tensor_content(numbers.data(), numbers.size_bytes());
    file.write(checkpoint.SerializeAsString());
  }
  file.commit();
}

}  // namespace dem
