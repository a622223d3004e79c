// Columns of features that are the label in disguise.
#pragma once

#include <vector>

#include "dem/base/types.h"
#include "dem/linalg/matrix.h"

namespace dem {

// Follows, block by block, which columns have one number for all rows of a class.
class LabelColumns {
 public:
  // labels [n], -1: of no class, such rows are not looked at. Follows no column where dim is 0.
  LabelColumns(std::vector<ClassId> labels, Index num_classes, Index dim);

  // The next rows [block, dim], finite.
  void add(MatrixView<const float> rows);

  // The columns that tell every class from every other one: a number a class, or together a 1 of n.
  // None where few classes have two rows or more. Ascending.
  [[nodiscard]] std::vector<Index> found() const;

 private:
  struct Column {
    Index index = 0;
    std::vector<float> number_of;  // [num_classes]; NaN: no row yet
  };

  [[nodiscard]] bool takes(Column& column, MatrixView<const float> rows) const;

  std::vector<ClassId> labels_;
  std::vector<Index> counts_;  // [num_classes], rows so far
  Index dim_ = 0, next_ = 0;
  std::vector<Column> columns_;
};

}  // namespace dem
