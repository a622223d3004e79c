#include "io/array_choice.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"

namespace dem {
namespace {

bool is_matrix(const ArrayInfo& info) {
  return element_size(info.type) > 0 && is_matrix_shape(info.shape);
}

// Whether rows along `row_axis` have the width.
bool fits(const ArrayInfo& info, int row_axis, Index width) {
  return width == 0 || info.shape[static_cast<std::size_t>(1 - row_axis)] == width;
}

bool fits(const ArrayInfo& info, SampleAxis axis, Index width) {
  return is_matrix(info) && ((axis != SampleAxis::kColumns && fits(info, 0, width)) ||
                             (axis != SampleAxis::kRows && fits(info, 1, width)));
}

std::string wanted(SampleAxis axis, Index width) {
  const std::string extent = width == 0 ? "feature_dim" : std::to_string(width);
  std::string rows = concat("[n, ", extent, "]");
  std::string columns = concat("[", extent, ", n]");
  if (axis == SampleAxis::kRows) return rows;
  return axis == SampleAxis::kColumns ? columns : concat(rows, " or ", columns);
}

[[noreturn]] void refuse(const std::string& where,
                         const std::string& expected,
                         const std::string& got) {
  throw Error(ErrorKind::kShapeMismatch, concat(where, ": expected ", expected, ", got ", got));
}

const ArrayInfo& find_array(const ArrayFile& file,
                            Index width,
                            const std::string& variable,
                            const std::vector<std::string>& preferred,
                            SampleAxis axis) {
  const auto is_one_sample = [&](const ArrayInfo& info) {
    return width > 0 && axis != SampleAxis::kColumns && is_row_vector(file, info) &&
           info.shape[0] == width;
  };
  if (!variable.empty()) {
    const ArrayInfo& info = file.require(variable);
    if (fits(info, axis, width) || is_one_sample(info)) return info;
    refuse(place(file.path(), variable), wanted(axis, width), to_string(info));
  }
  std::vector<const ArrayInfo*> fitting;
  for (const ArrayInfo& info : file.arrays()) {
    if (fits(info, axis, width)) fitting.push_back(&info);
  }
  for (const ArrayInfo& info : file.arrays()) {
    if (file.arrays().size() == 1 && is_one_sample(info)) return info;
  }
  if (fitting.empty()) {
    refuse(file.path(), concat("a matrix of numbers ", wanted(axis, width)), listed_arrays(file));
  }
  for (const std::string& name : preferred) {
    for (const ArrayInfo* info : fitting) {
      if (info->name == name) return *info;
    }
  }
  if (fitting.size() == 1) return *fitting.front();
  std::vector<std::string> names;
  for (const ArrayInfo* info : fitting) names.push_back(info->name);
  refuse(file.path(),
         concat("one matrix of numbers ", wanted(axis, width), ", or to be told which"),
         join(names));
}

}  // namespace

ChosenArray choose_array(const ArrayFile& file,
                         Index width,
                         const std::string& variable,
                         const std::vector<std::string>& preferred,
                         SampleAxis axis) {
  const ArrayInfo& info = find_array(file, width, variable, preferred, axis);
  if (info.shape.size() == 1) return {&info, 0};
  if (axis != SampleAxis::kAuto) return {&info, axis == SampleAxis::kColumns ? 1 : 0};
  if (file.format() == FileFormat::kCsv && fits(info, 0, width)) return {&info, 0};
  if (width > 0 && fits(info, 0, width) && fits(info, 1, width)) {
    refuse(place(file.path(), info.name),
           "to be told whether samples are rows or columns of a square matrix",
           to_string(info));
  }
  return {&info, fits(info, 0, width) ? 0 : 1};
}

}  // namespace dem
