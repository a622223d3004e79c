// One block of queries against all prototypes: the inner part of every search.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "search/candidate_list.h"
#include "search/coarse_prototypes.h"
#include "search/prototype_scores.h"

namespace dem {

// Queries in a block, and prototypes in a tile: the products stay in the second-level cache until
// they are looked at, and both extents are large enough for a product at full speed.
inline constexpr Index kSearchBlock = 256;
inline constexpr Index kSearchTile = CandidateList::kMostScanned;

// Memory of one block under way.
struct SearchWorkspace {
  Matrix<float> gathered, queries;  // for rows that lie apart, and mapped ones
  Matrix<float> products = Matrix<float>::uninitialised(kSearchBlock, kSearchTile);
  CoarseQueries coarse;
  std::vector<QueryBound> bounds, coarse_bounds;
  Index decided_coarsely = 0;  // queries, since the beginning
  std::vector<CandidateList> lists =
      std::vector<CandidateList>(static_cast<std::size_t>(kSearchBlock));
};

// As many workspaces as there are blocks under way at once, used again by the blocks to come.
// Thread-safe.
class WorkspacePool {
 public:
  std::unique_ptr<SearchWorkspace> take();
  void give_back(std::unique_ptr<SearchWorkspace> workspace);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<SearchWorkspace>> free_;
};

// Sees the products of each query with each tile of prototypes, in order; not those of queries
// that are decided in double precision alone.
class ProductVisitor {
 public:
  virtual ~ProductVisitor() = default;
  virtual void visit(Index query, Index first_prototype, std::span<const float> products) = 0;
};

// Writes the nearest.cols() nearest prototypes of each row of `block` (at most kSearchBlock rows).
// `coarse`, which may be null, saves time where there is no visitor and changes no result.
void search_block(const PrototypeScores& scores,
                  MatrixView<const float> block,
                  SearchWorkspace& workspace,
                  MatrixView<std::int32_t> nearest,
                  const CoarsePrototypes* coarse = nullptr,
                  ProductVisitor* visitor = nullptr);

}  // namespace dem
