#include "data/row_labels.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_map>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

bool is_floating(ElementType type) {
  return type == ElementType::kFloat32 || type == ElementType::kFloat64;
}

// Whole numbers; NaN becomes kNoLabel.
std::vector<std::int64_t> read_numbers(const ArrayRef& array) {
  if (!is_floating(array.info->type) || array.info->shape.size() != 2) {
    return read_checked_integers(array);
  }
  const auto is_nan = [](float v) { return std::isnan(v); };
  const int row_axis = array.info->shape[0] == 1 ? 1 : 0;
  if (array.info->shape[at(1 - row_axis)] != 1) return read_checked_integers(array);
  const Extents extents = checked_extents(array, row_axis, {}, "a label a row");
  Matrix<float> column = Matrix<float>::uninitialised(extents.rows, 1);
  array.file->read_matrix(*array.info, row_axis, column);
  const std::span<const float> values(column.data(), at(column.size()));
  if (std::none_of(values.begin(), values.end(), is_nan)) return read_checked_integers(array);
  std::vector<std::int64_t> numbers;
  for (const float value : values) {
    constexpr float kMost = 16777216.0F;  // up to here every whole number is a float32
    if (is_nan(value)) {
      numbers.push_back(kNoLabel);
    } else if (std::nearbyint(value) == value && std::fabs(value) < kMost) {
      numbers.push_back(static_cast<std::int64_t>(value));
    } else {
      throw Error(ErrorKind::kFormat,
                  concat(array.where(),
                         ": expected whole numbers below 2^24 in magnitude beside NaN, got ",
                         value,
                         " at position ",
                         numbers.size()));
    }
  }
  return numbers;
}

RowLabels read_names(const ArrayRef& array, std::span<const std::string> class_names) {
  if (class_names.empty()) {
    throw Error(ErrorKind::kFormat,
                concat(array.where(),
                       ": expected class numbers, for the data have no class names "
                       "(allclasses_names), got ",
                       to_string(*array.info)));
  }
  std::unordered_map<std::string_view, std::int64_t> places;
  for (std::size_t c = 0; c < class_names.size(); ++c) {
    if (places.emplace(class_names[c], static_cast<std::int64_t>(c)).second) continue;
    throw Error(ErrorKind::kFormat,
                concat(array.where(),
                       ": expected class numbers, for a name stands for several classes: \"",
                       class_names[c],
                       "\", got ",
                       to_string(*array.info)));
  }
  RowLabels labels{array.where(), {}, RowLabels::Kind::kNames};
  labels.names = array.file->read_strings(*array.info);
  for (const std::string& name : labels.names) {
    const auto found = places.find(name);
    labels.values.push_back(found == places.end() ? kNoLabel : found->second);
  }
  return labels;
}

// What is wrong with rows [n, num_classes] as one-hot ones; empty where nothing is.
std::string problem_of_one_hot(const Matrix<float>& rows) {
  for (Index i = 0; i < rows.rows(); ++i) {
    Index ones = 0;
    for (const float value : rows.row(i)) {
      if (value != 0.0F && value != 1.0F) return concat(value, " in that of row ", i);
      ones += value == 1.0F ? 1 : 0;
    }
    if (ones > 1) return concat(ones, " of them in that of row ", i);
  }
  return "";
}

RowLabels read_one_hot(const ArrayRef& array, Index num_classes, Index num_rows) {
  const std::vector<Index>& shape = array.info->shape;
  const auto fits = [&](std::size_t axis) {
    return shape[1 - axis] == num_classes && (num_rows == 0 || shape[axis] == num_rows);
  };
  if (!fits(0) && !fits(1)) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(array.where(),
                       ": expected a single row or column, or one-hot labels of ",
                       num_rows == 0 ? "n" : std::to_string(num_rows),
                       " rows and ",
                       num_classes,
                       " classes, got ",
                       to_string(*array.info)));
  }
  if (fits(0) && fits(1)) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(array.where(),
                       ": expected a single row or column, for one-hot labels of as many rows as "
                       "classes may be turned either way, got ",
                       to_string(*array.info)));
  }
  const Matrix<float> rows =
      read_checked_matrix(array, fits(0) ? 0 : 1, {num_rows, num_classes}, "one-hot labels");
  if (const std::string problem = problem_of_one_hot(rows); !problem.empty()) {
    throw Error(ErrorKind::kFormat,
                concat(array.where(),
                       ": expected one-hot labels, one 1 a row beside zeros, got ",
                       problem,
                       " (counted from 0)"));
  }
  RowLabels labels{array.where(), {}, RowLabels::Kind::kOneHot};
  for (Index i = 0; i < rows.rows(); ++i) {
    const auto row = rows.row(i);
    const auto one = std::find(row.begin(), row.end(), 1.0F);
    labels.values.push_back(one == row.end() ? kNoLabel : one - row.begin());
  }
  return labels;
}

