// Random features and prototypes of many shapes for tests of searches.
#pragma once

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <utility>

#include "dem/linalg/matrix.h"

namespace dem::test {

struct Shape {
  Index n, m, dim, k;
};

// Smaller and larger than a block (256 queries) and a tile (512 prototypes), k from 1 to m.
constexpr Shape kShapes[] = {{1, 1, 1, 1},
                             {3, 7, 5, 7},
                             {2, 40, 0, 3},
                             {300, 10, 33, 1},
                             {300, 50, 33, 10},
                             {257, 600, 20, 3},
                             {513, 1030, 17, 5},
                             {5, 1100, 3, 1100},
                             {40, 200, 1024, 1},
                             {1, 700, 64, 20}};

inline std::string name_of(const Shape& s) {
  return "n " + std::to_string(s.n) + ", m " + std::to_string(s.m) + ", dim " +
         std::to_string(s.dim) + ", k " + std::to_string(s.k);
}

using Draw = std::function<float(std::mt19937&)>;

inline Matrix<float> drawn(Index rows, Index cols, std::mt19937& generator, const Draw& draw) {
  Matrix<float> matrix(rows, cols);
  for (Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = draw(generator);
  return matrix;
}

inline float normal(std::mt19937& generator) {
  return std::normal_distribution<float>()(generator);
}

inline void copy_row(Matrix<float>& matrix, Index from, Index to) {
  const auto source = std::as_const(matrix).row(from);
  std::copy(source.begin(), source.end(), matrix.row(to).begin());
}

}  // namespace dem::test
