#include "eval/block_search.h"

#include <algorithm>
#include <utility>

#include "linalg/blas.h"

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

}  // namespace

void search_block(const PrototypeScores& scores,
                  MatrixView<const float> block,
                  SearchWorkspace& workspace,
                  MatrixView<std::int32_t> nearest,
                  ProductVisitor* visitor) {
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
  for (Index first = 0; first < prototypes.rows() && !searched.empty(); first += kSearchTile) {
    const Index count = std::min(kSearchTile, prototypes.rows() - first);
    const MatrixView<float> products(workspace.products.data(), block.rows(), count);
    multiply(scores, block, first, products);
    for (const Index i : searched) {
      list(i).scan(scores, products.row(i), first);
      if (visitor != nullptr) visitor->visit(i, first, products.row(i));
    }
  }
  for (Index i = 0; i < block.rows(); ++i) list(i).resolve(scores, block.row(i), nearest.row(i));
}

}  // namespace dem
