#include "dem/search/nearest_prototype.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "search/block_search.h"

namespace dem {
namespace {

// Rounding a prototype takes about as long as a query's product with this many of them, so that
// fewer queries are better off without.
constexpr Index kQueriesAPrototype = 16;

// The queries: some rows of a matrix, or all of it where `rows` is empty.
struct Queries {
  MatrixView<const float> features;
  std::span<const Index> rows;
  bool all;

  [[nodiscard]] Index size() const {
    return all ? features.rows() : static_cast<Index>(rows.size());
  }
};

// Queries first .. last - 1 as consecutive rows: in place where they are so already.
MatrixView<const float> block_of(const Queries& queries,
                                 Index first,
                                 Index last,
                                 SearchWorkspace& workspace) {
  const Index count = last - first;
  if (queries.all) return queries.features.row_block(first, count);
  const std::span<const Index> rows =
      queries.rows.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  const auto gap =
      std::adjacent_find(rows.begin(), rows.end(), [](Index a, Index b) { return b != a + 1; });
  if (gap == rows.end()) return queries.features.row_block(rows.front(), count);
  if (workspace.queries.empty()) {
    workspace.queries = Matrix<float>::uninitialised(kSearchBlock, queries.features.cols());
  }
  for (Index i = 0; i < count; ++i) {
    const std::span<const float> row = queries.features.row(rows[static_cast<std::size_t>(i)]);
    std::copy(row.begin(), row.end(), workspace.queries.row(i).begin());
  }
  return std::as_const(workspace.queries).view().row_block(0, count);
}

void check(const Queries& queries, const PrototypesView& prototypes, Index k) {
  const Index m = prototypes.rows.rows();
  if (k < 1 || k > m || m > std::numeric_limits<std::int32_t>::max()) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("nearest prototypes: expected 1 <= k <= number of prototypes < 2^31, got k = ",
               k,
               " and ",
               m,
               " prototypes"));
  }
  if (queries.features.cols() != prototypes.rows.cols()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("nearest prototypes: expected features of the prototypes' ",
                       prototypes.rows.cols(),
                       " dimensions, got ",
                       queries.features.cols()));
  }
  for (const Index row : queries.rows) {
    if (row < 0 || row >= queries.features.rows()) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("nearest prototypes: expected rows of 0 .. ",
                         queries.features.rows() - 1,
                         ", got ",
                         row));
    }
  }
}

Matrix<std::int32_t> search(const Queries& queries,
                            const PrototypesView& prototypes,
                            Index k,
                            Metric metric) {
  check(queries, prototypes, k);
  auto nearest = Matrix<std::int32_t>::uninitialised(queries.size(), k);
  const PrototypeScores scores(prototypes, metric);
  std::optional<CoarsePrototypes> coarse;
  const Index m = prototypes.rows.rows();
  if (coarse_pays(k, m) && queries.size() >= m / kQueriesAPrototype) {
    coarse.emplace(scores);
  }
  WorkspacePool pool;
  const auto search_rows = [&](Index first, Index last) {
    std::unique_ptr<SearchWorkspace> workspace = pool.take();
    const MatrixView<const float> block = block_of(queries, first, last, *workspace);
    search_block(scores,
                 block,
                 *workspace,
                 nearest.view().row_block(first, last - first),
                 coarse ? &*coarse : nullptr);
    pool.give_back(std::move(workspace));
  };
  if (queries.size() > kSearchBlock) {
    parallel_for(queries.size(), kSearchBlock, search_rows);
  } else if (queries.size() > 0) {
    search_rows(0, queries.size());  // outside the team, so that the product runs on it
  }
  return nearest;
}

}  // namespace

Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                        const PrototypesView& prototypes,
                                        Index k,
                                        Metric metric) {
  return search({visual_features, {}, true}, prototypes, k, metric);
}

Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                        std::span<const Index> rows,
                                        const PrototypesView& prototypes,
                                        Index k,
                                        Metric metric) {
  return search({visual_features, rows, false}, prototypes, k, metric);
}

}  // namespace dem
