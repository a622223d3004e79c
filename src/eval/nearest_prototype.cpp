#include "dem/eval/nearest_prototype.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>

#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "eval/candidate_list.h"
#include "eval/prototype_scores.h"
#include "linalg/blas.h"

namespace dem {
namespace {

// A block of queries against a tile of prototypes: the products (512 kB) stay in the second-level
// cache until they are looked at, and both extents are large enough for a product at full speed.
constexpr Index kBlock = 256;
constexpr Index kTile = 512;

// The queries: some rows of a matrix, or all of it where `rows` is empty.
struct Queries {
  MatrixView<const float> features;
  std::span<const Index> rows;
  bool all;

  [[nodiscard]] Index size() const {
    return all ? features.rows() : static_cast<Index>(rows.size());
  }
};

// Memory of one block under way.
struct Workspace {
  Matrix<float> gathered;
  Matrix<float> products = Matrix<float>::uninitialised(kBlock, kTile);
  std::vector<CandidateList> lists = std::vector<CandidateList>(static_cast<std::size_t>(kBlock));
};

// As many workspaces as there are blocks under way at once, used again by the blocks to come.
class WorkspacePool {
 public:
  std::unique_ptr<Workspace> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<Workspace>();
    std::unique_ptr<Workspace> workspace = std::move(free_.back());
    free_.pop_back();
    return workspace;
  }
  void give_back(std::unique_ptr<Workspace> workspace) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(workspace));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> free_;
};

// Queries first .. last - 1 as consecutive rows: in place where they are so already.
MatrixView<const float> block_of(const Queries& queries,
                                 Index first,
                                 Index last,
                                 Workspace& workspace) {
  const Index count = last - first;
  if (queries.all) return queries.features.row_block(first, count);
  const std::span<const Index> rows =
      queries.rows.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  const auto gap =
      std::adjacent_find(rows.begin(), rows.end(), [](Index a, Index b) { return b != a + 1; });
  if (gap == rows.end()) return queries.features.row_block(rows.front(), count);
  if (workspace.gathered.empty()) {
    workspace.gathered = Matrix<float>::uninitialised(kBlock, queries.features.cols());
  }
  for (Index i = 0; i < count; ++i) {
    const std::span<const float> row = queries.features.row(rows[static_cast<std::size_t>(i)]);
    std::copy(row.begin(), row.end(), workspace.gathered.row(i).begin());
  }
  return std::as_const(workspace.gathered).view().row_block(0, count);
}

void search_block(const PrototypeScores& scores,
                  MatrixView<const float> block,
                  Workspace& workspace,
                  MatrixView<std::int32_t> nearest) {
  const MatrixView<const float> prototypes = scores.prototypes();
  const auto list = [&](Index i) -> CandidateList& {
    return workspace.lists[static_cast<std::size_t>(i)];
  };
  std::vector<Index> searched;  // rows that the float32 products can serve
  for (Index i = 0; i < block.rows(); ++i) {
    const QueryBound bound = scores.bound(block.row(i));
    list(i).start(nearest.cols(), bound);
    if (bound.exact_only) {
      list(i).take_all(prototypes.rows());
    } else {
      searched.push_back(i);
    }
  }
  for (Index first = 0; first < prototypes.rows() && !searched.empty(); first += kTile) {
    const Index count = std::min(kTile, prototypes.rows() - first);
    const MatrixView<float> products(workspace.products.data(), block.rows(), count);
    const MatrixView<const float> tile = prototypes.row_block(first, count);
    gemm(Transpose::kNo, Transpose::kYes, 1.0f, block, tile, 0.0f, products);
    for (const Index i : searched) list(i).scan(scores, products.row(i), first);
  }
  for (Index i = 0; i < block.rows(); ++i) list(i).resolve(scores, block.row(i), nearest.row(i));
}

void check(const Queries& queries, MatrixView<const float> prototypes, Index k) {
  const Index m = prototypes.rows();
  if (k < 1 || k > m || m > std::numeric_limits<std::int32_t>::max()) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("nearest prototypes: expected 1 <= k <= number of prototypes < 2^31, got k = ",
               k,
               " and ",
               m,
               " prototypes"));
  }
  if (queries.features.cols() != prototypes.cols()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("nearest prototypes: expected features of the prototypes' ",
                       prototypes.cols(),
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
                            MatrixView<const float> prototypes,
                            Index k,
                            Metric metric) {
  check(queries, prototypes, k);
  auto nearest = Matrix<std::int32_t>::uninitialised(queries.size(), k);
  const PrototypeScores scores(prototypes, metric);
  WorkspacePool pool;
  const auto search_rows = [&](Index first, Index last) {
    std::unique_ptr<Workspace> workspace = pool.take();
    const MatrixView<const float> block = block_of(queries, first, last, *workspace);
    search_block(scores, block, *workspace, nearest.view().row_block(first, last - first));
    pool.give_back(std::move(workspace));
  };
  if (queries.size() > kBlock) {
    parallel_for(queries.size(), kBlock, search_rows);
  } else if (queries.size() > 0) {
    search_rows(0, queries.size());  // outside the team, so that the product runs on it
  }
  return nearest;
}

}  // namespace

Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                        MatrixView<const float> prototypes,
                                        Index k,
                                        Metric metric) {
  return search({visual_features, {}, true}, prototypes, k, metric);
}

Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                        std::span<const Index> rows,
                                        MatrixView<const float> prototypes,
                                        Index k,
                                        Metric metric) {
  return search({visual_features, rows, false}, prototypes, k, metric);
}

}  // namespace dem
