#include "data/distinct_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/parallel.h"

namespace dem {
namespace {

using Matrices = std::span<const MatrixView<const float>>;

std::vector<std::uint64_t> row_hashes(Matrices matrices, Index n) {
  constexpr Index kGrain = 256;
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(n));
  parallel_for(n, kGrain, [&](Index first, Index last) {
    std::vector<std::uint64_t> parts(matrices.size());
    for (Index row = first; row < last; ++row) {
      std::transform(matrices.begin(), matrices.end(), parts.begin(), [&](const auto& matrix) {
        return hash_bytes(matrix.row(row).data(), matrix.row(row).size_bytes());
      });
      hashes[static_cast<std::size_t>(row)] =
          hash_bytes(parts.data(), parts.size() * sizeof(parts[0]));
    }
  });
  return hashes;
}

bool rows_equal(Matrices matrices, Index a, Index b) {
  return std::all_of(matrices.begin(), matrices.end(), [&](const auto& matrix) {
    return std::memcmp(matrix.row(a).data(), matrix.row(b).data(), matrix.row(a).size_bytes()) == 0;
  });
}

}  // namespace

DistinctRows find_distinct_rows(Matrices matrices) {
  const Index n = matrices.empty() ? 0 : matrices[0].rows();
  for (const auto& matrix : matrices) DEM_CHECK_EQ(matrix.rows(), n);
  const std::vector<std::uint64_t> hashes = row_hashes(matrices, n);
  DistinctRows distinct;
  distinct.group_of.reserve(static_cast<std::size_t>(n));
  std::unordered_multimap<std::uint64_t, Index> groups;  // several where hashes collide
  for (Index row = 0; row < n; ++row) {
    const std::uint64_t hash = hashes[static_cast<std::size_t>(row)];
    const auto [begin, end] = groups.equal_range(hash);
    const auto known = std::find_if(begin, end, [&](const auto& entry) {
      return rows_equal(matrices, distinct.first[static_cast<std::size_t>(entry.second)], row);
    });
    if (known != end) {
      distinct.group_of.push_back(known->second);
      continue;
    }
    groups.emplace(hash, distinct.size());
    distinct.group_of.push_back(distinct.size());
    distinct.first.push_back(row);
  }
  return distinct;
}

DistinctRows find_distinct_directions(MatrixView<const double> unit_rows) {
  constexpr double kSameCoordinate = 1e-6;
  std::map<std::vector<std::int64_t>, Index> groups;
  DistinctRows distinct;
  for (Index row = 0; row < unit_rows.rows(); ++row) {
    std::vector<std::int64_t> direction;
    for (const double x : unit_rows.row(row))
      direction.push_back(std::llround(x / kSameCoordinate));
    const auto [group, is_new] = groups.emplace(std::move(direction), distinct.size());
    if (is_new) distinct.first.push_back(row);
    distinct.group_of.push_back(group->second);
  }
  return distinct;
}

}  // namespace dem
