// The images of a dataset that this rank looks at.
#pragma once

#include <span>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/search/score_source.h"

namespace dem {

// Throws Error{kShapeMismatch} where the scores are not of the dataset's features held here and its
// classes, or there is not a label for each feature.
void check_shapes(const ScoreSource& scores, const Dataset& dataset);

// Throws Error{kInvalidArgument} for a row that is not of 0 .. dataset.num_rows() - 1.
void check_rows(std::span<const Index> rows, const Dataset& dataset);

// The ranks that share the dataset's images: `group`, or this one alone where it holds all of them.
[[nodiscard]] Communicator& sharing_ranks(const Dataset& dataset, Communicator& group);

// Those images of some rows that this rank holds, in the order of the rows. Collective over
// `ranks`, from sharing_ranks; the dataset outlives it, and so do the rows.
class HeldImages {
 public:
  //   rows  of 0 .. n - 1, not of visual_features; the same on every rank
  // Throws Error{kInvalidArgument}, on all ranks alike, for a row or a label out of range and where
  // the ranks together do not hold each row once.
  HeldImages(const Dataset& dataset, std::span<const Index> rows, Communicator& ranks);
  HeldImages(const HeldImages&) = delete;
  HeldImages& operator=(const HeldImages&) = delete;

  [[nodiscard]] std::span<const Index> rows() const { return rows_; }  // of visual_features
  [[nodiscard]] const std::vector<ClassId>& labels() const { return labels_; }  // one a row

 private:
  std::vector<Index> places_;  // empty where rows_ are the given ones
  std::span<const Index> rows_;
  std::vector<ClassId> labels_;
};

}  // namespace dem
