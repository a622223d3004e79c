#include "exchange/tensor_file.h"

#include <algorithm>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/convert.h"

namespace dem {

TensorFile::TensorFile(const std::string& path) : path_(path) {
  const MappedFile file(path);
  if (looks_like_checkpoint(file.bytes())) {
    checkpoint_ = read_checkpoint(file.bytes(), path);
    read_checkpoint_file();
  } else {
    arrays_ = ArrayFile::open(path);
    read_array_file();
  }
}

bool TensorFile::is_numeric(const ArrayInfo& info) {
  if (element_size(info.type) > 0) return true;
  others_.push_back(info);
  return false;
}

void TensorFile::read_checkpoint_file() {
  for (const CheckpointEntry& entry : checkpoint_.entries) {
    const ArrayInfo& info = entry.info;
    if (!is_numeric(info)) continue;
    tensors_.push_back({info.name, info.type, info.shape, std::as_bytes(std::span(entry.content))});
  }
}

void TensorFile::read_array_file() {
  auto* safetensors = dynamic_cast<SafetensorsFile*>(arrays_.get());
  auto* npz = dynamic_cast<NpzFile*>(arrays_.get());
  auto* pickled = dynamic_cast<PickledFile*>(arrays_.get());
  if (safetensors == nullptr && npz == nullptr && pickled == nullptr) {
    throw Error(
        ErrorKind::kFormat,
        concat(path_,
               ": expected a MindSpore checkpoint, a safetensors, an .npz or a PyTorch file, got ",
               dem::to_string(arrays_->format())));
  }
  format_ = safetensors != nullptr                    ? TensorFormat::kSafetensors
            : npz != nullptr                          ? TensorFormat::kNpz
            : arrays_->format() == FileFormat::kTorch ? TensorFormat::kTorch
                                                      : TensorFormat::kPickle;
  if (safetensors != nullptr) metadata_ = safetensors->metadata();
  for (const ArrayInfo& info : arrays_->arrays()) {
    if (!is_numeric(info)) continue;
    std::span<const std::byte> bytes;
    if (safetensors != nullptr) {
      bytes = safetensors->bytes(info);
    } else if (npz != nullptr) {
      bytes = npz->plain_numbers(info, copies_.emplace_back());
    } else {
      bytes = pickled->plain_numbers(info, copies_.emplace_back());
    }
    tensors_.push_back({info.name, info.type, info.shape, bytes});
  }
}

NamedTensor to_named_tensor(const RawTensor& tensor) {
  const std::size_t size = element_size(tensor.type);
  NamedTensor named{tensor.name, tensor.shape, std::vector<float>(tensor.bytes.size() / size)};
  convert_to_float(tensor.type,
                   tensor.bytes.data(),
                   static_cast<std::ptrdiff_t>(size),
                   false,
                   static_cast<Index>(named.values.size()),
                   named.values.data());
  return named;
}

bool is_progress(std::string_view name) {
  return name == "epoch_num" || name == "step_num";
}

bool is_training_state(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {"moment1.", "moment2.", "best."};
  constexpr std::string_view kNames[] = {
      "learning_rate", "beta1_power", "beta2_power", "global_step"};
  return is_progress(name) ||
         std::any_of(std::begin(kPrefixes),
                     std::end(kPrefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); }) ||
         std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

std::vector<NamedTensor> load_mindspore_checkpoint(const std::string& path) {
  const MappedFile file(path);
  std::vector<NamedTensor> tensors;
  for (const CheckpointEntry& entry : read_checkpoint(file.bytes(), path).entries) {
    const ArrayInfo& info = entry.info;
    if (element_size(info.type) == 0 || is_progress(info.name)) continue;
    tensors.push_back(to_named_tensor(
        {info.name, info.type, info.shape, std::as_bytes(std::span(entry.content))}));
  }
  return tensors;
}

}  // namespace dem