// Those of used rows and of the others that may be numbers of classes.
struct Range {
  bool zero = false, last = false;  // whether there is a 0, or the number of classes
};

Range range_of(const RowLabels& labels,
               Index num_classes,
               const std::vector<bool>& used,
               bool of_used) {
  Range range;
  for (std::size_t row = 0; row < labels.values.size(); ++row) {
    if (used[row] != of_used) continue;
    range.zero = range.zero || labels.values[row] == 0;
    range.last = range.last || labels.values[row] == num_classes;
  }
  return range;
}

// Whether all labels of used rows may be classes, counted from either.
bool fit_both(const RowLabels& labels, Index num_classes, const std::vector<bool>& used) {
  for (std::size_t row = 0; row < labels.values.size(); ++row) {
    if (used[row] && (labels.values[row] < 1 || labels.values[row] >= num_classes)) return false;
  }
  return true;
}

std::string label_text(const RowLabels& labels, std::size_t row) {
  if (labels.kind == RowLabels::Kind::kNames) return concat('"', labels.names[row], '"');
  if (labels.values[row] == kNoLabel) return "none";
  return std::to_string(labels.values[row]);
}

[[noreturn]] void refuse_label(const RowLabels& labels,
                               std::size_t row,
                               Index num_classes,
                               int index_base) {
  std::string expected = concat("classes ", index_base, " .. ", num_classes - 1 + index_base);
  if (labels.kind == RowLabels::Kind::kOneHot) expected = "a 1 in each row";
  if (labels.kind == RowLabels::Kind::kNames) expected = "names of classes (allclasses_names)";
  std::string hint;
  const auto& values = labels.values;
  const auto high = *std::max_element(values.begin(), values.end());
  if (labels.kind == RowLabels::Kind::kNumbers && index_base == 1 && values[row] == 0 &&
      high < num_classes) {
    hint = ": the labels look 0-based (index base 0)";
  } else if (index_base == 0 && values[row] == num_classes) {
    hint = ": the labels look 1-based (index base 1)";
  }
  throw Error(ErrorKind::kFormat,
              concat(labels.where,
                     ": expected ",
                     expected,
                     " of rows that are in a list of the split, got ",
                     label_text(labels, row),
                     " at position ",
                     row,
                     " (counted from 0)",
                     hint));
}

}  // namespace

RowLabels read_row_labels(const ArrayRef& array,
                          std::span<const std::string> class_names,
                          Index num_classes,
                          Index num_rows) {
  if (array.info->type == ElementType::kText) return read_names(array, class_names);
  const std::vector<Index>& shape = array.info->shape;
  if (shape.size() == 2 && shape[0] > 1 && shape[1] > 1 && element_size(array.info->type) > 0) {
    return read_one_hot(array, num_classes, num_rows);
  }
  return {array.where(), read_numbers(array)};
}

Index num_labelled_classes(const RowLabels& labels) {
  if (labels.kind != RowLabels::Kind::kNumbers || labels.values.empty()) return 0;
  const auto& values = labels.values;
  const bool has_zero = std::find(values.begin(), values.end(), 0) != values.end();
  return *std::max_element(values.begin(), values.end()) + (has_zero ? 1 : 0);
}

std::optional<int> base_of_labels(const RowLabels& labels,
                                  Index num_classes,
                                  const std::vector<bool>& used) {
  if (labels.kind != RowLabels::Kind::kNumbers) return 0;
  const Range of_used = range_of(labels, num_classes, used, true);
  if (of_used.zero != of_used.last) return of_used.zero ? 0 : 1;
  if (of_used.zero) return std::nullopt;
  if (range_of(labels, num_classes, used, false).last) return 1;
  return std::nullopt;
}

int settle_base_of_labels(const RowLabels& labels,
                          Index num_classes,
                          const std::vector<bool>& used,
                          std::optional<int> asked) {
  if (labels.kind != RowLabels::Kind::kNumbers) return 0;
  if (asked) return *asked;
  if (const auto base = base_of_labels(labels, num_classes, used)) return *base;
  if (!fit_both(labels, num_classes, used)) return 1;
  throw Error(ErrorKind::kFormat,
              concat(labels.where,
                     ": expected to be told what labels count from (index base 0 or index base 1), "
                     "got neither a 0 nor ",
                     num_classes,
                     " for ",
                     num_classes,
                     " classes"));
}

std::vector<ClassId> to_classes(const RowLabels& labels,
                                Index num_classes,
                                int index_base,
                                const std::vector<bool>& used) {
  std::vector<ClassId> classes;
  classes.reserve(labels.values.size());
  for (std::size_t row = 0; row < labels.values.size(); ++row) {
    const std::int64_t value = labels.values[row];
    const bool known = value != kNoLabel && value >= index_base && value < num_classes + index_base;
    if (!known && used[row]) refuse_label(labels, row, num_classes, index_base);
    classes.push_back(known ? static_cast<ClassId>(value - index_base) : -1);
  }
  return classes;
}

}  // namespace dem
