#include "data/gbu_axes.h"

#include <cmath>
#include <optional>

#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

// Whether all rows of a table have length 1.
bool has_unit_rows(const Matrix<float>& table) {
  constexpr double kTolerance = 1e-3;
  for (Index i = 0; i < table.rows(); ++i) {
    if (!(std::fabs(std::sqrt(squared_norm(table.row(i))) - 1.0) < kTolerance)) return false;
  }
  return true;
}

bool is_square(const ArrayRef& table) {
  const std::vector<Index>& shape = table.info->shape;
  return element_size(table.info->type) > 0 && shape.size() == 2 && shape[0] == shape[1] &&
         shape[0] > 1;
}

// The axis along which rows of a square table have length 1; none where both or neither do.
std::optional<int> unit_axis(const ArrayRef& table) {
  static_cast<void>(checked_extents(table, 0, {}, "a class a row"));
  const bool along_first = has_unit_rows(read_matrix(*table.file, *table.info, 0));
  const bool along_second = has_unit_rows(read_matrix(*table.file, *table.info, 1));
  if (along_first == along_second) return std::nullopt;
  return along_first ? 0 : 1;
}

std::optional<int> told_axis(const ArrayRef& table, const ArrayRef& att) {
  if (const auto axis = unit_axis(table)) return axis;
  if (!att || !is_square(att)) return std::nullopt;
  return unit_axis(att);
}

}  // namespace

bool is_of_matlab(const ArrayFile& file) {
  const FileFormat format = file.format();
  return format == FileFormat::kMat4 || format == FileFormat::kMat5 || format == FileFormat::kMat73;
}

int matlab_axis(const ArrayFile& file) {
  return file.format() == FileFormat::kMat73 ? 0 : 1;
}

int sample_axis(const ArrayRef& features, Index num_labels) {
  if (is_of_matlab(*features.file)) return matlab_axis(*features.file);
  if (const auto axis = axis_of_length(features, num_labels)) return *axis;
  throw Error(ErrorKind::kShapeMismatch,
              concat(features.where(),
                     ": ",
                     num_labels,
                     " samples and as many features: cannot tell which axis is which; expected "
                     "samples in the columns of a .mat file, or in the rows of a file of layout "
                     "table"));
}

int class_axis(const ArrayRef& table, SampleAxis asked, const ArrayRef& att, Index num_classes) {
  if (asked != SampleAxis::kAuto) return asked == SampleAxis::kRows ? 0 : 1;
  if (is_of_matlab(*table.file)) {
    if (!is_square(table)) return matlab_axis(*table.file);
  } else if (num_classes > 0) {
    if (const auto axis = axis_of_length(table, num_classes)) return *axis;
  }
  if (const auto axis = told_axis(table, att)) return *axis;
  throw Error(ErrorKind::kShapeMismatch,
              concat(table.where(),
                     ": expected to be told whether classes are rows or columns of a ",
                     is_square(table) ? "square table" : "table without names of classes,",
                     " without rows of length 1 (descriptions in rows or descriptions in columns), "
                     "got ",
                     to_string(*table.info)));
}

}  // namespace dem
