#include "io/sparse.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

bool is_plausible_dense(Index rows, Index cols, std::uint64_t file_bytes) {
  constexpr double kAlways = 268435456.0;  // floats of 1 GiB
  constexpr double kMostPerByte = 4096.0;
  const double count = static_cast<double>(rows) * static_cast<double>(cols);
  return count <= std::max(kAlways, kMostPerByte * static_cast<double>(file_bytes));
}

void check_sparse(const SparseColumns& sparse, const std::string& where) {
  const auto fail = [&](const std::string& expected, const std::string& got) {
    throw Error(ErrorKind::kFormat, concat(where, ": sparse: expected ", expected, ", got ", got));
  };
  const auto& pointers = sparse.pointers;
  const std::size_t entries = sparse.indices.size();
  if (std::ssize(pointers) != sparse.cols + 1) {
    fail(concat(sparse.cols + 1, " column pointers"), std::to_string(pointers.size()));
  }
  if (sparse.values.size() != entries) {
    fail(concat(entries, " values, one an index"), std::to_string(sparse.values.size()));
  }
  if (pointers.front() != 0 || pointers.back() != std::ssize(sparse.indices) ||
      !std::is_sorted(pointers.begin(), pointers.end())) {
    fail(concat("column pointers that rise from 0 to ", entries), "others");
  }
  for (const std::int64_t row : sparse.indices) {
    if (row < 0 || row >= sparse.rows) {
      fail(concat("row indices 0 .. ", sparse.rows - 1), std::to_string(row));
    }
  }
}

void fill_dense(const SparseColumns& sparse, int row_axis, MatrixView<float> out) {
  for (Index i = 0; i < out.rows(); ++i) {
    const auto row = out.row(i);
    std::fill(row.begin(), row.end(), 0.0F);
  }
  for (Index col = 0; col < sparse.cols; ++col) {
    for (Index k = sparse.pointers[at(col)]; k < sparse.pointers[at(col) + 1]; ++k) {
      const Index row = sparse.indices[at(k)];
      (row_axis == 0 ? out(row, col) : out(col, row)) += sparse.values[at(k)];
    }
  }
}

std::vector<std::int64_t> dense_integers(const SparseColumns& sparse, const std::string& where) {
  constexpr float kMost = 16777216.0F;  // up to here every whole number is a float32
  Matrix<float> dense(sparse.rows, sparse.cols);
  fill_dense(sparse, 0, dense);
  std::vector<std::int64_t> whole;
  for (Index i = 0; i < dense.rows(); ++i) {
    for (const float value : dense.row(i)) {
      if (!(std::fabs(value) < kMost) || std::nearbyint(value) != value) {
        throw Error(ErrorKind::kFormat,
                    concat(where,
                           ": expected whole numbers below 2^24 in magnitude, got ",
                           value,
                           " at position ",
                           whole.size()));
      }
      whole.push_back(static_cast<std::int64_t>(value));
    }
  }
  return whole;
}

}  // namespace dem
