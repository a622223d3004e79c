// Named tensors of safetensors files, held to the types and shapes that they must have.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "exchange/layer_tensors.h"
#include "io/safetensors.h"

namespace dem {

// Reads tensors of one file and keeps account of which. Every failure throws Error{kFormat} naming
// file and tensor.
class TensorReader {
 public:
  explicit TensorReader(const SafetensorsFile& file) : file_(file) {}

  // The tensor's shape; it must be float32.
  [[nodiscard]] const std::vector<Index>& shape(const std::string& name);
  // Throws unless it has this shape, before memory for it is asked for.
  void require_shape(const std::string& name, const std::vector<Index>& expected);
  // The same of a list of float64, and all of its numbers.
  [[nodiscard]] std::vector<double> read_doubles(const std::string& name, Index size);
  // Copies a tensor of out.size() numbers.
  void read(const std::string& name, std::span<float> out);
  // All parameters, each layer tensor as "PREFIX" + its name.
  [[nodiscard]] std::vector<float> read_layers(const std::vector<LayerTensor>& layers,
                                               const std::string& prefix);
  // Throws where the file holds a tensor that nobody asked for.
  void require_all_read() const;

 private:
  const std::vector<Index>& shape_of(const std::string& name, ElementType type);
  void require(const std::string& name,
               const std::vector<Index>& got,
               const std::vector<Index>& expected) const;
  void copy(const std::string& name, std::span<std::byte> out) const;

  const SafetensorsFile& file_;
  std::set<std::string> names_;
};

// Opens `path`, which must be a safetensors file: throws Error{kFormat} saying what it is instead.
[[nodiscard]] std::unique_ptr<SafetensorsFile> require_safetensors(const std::string& path);

// Windows on numbers laid out like Network::parameters(), for the writer.
void add_layers(const std::vector<LayerTensor>& layers,
                const std::string& prefix,
                std::span<const float> parameters,
                std::vector<RawTensor>& tensors);

[[nodiscard]] RawTensor float_tensor(std::string name,
                                     std::vector<Index> shape,
                                     std::span<const float> values);

}  // namespace dem
