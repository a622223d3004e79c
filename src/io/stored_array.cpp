#include "io/stored_array.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/convert.h"

namespace dem {
namespace {

void require_numeric(const ArrayInfo& info, const std::string& where) {
  if (element_size(info.type) > 0) return;
  throw Error(ErrorKind::kFormat, concat(where, ": expected numbers, got ", to_string(info)));
}

}  // namespace

std::uint64_t checked_element_count(const std::vector<Index>& shape,
                                    std::uint64_t limit,
                                    const std::string& where) {
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  std::uint64_t count = 1;
  for (const Index extent : shape) {
    const auto factor = static_cast<std::uint64_t>(extent);
    const bool overflow =
        !empty && (__builtin_mul_overflow(count, factor, &count) || count > limit);
    if (extent < 0 || overflow) {
      throw Error(ErrorKind::kFormat,
                  concat(where,
                         ": expected a shape of at most ",
                         limit,
                         " elements, which the file has room for, got [",
                         join(shape),
                         "]"));
    }
  }
  return empty ? 0 : count;
}

void require_matrix(const ArrayInfo& info,
                    int row_axis,
                    MatrixView<const float> out,
                    const std::string& where) {
  require_numeric(info, where);
  if (info.shape.size() != 2) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(where, ": expected a matrix, got ", to_string(info)));
  }
  const std::size_t axis = row_axis == 0 ? 0 : 1;
  if (out.rows() != info.shape[axis] || out.cols() != info.shape[1 - axis]) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(where,
                       ": expected room for ",
                       info.shape[axis],
                       " x ",
                       info.shape[1 - axis],
                       " numbers, got a matrix of ",
                       out.rows(),
                       " x ",
                       out.cols()));
  }
}

void require_vector(const ArrayInfo& info, const std::string& where) {
  require_numeric(info, where);
  const auto ones = std::count(info.shape.begin(), info.shape.end(), 1);
  if (static_cast<std::size_t>(ones) + 1 < info.shape.size()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(where, ": expected a single row or column, got ", to_string(info)));
  }
}

void read_stored_matrix(const StoredArray& stored,
                        const ArrayInfo& info,
                        int row_axis,
                        MatrixView<float> out,
                        const std::string& where) {
  require_matrix(info, row_axis, out, where);
  if (out.empty()) return;
  const auto size = static_cast<Index>(element_size(info.type));
  const Index axis_strides[2] = {stored.fortran_order ? size : size * info.shape[1],
                                 stored.fortran_order ? size * info.shape[0] : size};
  const Index row_stride = axis_strides[row_axis == 0 ? 0 : 1];
  const Index col_stride = axis_strides[row_axis == 0 ? 1 : 0];
  constexpr Index kGrain = 128;  // rows; a multiple of convert_matrix's tile
  parallel_for(out.rows(), kGrain, [&](Index first, Index last) {
    convert_matrix(info.type,
                   stored.bytes.data() + first * row_stride,
                   row_stride,
                   col_stride,
                   stored.swap_bytes,
                   out.row_block(first, last - first));
  });
}

std::vector<std::int64_t> read_stored_integers(const StoredArray& stored,
                                               const ArrayInfo& info,
                                               const std::string& where) {
  require_vector(info, where);
  const std::size_t count = stored.bytes.size() / element_size(info.type);
  return convert_to_integers(
      info.type, stored.bytes.data(), stored.swap_bytes, static_cast<Index>(count), where);
}

}  // namespace dem
