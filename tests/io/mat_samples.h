// What tools/make_mat_fixtures.py wrote, computed by its rule.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dem/io/array_file.h"

namespace dem::test {

inline std::string mat_fixture(const std::string& name) {
  return std::string(DEM_SOURCE_DIR "/tests/data/io/mat/") + name;
}
inline std::string hdf5_fixture(const std::string& name) {
  return std::string(DEM_SOURCE_DIR "/tests/data/io/hdf5/") + name;
}

// Names the instances of a test after their files: "v4_big" for v4_big.mat.
inline std::string stem(const ::testing::TestParamInfo<const char*>& fixture) {
  const std::string file = fixture.param;
  return file.substr(0, file.find('.'));
}

// The fixtures' 3 x 5 grid.
inline constexpr Index kGridRows = 3;
inline constexpr Index kGridCols = 5;
enum class Rule { kInteger, kFloat, kLogical };

inline float grid_value(Rule rule, Index i, Index j) {
  const auto whole = static_cast<float>(7 * i + 3 * j + 1);
  if (rule == Rule::kLogical) return static_cast<float>((i + j) % 2);
  return rule == Rule::kFloat ? whole / 4 - 2 : whole;
}

// Expects the grid along both axes; `reversed` where the file shows it as [5, 3].
inline void expect_grid(
    ArrayFile& file, const std::string& name, ElementType type, Rule rule, bool reversed = false) {
  SCOPED_TRACE(file.path() + ", " + name);
  const ArrayInfo& info = file.require(name);
  EXPECT_EQ(to_string(info.type), to_string(type));
  const std::vector<Index> shape = reversed ? std::vector<Index>{kGridCols, kGridRows}
                                            : std::vector<Index>{kGridRows, kGridCols};
  ASSERT_EQ(info.shape, shape);
  const Matrix<float> grid = read_matrix(file, info, reversed ? 1 : 0);
  const Matrix<float> transposed = read_matrix(file, info, reversed ? 0 : 1);
  for (Index i = 0; i < kGridRows; ++i) {
    for (Index j = 0; j < kGridCols; ++j) {
      EXPECT_EQ(grid(i, j), grid_value(rule, i, j)) << i << ", " << j;
      EXPECT_EQ(transposed(j, i), grid_value(rule, i, j)) << i << ", " << j << " transposed";
    }
  }
}

}  // namespace dem::test
