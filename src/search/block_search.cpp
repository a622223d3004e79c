#include "search/block_search.h"

#include <algorithm>
#include <utility>

#include "base/simd.h"
#include "linalg/blas.h"
#include "search/search_kernels.h"

namespace dem {

std::unique_ptr<SearchWorkspace> WorkspacePool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      std::unique_ptr<SearchWorkspace> workspace = std::move(free_.back());
      free_.pop_back();
      return workspace;
    }
  }
  return std::make_unique<SearchWorkspace>();
}

void WorkspacePool::give_back(std::unique_ptr<SearchWorkspace> workspace) {
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(workspace));
}

namespace {

// Prototypes looked at together after the coarse product.
constexpr Index kCoarseTile = kSearchTile / detail::kCoarsePanel * detail::kCoarsePanel;

// The products of a block with the prototypes from `first` on. A whole block is one of many, which
// the threads share; a smaller one has the threads to itself.
void multiply(const PrototypeScores& scores,
              MatrixView<const float> block,
              Index first,
              MatrixView<float> products) {
  decltype(&gemm_in_one_piece) product = gemm_in_one_piece;
  if (block.rows() < kSearchBlock) product = gemm;
  const MatrixView<const float> turned = scores.transposed();
  if (turned.empty()) {
    product(Transpose::kNo,
            Transpose::kYes,
            1.0f,
            block,
            scores.prototypes().row_block(first, products.cols()),
            0.0f,
            products);
    return;
  }
  const MatrixView<const float> tile(
      turned.data() + first, turned.rows(), products.cols(), turned.stride());
  product(Transpose::kNo, Transpose::kNo, 1.0f, block, tile, 0.0f, products);
}

// From products to g = factor * product + shift.
void adjust(const QueryBound& bound, std::span<float> products) {
  float* const g = products.data();
  const auto n = static_cast<Index>(products.size());
  const float factor = bound.factor, shift = bound.shift;
  vectorised([=]() DEM_KERNEL {
    for (Index j = 0; j < n; ++j) g[j] = factor * g[j] + shift;
  });
}

CandidateList& list_of(SearchWorkspace& workspace, Index i) {
  return workspace.lists[static_cast<std::size_t>(i)];
}

// By the coarse product. False where it does not serve: nothing is then said about the block.
bool search_coarsely(const PrototypeScores& scores,
                     const CoarsePrototypes& coarse,
                     MatrixView<const float> block,
                     SearchWorkspace& workspace,
                     MatrixView<std::int32_t> nearest) {
  workspace.coarse_bounds = workspace.bounds;
  if (!coarse.pack(block, workspace.coarse_bounds, workspace.coarse)) return false;
  for (Index i = 0; i < block.rows(); ++i) {
    list_of(workspace, i)
        .start(nearest.cols(), workspace.coarse_bounds[static_cast<std::size_t>(i)]);
  }
  const Index m = scores.prototypes().rows();
  const Intervals intervals = coarse.intervals();
  for (Index first = 0; first < m; first += kCoarseTile) {
    const Index count = std::min(kCoarseTile, m - first);
    coarse.multiply(workspace.coarse, first, count, workspace.products.view());
    for (Index i = 0; i < block.rows(); ++i) {
      const std::span<const float> products = std::as_const(workspace.products).row(i);
      list_of(workspace, i).scan(intervals, products.first(static_cast<std::size_t>(count)), first);
    }
  }
  // A closer look at a candidate takes as long as some ten products of a block.
  const Index most = block.rows() * (2 * nearest.cols() + m / 20);
  Index candidates = 0;
  for (Index i = 0; i < block.rows(); ++i) {
    list_of(workspace, i).prune();
    candidates += list_of(workspace, i).size();
  }
  coarse.note(block.rows(), candidates <= most);
  if (candidates > most) return false;
  workspace.decided_coarsely += block.rows();
  for (Index i = 0; i < block.rows(); ++i) {
    CandidateList& list = list_of(workspace, i);
    list.refine(scores, block.row(i), workspace.bounds[static_cast<std::size_t>(i)]);
    list.resolve(scores, block.row(i), nearest.row(i));
  }
  return true;
}

}  // namespace

void search_block(const PrototypeScores& scores,
                  MatrixView<const float> block,
                  SearchWorkspace& workspace,
                  MatrixView<std::int32_t> nearest,
                  const CoarsePrototypes* coarse,
                  ProductVisitor* visitor) {
  const MatrixView<const float> prototypes = scores.prototypes();
  workspace.bounds.clear();
  for (Index i = 0; i < block.rows(); ++i) workspace.bounds.push_back(scores.bound(block.row(i)));
  if (coarse != nullptr && visitor == nullptr && coarse->serves() &&
      search_coarsely(scores, *coarse, block, workspace, nearest)) {
    return;
  }
  std::vector<Index> searched;  // rows that the float32 products can serve
  for (Index i = 0; i < block.rows(); ++i) {
    const QueryBound& bound = workspace.bounds[static_cast<std::size_t>(i)];
    list_of(workspace, i).start(nearest.cols(), bound);
    if (bound.exact_only) {
      list_of(workspace, i).take_all(prototypes.rows());
    } else {
      searched.push_back(i);
    }
  }
  for (Index first = 0; first < prototypes.rows() && !searched.empty(); first += kSearchTile) {
    const Index count = std::min(kSearchTile, prototypes.rows() - first);
    const MatrixView<float> products(workspace.products.data(), block.rows(), count);
    multiply(scores, block, first, products);
    for (const Index i : searched) {
      if (scores.adjusts_products()) {
        adjust(workspace.bounds[static_cast<std::size_t>(i)], products.row(i));
      }
      list_of(workspace, i).scan(scores.intervals(), products.row(i), first);
      if (visitor != nullptr) visitor->visit(i, first, products.row(i));
    }
  }
  for (Index i = 0; i < block.rows(); ++i) {
    list_of(workspace, i).resolve(scores, block.row(i), nearest.row(i));
  }
}

}  // namespace dem
