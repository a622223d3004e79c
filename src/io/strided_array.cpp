#include "io/strided_array.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/convert.h"

namespace dem {
namespace {

const std::byte* first_number(const StridedArray& array, ElementType type) {
  return array.bytes.data() + array.offset * static_cast<Index>(element_size(type));
}

bool is_empty(const std::vector<Index>& shape) {
  return std::find(shape.begin(), shape.end(), 0) != shape.end();
}

class StridedRows : public RowReader {
 public:
  StridedRows(const MappedFile& file,
              const StridedArray& array,
              const ArrayInfo& info,
              std::size_t row_axis)
      : RowReader(info.shape[row_axis], info.shape[1 - row_axis]),
        file_(file),
        first_(first_number(array, info.type)),
        type_(info.type),
        row_stride_(array.strides[row_axis] * static_cast<Index>(element_size(type_))),
        col_stride_(array.strides[1 - row_axis] * static_cast<Index>(element_size(type_))),
        swap_bytes_(array.swap_bytes) {}

 private:
  Index next(MatrixView<float> out) override {
    convert_matrix(
        type_, first_ + position() * row_stride_, row_stride_, col_stride_, swap_bytes_, out);
    file_.release_pages();
    return out.rows();
  }
  Index pass_over(Index count) override { return count; }

  const MappedFile& file_;
  const std::byte* first_;
  ElementType type_;
  Index row_stride_;  // in bytes
  Index col_stride_;
  bool swap_bytes_;
};

}  // namespace

std::vector<Index> plain_strides(const std::vector<Index>& shape, bool fortran_order) {
  std::vector<Index> strides(shape.size());
  Index stride = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const std::size_t axis = fortran_order ? k : shape.size() - 1 - k;
    strides[axis] = stride;
    stride *= std::max<Index>(shape[axis], 1);
  }
  return strides;
}

void check_strides(const StridedArray& array, const ArrayInfo& info, const std::string& where) {
  const auto room = static_cast<Index>(array.bytes.size() / element_size(info.type));
  const auto refuse = [&] {
    throw Error(ErrorKind::kFormat,
                concat(where,
                       ": expected a shape and strides within ",
                       room,
                       " numbers, got ",
                       to_string(info),
                       " from number ",
                       array.offset,
                       " on with strides [",
                       join(array.strides),
                       "]"));
  };
  if (array.strides.size() != info.shape.size() || array.offset < 0 || array.offset > room)
    refuse();
  (void)element_count(info.shape, where);
  for (const Index stride : array.strides) {
    if (stride < 0) refuse();
  }
  if (is_empty(info.shape)) return;
  if (array.offset == room) refuse();
  Index left = room - array.offset - 1;  // behind the first number
  for (std::size_t axis = 0; axis < info.shape.size(); ++axis) {
    const Index steps = info.shape[axis] - 1;
    const Index stride = array.strides[axis];
    if (steps == 0 || stride == 0) continue;
    if (steps > left / stride) refuse();
    left -= steps * stride;
  }
}

bool is_row_major(const StridedArray& array, const std::vector<Index>& shape) {
  if (is_empty(shape)) return true;
  const std::vector<Index> plain = plain_strides(shape, false);
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] > 1 && array.strides[axis] != plain[axis]) return false;
  }
  return true;
}

std::span<const std::byte> plain_numbers(const StridedArray& array,
                                         const ArrayInfo& info,
                                         std::vector<std::byte>& storage) {
  const std::vector<Index>& shape = info.shape;
  const std::size_t size = element_size(info.type);
  const std::size_t total =
      is_empty(shape) ? 0 : size * static_cast<std::size_t>(element_count(shape, info.name));
  if (total == 0) return {};
  const std::byte* from = first_number(array, info.type);
  if (!array.swap_bytes && is_row_major(array, shape)) return {from, total};
  storage.resize(total);
  std::vector<Index> position(shape.size(), 0);
  for (std::size_t target = 0; target < total; target += size) {
    const auto to = storage.begin() + static_cast<std::ptrdiff_t>(target);
    std::copy_n(from, size, to);
    if (array.swap_bytes) std::reverse(to, to + static_cast<std::ptrdiff_t>(size));
    for (std::size_t axis = shape.size(); axis-- > 0;) {  // the last axis runs fastest
      const Index step = array.strides[axis] * static_cast<Index>(size);
      if (++position[axis] < shape[axis]) {
        from += step;
        break;
      }
      from -= step * (shape[axis] - 1);
      position[axis] = 0;
    }
  }
  return storage;
}

void read_strided_matrix(const StridedArray& array,
                         const ArrayFile& file,
                         const ArrayInfo& info,
                         int row_axis,
                         MatrixView<float> out) {
  check_matrix_request(file, info, row_axis, out);
  if (out.empty()) return;
  const auto size = static_cast<Index>(element_size(info.type));
  const auto axis = static_cast<std::size_t>(row_axis);
  convert_matrix(info.type,
                 first_number(array, info.type),
                 array.strides[axis] * size,
                 array.strides[1 - axis] * size,
                 array.swap_bytes,
                 out);
}

std::vector<std::int64_t> read_strided_integers(const StridedArray& array,
                                                const ArrayFile& file,
                                                const ArrayInfo& info) {
  const Index count = checked_vector_length(file, info);
  std::vector<std::byte> storage;
  const auto numbers = plain_numbers(array, info, storage);
  return convert_to_integers(
      info.type, numbers.data(), false, count, place(file.path(), info.name));
}

std::unique_ptr<RowReader> open_strided_rows(const MappedFile& file,
                                             const StridedArray& array,
                                             const ArrayInfo& info,
                                             int row_axis) {
  return std::make_unique<StridedRows>(file, array, info, static_cast<std::size_t>(row_axis));
}

}  // namespace dem
