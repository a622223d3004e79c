#include "data/array_access.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <limits>

#include "base/join_some.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/sparse.h"

namespace dem {
namespace {

// "[any, 312]" in the order of the file's axes.
std::string shape_text(Extents extents, int row_axis) {
  const auto text = [](Index n) { return n == 0 ? std::string("any") : std::to_string(n); };
  const std::string rows = text(extents.rows);
  const std::string cols = text(extents.cols);
  return row_axis == 0 ? concat("[", rows, ", ", cols, "]") : concat("[", cols, ", ", rows, "]");
}

bool fits(Extents found, Extents expected) {
  return (expected.rows == 0 || found.rows == expected.rows) &&
         (expected.cols == 0 || found.cols == expected.cols);
}

// Deflate, the densest code in these formats, packs at most 1032 bytes into one; a header that
// claims more lies, and must not make us allocate.
void require_plausible_size(const ArrayRef& array, Extents extents) {
  if (array.info->note == kSparseNote) return;  // seen to when it was listed
  constexpr double kDensest = 1032.0;
  const double bytes = static_cast<double>(extents.rows) * static_cast<double>(extents.cols) *
                       static_cast<double>(element_size(array.info->type));
  std::error_code ignored;
  const auto file_size = std::filesystem::file_size(array.file->path(), ignored);
  if (!ignored && bytes > kDensest * static_cast<double>(file_size)) {
    throw Error(ErrorKind::kFormat,
                concat(array.where(),
                       ": expected an array that fits a file of ",
                       file_size,
                       " bytes, got ",
                       to_string(*array.info)));
  }
}

bool all_finite(std::span<const float> values) {
  constexpr std::uint32_t kExponent = 0x7f800000u;
  std::uint32_t bad = 0;
  for (const float value : values) {
    bad |=
        static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(value) & kExponent) == kExponent);
  }
  return bad == 0;
}

// The lowest row that holds a value that is not finite; rows() where there is none.
Index first_bad_row(MatrixView<const float> matrix) {
  constexpr Index kGrain = 512;
  std::atomic<Index> lowest{matrix.rows()};
  parallel_for(matrix.rows(), kGrain, [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      if (all_finite(matrix.row(row))) continue;
      Index seen = lowest.load();
      while (row < seen && !lowest.compare_exchange_weak(seen, row)) {
      }
      return;
    }
  });
  return lowest.load();
}

}  // namespace

std::string ArrayRef::where() const {
  return concat(file->path(), ": variable ", info->name);
}

Extents checked_extents(const ArrayRef& array,
                        int row_axis,
                        Extents expected,
                        std::string_view why) {
  const ArrayInfo& info = *array.info;
  if (element_size(info.type) == 0) {
    throw Error(ErrorKind::kFormat,
                concat(array.where(), ": expected numbers, got ", to_string(info)));
  }
  const auto fail = [&](std::string_view hint) {
    const std::string shape = shape_text(expected, row_axis);
    const std::string message =
        concat(array.where(), ": expected ", shape, " (", why, "), got ", to_string(info), hint);
    throw Error(ErrorKind::kShapeMismatch, message);
  };
  if (!is_matrix_shape(info.shape)) fail("");
  const auto axis = static_cast<std::size_t>(row_axis);
  const Extents found{info.shape[axis], info.shape[1 - axis]};
  if (found.rows <= 0 || found.cols <= 0) fail(": empty");
  if (!fits(found, expected)) {
    const bool swapped = fits({found.cols, found.rows}, expected);
    fail(swapped ? ": the matrix looks transposed, samples and dimensions are swapped" : "");
  }
  require_plausible_size(array, found);
  return found;
}

bool may_have_columns(const ArrayFile& file) {
  const FileFormat format = file.format();
  return format == FileFormat::kMat4 || format == FileFormat::kMat5 ||
         format == FileFormat::kMat73 || format == FileFormat::kHdf5;
}

std::optional<int> axis_of_length(const ArrayRef& array, Index length) {
  const std::vector<Index>& shape = array.info->shape;
  if (shape.size() < 2 || shape[1] != length) return 0;
  if (shape[0] == length) return std::nullopt;
  return 1;
}

std::optional<MatrixPlace> first_not_finite(MatrixView<const float> matrix) {
  const Index row = first_bad_row(matrix);
  if (row == matrix.rows()) return std::nullopt;
  Index col = 0;
  while (all_finite(matrix.row(row).subspan(static_cast<std::size_t>(col), 1))) ++col;
  return MatrixPlace{row, col};
}

void require_finite(const ArrayRef& array,
                    int row_axis,
                    MatrixView<const float> rows,
                    Index first_row) {
  const auto bad = first_not_finite(rows);
  if (!bad) return;
  const Index row = first_row + bad->row;
  const Index col = bad->col;
  throw Error(ErrorKind::kFormat,
              concat(array.where(),
                     ": expected finite numbers, got ",
                     rows(bad->row, col),
                     " at row ",
                     row_axis == 0 ? row : col,
                     ", column ",
                     row_axis == 0 ? col : row,
                     " (counted from 0)"));
}

void read_finite(const ArrayRef& array, int row_axis, MatrixView<float> out) {
  array.file->read_matrix(*array.info, row_axis, out);
  require_finite(array, row_axis, out);
}

Matrix<float> read_checked_matrix(const ArrayRef& array,
                                  int row_axis,
                                  Extents expected,
                                  std::string_view why) {
  const Extents extents = checked_extents(array, row_axis, expected, why);
  Matrix<float> matrix = Matrix<float>::uninitialised(extents.rows, extents.cols);
  read_finite(array, row_axis, matrix);
  return matrix;
}

std::vector<std::int64_t> read_checked_integers(const ArrayRef& array) {
  std::vector<std::int64_t> values = array.file->read_integers(*array.info);
  if (values.empty()) {
    throw Error(ErrorKind::kFormat,
                concat(array.where(), ": expected at least one number, got none"));
  }
  return values;
}

ArrayRef find_named(ArrayFile& file, std::string_view name) {
  if (const ArrayInfo* info = file.find(name)) return {&file, info};
  ArrayRef found;
  std::vector<std::string> names;
  for (const ArrayInfo& info : file.arrays()) {
    const std::string_view full = info.name;
    if (full.size() <= name.size() || !full.ends_with(name)) continue;
    const char before = full[full.size() - name.size() - 1];
    if (before != '.' && before != '/') continue;
    found = {&file, &info};
    names.push_back(info.name);
  }
  if (names.size() <= 1) return found;
  throw Error(ErrorKind::kFormat,
              concat(file.path(), ": expected one variable ", name, ", got ", join_some(names)));
}

ArrayRef require_named(ArrayFile& file, std::string_view name) {
  if (const ArrayRef found = find_named(file, name)) return found;
  return {&file, &file.require(name)};  // throws
}

ArrayRef only_array(ArrayFile& file) {
  ArrayRef only;
  for (const ArrayInfo& info : file.arrays()) {
    if (element_size(info.type) > 0) only = {&file, &info};
  }
  const auto numeric = std::count_if(file.arrays().begin(), file.arrays().end(), [](const auto& a) {
    return element_size(a.type) > 0;
  });
  if (numeric != 1) {
    throw Error(ErrorKind::kFormat,
                concat(file.path(), ": expected one numeric array, got ", listed_arrays(file)));
  }
  return only;
}

void remember_file(std::vector<std::string>& files, const ArrayRef& array) {
  const std::string& path = array.file->path();
  if (std::find(files.begin(), files.end(), path) == files.end()) files.push_back(path);
}

}  // namespace dem
