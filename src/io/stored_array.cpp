#include "io/stored_array.h"

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
