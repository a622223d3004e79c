// The tensors of statistics files, held to what they must be.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/safetensors.h"

namespace dem {

// A window on values that outlive it, for the writer.
template <typename T>
[[nodiscard]] RawTensor tensor(std::string name,
                               ElementType type,
                               std::vector<Index> shape,
                               const T& values) {
  return {std::move(name),
          type,
          std::move(shape),
          std::as_bytes(std::span(values.data(), static_cast<std::size_t>(values.size())))};
}

// Reads tensors of one file and keeps account of which. Every failure throws Error{kFormat} naming
// file and tensor.
class StatisticsReader {
 public:
  explicit StatisticsReader(const SafetensorsFile& file) : file_(file) {}

  [[nodiscard]] bool has(const std::string& name) const { return file_.find(name) != nullptr; }
  [[nodiscard]] std::string where(const std::string& name) const {
    return concat(file_.path(), ": tensor ", name);
  }

  // The extent of an axis, where the rank is right.
  [[nodiscard]] Index extent(const std::string& name, std::size_t rank, std::size_t axis) const {
    const ArrayInfo& info = file_.require(name);
    if (info.shape.size() == rank) return info.shape[axis];
    fail(name, concat("expected ", rank, " dimensions, got ", info.shape.size()));
  }

  // Copies a tensor of this type and shape to `out`.
  template <typename T>
  void read_any(const std::string& name,
                ElementType type,
                const std::vector<Index>& shape,
                T* out) {
    const ArrayInfo& info = file_.require(name);
    if (info.type != type || info.shape != shape) {
      const ArrayInfo expected{name, type, shape, ""};
      fail(name, concat("expected ", to_string(expected), ", got ", to_string(info)));
    }
    const auto bytes = file_.bytes(info);
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
    names_.insert(name);
  }
  // The same of finite numbers.
  template <typename T>
  void read(const std::string& name, ElementType type, const std::vector<Index>& shape, T* out) {
    read_any(name, type, shape, out);
    std::size_t size = 1;
    for (const Index extent : shape) size *= static_cast<std::size_t>(extent);
    if constexpr (!std::is_integral_v<T>) require_finite(name, std::span<const T>(out, size));
  }

  void require_all_read() const {
    for (const ArrayInfo& info : file_.arrays()) {
      if (!names_.contains(info.name)) fail(info.name, "expected no such tensor, got this one");
    }
  }

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw Error(ErrorKind::kFormat, concat(where(name), ": ", what));
  }

 private:
  template <typename T>
  void require_finite(const std::string& name, std::span<const T> values) const {
    const auto found =
        std::find_if(values.begin(), values.end(), [](T v) { return !std::isfinite(v); });
    if (found == values.end()) return;
    fail(name,
         concat("expected finite numbers, got ", *found, " at position ", found - values.begin()));
  }

  const SafetensorsFile& file_;
  std::set<std::string> names_;
};

}  // namespace dem
