#include "io/stored_array.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/convert.h"

namespace dem {

std::uint64_t checked_element_count(const std::vector<Index>& shape,
                                    std::uint64_t limit,
                                    const std::string& where) {
  const auto count = static_cast<std::uint64_t>(element_count(shape, where));
  if (count <= limit) return count;
  throw Error(ErrorKind::kFormat,
              concat(where,
                     ": expected a shape of at most ",
                     limit,
                     " elements, which the file has room for, got [",
                     join(shape),
                     "]"));
}

bool is_plain(const StoredArray& stored, const ArrayInfo& info) {
  const auto longer = [](Index extent) { return extent != 1; };
  const bool one_order = std::count_if(info.shape.begin(), info.shape.end(), longer) < 2;
  return !stored.swap_bytes && (!stored.fortran_order || one_order);
}

std::vector<std::byte> plain_bytes(const StoredArray& stored, const ArrayInfo& info) {
  const std::size_t size = element_size(info.type);
  const std::vector<Index>& shape = info.shape;
  // The distance in elements between neighbours along each axis, and a position along each.
  std::vector<std::size_t> strides(shape.size());
  std::size_t stride = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const std::size_t axis = stored.fortran_order ? k : shape.size() - 1 - k;
    strides[axis] = stride;
    stride *= static_cast<std::size_t>(shape[axis]);
  }
  std::vector<Index> position(shape.size(), 0);
  std::vector<std::byte> plain(stored.bytes.size());
  std::size_t source = 0;
  for (std::size_t target = 0; target < plain.size(); target += size) {
    const std::byte* from = stored.bytes.data() + source * size;
    std::copy(from, from + size, plain.begin() + static_cast<std::ptrdiff_t>(target));
    if (stored.swap_bytes) {
      std::reverse(plain.begin() + static_cast<std::ptrdiff_t>(target),
                   plain.begin() + static_cast<std::ptrdiff_t>(target + size));
    }
    for (std::size_t axis = shape.size(); axis-- > 0;) {  // the last axis runs fastest
      source += strides[axis];
      if (++position[axis] < shape[axis]) break;
      source -= strides[axis] * static_cast<std::size_t>(shape[axis]);
      position[axis] = 0;
    }
  }
  return plain;
}

void read_stored_matrix(const StoredArray& stored,
                        const ArrayFile& file,
                        const ArrayInfo& info,
                        int row_axis,
                        MatrixView<float> out) {
  check_matrix_request(file, info, row_axis, out);
  if (out.empty()) return;
  const auto size = static_cast<Index>(element_size(info.type));
  const Index axis_strides[2] = {stored.fortran_order ? size : size * info.shape[1],
                                 stored.fortran_order ? size * info.shape[0] : size};
  convert_matrix(info.type,
                 stored.bytes.data(),
                 axis_strides[row_axis],
                 axis_strides[1 - row_axis],
                 stored.swap_bytes,
                 out);
}

std::vector<std::int64_t> read_stored_integers(const StoredArray& stored,
                                               const ArrayFile& file,
                                               const ArrayInfo& info) {
  const Index count = checked_vector_length(file, info);
  return convert_to_integers(
      info.type, stored.bytes.data(), stored.swap_bytes, count, place(file.path(), info.name));
}

}  // namespace dem
