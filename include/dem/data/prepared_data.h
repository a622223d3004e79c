// A dataset's features as one training run takes them.
#pragma once

#include <span>
#include <vector>

#include "dem/data/dataset.h"
#include "dem/model/feature_map.h"

namespace dem {

// Some rows of a dataset, through a FeatureMap. The dataset itself stays as it was loaded, whatever
// is fitted to it, by how many and in which order. Where the map is the identity these are windows
// on the dataset; else the rows are copied, which takes the memory of as many rows again. The
// dataset outlives this.
//
//   PreparedData prepared(dataset, dataset.split.trainval, model.feature_map);
class PreparedData {
 public:
  PreparedData() = default;
  //   rows  of 0 .. dataset.num_rows() - 1; those of them that are held here
  // Throws Error{kShapeMismatch} where the map does not take the features.
  PreparedData(const Dataset& dataset, std::span<const Index> rows, const FeatureMap& feature_map);

  [[nodiscard]] MatrixView<const float> features() const { return features_; }  // [held, dim]
  // [n]: the row of features() that holds each row of the dataset, -1 for the others; empty: row i
  // is row i.
  [[nodiscard]] std::span<const Index> feature_rows() const { return feature_rows_; }

 private:
  Matrix<float> copy_;
  std::vector<Index> places_;
  MatrixView<const float> features_;
  std::span<const Index> feature_rows_;
};

}  // namespace dem
