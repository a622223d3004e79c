// What row readers give, as lists that tests compare.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/rng.h"
#include "dem/linalg/matrix.h"

namespace dem::test {

using Rows = std::vector<std::vector<float>>;

inline Rows rows_of(MatrixView<const float> m) {
  Rows rows;
  for (Index i = 0; i < m.rows(); ++i) rows.emplace_back(m.row(i).begin(), m.row(i).end());
  return rows;
}

// Everything that a reader gives when it is asked for `block` rows at a time.
template <typename Reader>
Rows read_rows(Reader& reader, Index block) {
  Rows rows;
  Matrix<float> buffer(block, reader.cols());
  while (true) {
    const Index got = reader.read(buffer);
    for (Index i = 0; i < got; ++i) rows.emplace_back(buffer.row(i).begin(), buffer.row(i).end());
    if (got < block) break;
  }
  EXPECT_EQ(reader.read(buffer), 0);
  EXPECT_EQ(reader.position(), static_cast<Index>(rows.size()));
  return rows;
}

// Equal bits, NaN included.
inline void expect_same(const Rows& got, const Rows& expected, const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].size(), expected[i].size()) << what;
    if (got[i].empty()) continue;
    EXPECT_EQ(std::memcmp(got[i].data(), expected[i].data(), got[i].size() * sizeof(float)), 0)
        << what << ", row " << i;
  }
}

inline Matrix<float> random_matrix(Index rows, Index cols) {
  Matrix<float> m(rows, cols);
  Rng rng(7, Purpose::kSynthetic);
  for (Index i = 0; i < m.size(); ++i) m.data()[i] = static_cast<float>(rng.normal());
  return m;
}

}  // namespace dem::test
