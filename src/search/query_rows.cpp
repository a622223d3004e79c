#include "search/query_rows.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "search/softmax_sums.h"

namespace dem {
namespace {

// Rounding a prototype takes about as long as a query's product with this many of them, so that
// fewer queries are better off without.
constexpr Index kQueriesAPrototype = 16;

// Room for a block in one of the workspace's matrices.
MatrixView<float> room(Matrix<float>& matrix, Index rows, Index cols) {
  if (matrix.cols() != cols || matrix.rows() < rows) {
    matrix = Matrix<float>::uninitialised(kSearchBlock, cols);
  }
  return matrix.view().row_block(0, rows);
}

// Consecutive rows as they lie, else a copy of them.
MatrixView<const float> gathered(const QueryRows& queries,
                                 Index first,
                                 Index last,
                                 Matrix<float>& room_for) {
  const Index count = last - first;
  if (queries.all) return queries.features.row_block(first, count);
  const std::span<const Index> rows = queries.rows.subspan(at(first), at(count));
  const auto gap =
      std::adjacent_find(rows.begin(), rows.end(), [](Index a, Index b) { return b != a + 1; });
  if (gap == rows.end()) return queries.features.row_block(rows.front(), count);
  const MatrixView<float> copy = room(room_for, count, queries.features.cols());
  for (Index i = 0; i < count; ++i) {
    const std::span<const float> row = queries.features.row(rows[at(i)]);
    std::copy(row.begin(), row.end(), copy.row(i).begin());
  }
  return copy;
}

void check(const QueryRows& queries, const PrototypesView& prototypes, Index k) {
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
  if (queries.dim() != prototypes.rows.cols()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("nearest prototypes: expected features of the prototypes' ",
                       prototypes.rows.cols(),
                       " dimensions, got ",
                       queries.dim()));
  }
  check_query_rows(queries, "nearest prototypes");
}

}  // namespace

MatrixView<const float> QueryRows::block(Index first,
                                         Index last,
                                         SearchWorkspace& workspace) const {
  const MatrixView<const float> taken = gathered(*this, first, last, workspace.gathered);
  if (!is_mapped()) return taken;
  const MatrixView<float> mapped = room(workspace.queries, last - first, dim());
  feature_map->apply(taken, mapped);
  return mapped;
}

void check_query_rows(const QueryRows& queries, const char* what) {
  for (const Index row : queries.rows) {
    if (row >= 0 && row < queries.features.rows()) continue;
    throw Error(
        ErrorKind::kInvalidArgument,
        concat(what, ": expected rows of 0 .. ", queries.features.rows() - 1, ", got ", row));
  }
}

namespace {

// Prototypes made ready for the search of some queries.
struct RowSearch {
  RowSearch(const QueryRows& all, const PrototypesView& prototypes, Metric metric)
      : queries(all), scores(prototypes, metric) {}

  // Rounds the prototypes where that pays for k of them.
  void prepare_coarse(Index k) {
    const Index m = scores.prototypes().rows();
    if (coarse_pays(k, m) && queries.size() >= m / kQueriesAPrototype) coarse.emplace(scores);
  }
  [[nodiscard]] const CoarsePrototypes* coarse_or_null() const {
    return coarse ? &*coarse : nullptr;
  }

  // Calls work(first, block, workspace) for blocks of queries, on the threads of the team.
  template <typename Work>
  void for_each_block(const Work& work) {
    const auto search = [&](Index first, Index last) {
      std::unique_ptr<SearchWorkspace> workspace = pool.take();
      work(first, queries.block(first, last, *workspace), *workspace);
      pool.give_back(std::move(workspace));
    };
    if (queries.size() > kSearchBlock) {
      parallel_for(queries.size(), kSearchBlock, search);
    } else if (queries.size() > 0) {
      search(0, queries.size());  // outside the team, so that the product runs on it
    }
  }

  const QueryRows& queries;
  PrototypeScores scores;
  std::optional<CoarsePrototypes> coarse;
  WorkspacePool pool;
};

}  // namespace

Matrix<std::int32_t> search_rows(const QueryRows& queries,
                                 const PrototypesView& prototypes,
                                 Index k,
                                 Metric metric) {
  check(queries, prototypes, k);
  auto nearest = Matrix<std::int32_t>::uninitialised(queries.size(), k);
  RowSearch search(queries, prototypes, metric);
  search.prepare_coarse(k);
  search.for_each_block(
      [&](Index first, MatrixView<const float> block, SearchWorkspace& workspace) {
        search_block(search.scores,
                     block,
                     workspace,
                     nearest.view().row_block(first, block.rows()),
                     search.coarse_or_null());
      });
  return nearest;
}

BestScores search_row_scores(const QueryRows& queries,
                             const PrototypesView& prototypes,
                             Index k,
                             Metric metric,
                             double temperature) {
  check(queries, prototypes, k);
  const bool sums_up = temperature > 0.0;
  BestScores found{Matrix<std::int32_t>::uninitialised(queries.size(), k),
                   Matrix<double>::uninitialised(queries.size(), k),
                   std::vector<double>(sums_up ? at(queries.size()) : 0)};
  RowSearch search(queries, prototypes, metric);
  if (!sums_up) search.prepare_coarse(k);  // sums need all float32 products
  const PrototypeScores& scores = search.scores;
  search.for_each_block(
      [&](Index first, MatrixView<const float> block, SearchWorkspace& workspace) {
        const MatrixView<std::int32_t> places = found.places.view().row_block(first, block.rows());
        std::optional<SoftmaxSums> sums;
        if (sums_up) sums.emplace(scores, temperature).start(block);
        search_block(
            scores, block, workspace, places, search.coarse_or_null(), sums ? &*sums : nullptr);
        for (Index i = 0; i < block.rows(); ++i) {
          const double norm = scores.norm_of(block.row(i));
          for (Index j = 0; j < k; ++j) {
            found.scores(first + i, j) = scores.exact_score(block.row(i), norm, places(i, j));
          }
          if (sums) {
            found.softmax_sums[at(first + i)] = sums->sum(i, found.scores(first + i, 0));
          }
        }
      });
  return found;
}

}  // namespace dem
