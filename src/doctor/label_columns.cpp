#include "doctor/label_columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "base/at.h"

namespace dem {
namespace {

constexpr Index kFewClasses = 4;  // so few may agree by chance

using Numbers = std::vector<std::pair<float, std::size_t>>;

// The numbers of classes with rows, ascending, and whose they are.
Numbers sorted_numbers(const std::vector<float>& number_of) {
  Numbers numbers;
  for (std::size_t c = 0; c < number_of.size(); ++c) {
    if (!std::isnan(number_of[c])) numbers.emplace_back(number_of[c], c);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

bool are_all_different(const Numbers& numbers) {
  return std::adjacent_find(numbers.begin(), numbers.end(), [](const auto& a, const auto& b) {
           return a.first == b.first;
         }) == numbers.end();
}

// The one class whose number differs from that of all others, which have the same; -1: none.
Index class_that_differs(const Numbers& numbers) {
  const std::size_t n = numbers.size();
  const auto is_one_number = [&](std::size_t first, std::size_t last) {
    return numbers[first].first == numbers[last].first;
  };
  if (n < 3 || is_one_number(0, n - 1)) return -1;
  if (is_one_number(0, n - 2)) return static_cast<Index>(numbers[n - 1].second);
  if (is_one_number(1, n - 1)) return static_cast<Index>(numbers[0].second);
  return -1;
}

}  // namespace

LabelColumns::LabelColumns(std::vector<ClassId> labels, Index num_classes, Index dim)
    : labels_(std::move(labels)), counts_(at(num_classes)), dim_(dim) {}

// Whether the column has one number a class in these rows, too.
bool LabelColumns::takes(Column& column, MatrixView<const float> rows) const {
  for (Index i = 0; i < rows.rows(); ++i) {
    const ClassId label = labels_[at(next_ + i)];
    if (label < 0) continue;
    float& number = column.number_of[at(label)];
    if (std::isnan(number)) number = rows(i, column.index);
    if (number != rows(i, column.index)) return false;
  }
  return true;
}

void LabelColumns::add(MatrixView<const float> rows) {
  if (next_ == 0) {
    const std::vector<float> none(counts_.size(), std::numeric_limits<float>::quiet_NaN());
    for (Index j = 0; j < dim_; ++j) {
      Column column{j, none};
      if (takes(column, rows)) columns_.push_back(std::move(column));
    }
  } else {
    std::erase_if(columns_, [&](Column& column) { return !takes(column, rows); });
  }
  for (Index i = 0; i < rows.rows(); ++i) {
    const ClassId label = labels_[at(next_ + i)];
    if (label >= 0) ++counts_[at(label)];
  }
  next_ += rows.rows();
}

std::vector<Index> LabelColumns::found() const {
  const auto known = std::count_if(counts_.begin(), counts_.end(), [](Index n) { return n > 0; });
  const auto several = std::count_if(counts_.begin(), counts_.end(), [](Index n) { return n > 1; });
  if (several < kFewClasses || 2 * several < known) return {};
  std::vector<Index> labels, one_of_many;
  std::set<Index> told;  // classes that a column of their own tells of
  for (const Column& column : columns_) {
    const Numbers numbers = sorted_numbers(column.number_of);
    if (are_all_different(numbers)) labels.push_back(column.index);
    const Index of_class = class_that_differs(numbers);
    if (of_class < 0 || counts_[at(of_class)] < 2) continue;
    one_of_many.push_back(column.index);
    told.insert(of_class);
  }
  if (std::ssize(told) + 1 >= several) {
    labels.insert(labels.end(), one_of_many.begin(), one_of_many.end());
    std::sort(labels.begin(), labels.end());
  }
  return labels;
}

}  // namespace dem
