#include "exchange/named_tensors.h"

#include <cstring>

#include "base/check.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "exchange/mindspore/checkpoint_reader.h"
#include "io/array_checks.h"

namespace dem {

const std::vector<Index>& TensorReader::shape_of(const std::string& name, ElementType type) {
  const ArrayInfo& info = file_.require(name);
  if (info.type != type) {
    throw Error(ErrorKind::kFormat,
                concat(place(file_.path(), name),
                       ": expected ",
                       to_string(type),
                       ", got ",
                       to_string(info.type)));
  }
  names_.insert(name);
  return info.shape;
}

const std::vector<Index>& TensorReader::shape(const std::string& name) {
  return shape_of(name, ElementType::kFloat32);
}

void TensorReader::require(const std::string& name,
                           const std::vector<Index>& got,
                           const std::vector<Index>& expected) const {
  if (got == expected) return;
  throw Error(
      ErrorKind::kFormat,
      concat(
          place(file_.path(), name), ": expected [", join(expected), "], got [", join(got), "]"));
}

void TensorReader::require_shape(const std::string& name, const std::vector<Index>& expected) {
  require(name, shape(name), expected);
}

void TensorReader::copy(const std::string& name, std::span<std::byte> out) const {
  const std::span<const std::byte> bytes = file_.bytes(file_.require(name));
  DEM_CHECK_EQ(bytes.size(), out.size_bytes());
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
}

void TensorReader::read(const std::string& name, std::span<float> out) {
  copy(name, std::as_writable_bytes(out));
}

std::vector<double> TensorReader::read_doubles(const std::string& name, Index size) {
  require(name, shape_of(name, ElementType::kFloat64), {size});
  std::vector<double> values(static_cast<std::size_t>(size));
  copy(name, std::as_writable_bytes(std::span(values)));
  return values;
}

std::vector<float> TensorReader::read_layers(const std::vector<LayerTensor>& layers,
                                             const std::string& prefix) {
  for (const LayerTensor& layer : layers) require_shape(prefix + layer.name, layer.shape);
  std::vector<float> parameters(static_cast<std::size_t>(parameter_count(layers)));
  for (const LayerTensor& layer : layers) {
    read(
        prefix + layer.name,
        std::span(parameters)
            .subspan(static_cast<std::size_t>(layer.offset), static_cast<std::size_t>(layer.size)));
  }
  return parameters;
}

void TensorReader::require_all_read() const {
  for (const ArrayInfo& info : file_.arrays()) {
    if (names_.contains(info.name)) continue;
    throw Error(ErrorKind::kFormat,
                concat(place(file_.path(), info.name),
                       ": expected no tensors but ",
                       join(names_),
                       ", got this one"));
  }
}

std::unique_ptr<SafetensorsFile> require_safetensors(const std::string& path) {
  std::string got = "a MindSpore checkpoint";
  if (!looks_like_checkpoint(MappedFile(path).bytes())) {
    std::unique_ptr<ArrayFile> file = ArrayFile::open(path);
    if (auto* tensors = dynamic_cast<SafetensorsFile*>(file.get())) {
      (void)file.release();
      return std::unique_ptr<SafetensorsFile>(tensors);
    }
    got = to_string(file->format());
  }
  throw Error(ErrorKind::kFormat, concat(path, ": expected a safetensors file, got ", got));
}

void add_layers(const std::vector<LayerTensor>& layers,
                const std::string& prefix,
                std::span<const float> parameters,
                std::vector<RawTensor>& tensors) {
  for (const LayerTensor& layer : layers) {
    tensors.push_back(float_tensor(prefix + layer.name,
                                   layer.shape,
                                   parameters.subspan(static_cast<std::size_t>(layer.offset),
                                                      static_cast<std::size_t>(layer.size))));
  }
}

RawTensor float_tensor(std::string name, std::vector<Index> shape, std::span<const float> values) {
  return {std::move(name), ElementType::kFloat32, std::move(shape), std::as_bytes(values)};
}

}  // namespace dem
