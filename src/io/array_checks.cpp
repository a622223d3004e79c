#include "io/array_checks.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "base/join_some.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

std::string place(const std::string& path, const std::string& name) {
  return concat(path, ": variable ", name);
}

std::string listed_arrays(const ArrayFile& file) {
  std::vector<std::string> arrays;
  for (const ArrayInfo& info : file.arrays()) {
    arrays.push_back(concat(info.name, " ", to_string(info)));
  }
  return arrays.empty() ? "none" : join_some(arrays);
}

std::size_t array_index(const ArrayFile& file, const ArrayInfo& info) {
  const ArrayInfo* first = file.arrays().data();
  const ArrayInfo* last = first + file.arrays().size();
  const bool one_of_them = std::greater_equal<>{}(&info, first) && std::less<>{}(&info, last);
  return static_cast<std::size_t>((one_of_them ? &info : &file.require(info.name)) - first);
}

Index element_count(std::span<const Index> shape, const std::string& where) {
  constexpr Index kMost = std::numeric_limits<Index>::max() / 8;
  // An extent of 0 excuses no other one: later code multiplies them in another order.
  Index count = 1;
  for (const Index extent : shape) {
    const Index factor = std::max<Index>(extent, 1);
    if (extent < 0 || count > kMost / factor) {
      throw Error(
          ErrorKind::kFormat,
          concat(where, ": expected a shape that memory can hold, got [", join(shape), "]"));
    }
    count *= factor;
  }
  return std::find(shape.begin(), shape.end(), 0) == shape.end() ? count : 0;
}

// An info of another file would have its data read beyond their end.
static void check_listed(const ArrayFile& file, const ArrayInfo& info) {
  const ArrayInfo& listed = file.require(info.name);
  if (listed.type == info.type && listed.shape == info.shape) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(place(file.path(), info.name),
                     ": expected what the file lists, ",
                     to_string(listed),
                     ", got ",
                     to_string(info)));
}

static void check_numeric(const ArrayFile& file, const ArrayInfo& info) {
  check_listed(file, info);
  if (element_size(info.type) == 0) {
    throw Error(ErrorKind::kFormat,
                concat(place(file.path(), info.name), ": expected numbers, got ", to_string(info)));
  }
}

bool is_matrix_shape(std::span<const Index> shape) {
  return shape.size() >= 2 &&
         std::all_of(shape.begin() + 2, shape.end(), [](Index extent) { return extent == 1; });
}

bool is_row_vector(const ArrayFile& file, const ArrayInfo& info) {
  const FileFormat format = file.format();
  const bool in_one_block = format == FileFormat::kNpy || format == FileFormat::kNpz ||
                            format == FileFormat::kSafetensors;
  return in_one_block && info.shape.size() == 1 && element_size(info.type) > 0;
}

void check_rows_request(const ArrayFile& file, const ArrayInfo& info, int row_axis) {
  check_numeric(file, info);
  const std::string where = place(file.path(), info.name);
  if (row_axis != 0 && row_axis != 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(where, ": expected row axis 0 or 1, got ", row_axis));
  }
  if (is_matrix_shape(info.shape) || (row_axis == 0 && is_row_vector(file, info))) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat(where, ": expected a matrix, got ", to_string(info)));
}

void check_matrix_request(const ArrayFile& file,
                          const ArrayInfo& info,
                          int row_axis,
                          MatrixView<float> out) {
  check_rows_request(file, info, row_axis);
  const std::string where = place(file.path(), info.name);
  if (!is_matrix_shape(info.shape)) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(where, ": expected a matrix, got ", to_string(info)));
  }
  const auto axis = static_cast<std::size_t>(row_axis);
  if (out.rows() != info.shape[axis] || out.cols() != info.shape[1 - axis]) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(where,
                       ": a matrix of ",
                       out.rows(),
                       " x ",
                       out.cols(),
                       " cannot take ",
                       to_string(info),
                       " with rows along axis ",
                       row_axis));
  }
}

Index checked_vector_length(const ArrayFile& file, const ArrayInfo& info) {
  check_numeric(file, info);
  const std::string where = place(file.path(), info.name);
  const auto long_extents =
      std::count_if(info.shape.begin(), info.shape.end(), [](Index extent) { return extent != 1; });
  const Index count = element_count(info.shape, where);
  if (long_extents > 1 && count > 0) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(where, ": expected a single row or column, got ", to_string(info)));
  }
  return count;
}

void check_tensor_bytes(const RawTensor& tensor, const std::string& where) {
  const std::size_t size = element_size(tensor.type);
  const auto count = static_cast<std::size_t>(element_count(tensor.shape, where));
  if (size > 0 && count * size == tensor.bytes.size()) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(where,
                     ": expected the bytes of ",
                     to_string(tensor.type),
                     " [",
                     join(tensor.shape),
                     "], got ",
                     tensor.bytes.size()));
}

bool is_list(const ArrayInfo& info) {
  return std::count_if(info.shape.begin(), info.shape.end(), [](Index n) { return n != 1; }) <= 1;
}

void check_text_request(const ArrayFile& file, const ArrayInfo& info) {
  check_listed(file, info);
  if (info.type != ElementType::kText) {
    throw Error(ErrorKind::kFormat,
                concat(place(file.path(), info.name), ": expected text, got ", to_string(info)));
  }
}

}  // namespace dem
