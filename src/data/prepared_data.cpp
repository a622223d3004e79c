#include "dem/data/prepared_data.h"

#include <algorithm>

#include "base/at.h"
#include "base/large_pages.h"

namespace dem {
namespace {

constexpr Index kUnheld = -1;

// [n]: numbers the wanted rows that are held in the order of the dataset, kUnheld for the others.
std::vector<Index> number_rows(const Dataset& dataset, std::span<const Index> rows) {
  std::vector<Index> places(at(dataset.num_rows()), kUnheld);
  for (const Index row : rows) {
    if (dataset.feature_row(row) >= 0) places[at(row)] = 0;
  }
  Index held = 0;
  for (Index& place : places) {
    if (place != kUnheld) place = held++;
  }
  return places;
}

Matrix<float> copy_rows(const Dataset& dataset, const std::vector<Index>& places, Index count) {
  Matrix<float> copy = Matrix<float>::uninitialised(count, dataset.feature_dim());
  prefer_large_pages(copy.data(), at(copy.size()) * sizeof(float));
  for (Index row = 0; row < dataset.num_rows(); ++row) {
    if (places[at(row)] == kUnheld) continue;
    const auto from = dataset.visual_features.row(dataset.feature_row(row));
    std::copy(from.begin(), from.end(), copy.row(places[at(row)]).begin());
  }
  return copy;
}

}  // namespace

PreparedData::PreparedData(const Dataset& dataset,
                           std::span<const Index> rows,
                           const FeatureMap& feature_map)
    : features_(dataset.visual_features), feature_rows_(dataset.feature_rows) {
  const Index width = feature_map.output_dim(dataset.feature_dim());
  if (feature_map.is_identity()) return;
  places_ = number_rows(dataset, rows);
  const auto held =
      static_cast<Index>(places_.size()) - std::count(places_.begin(), places_.end(), kUnheld);
  copy_ = copy_rows(dataset, places_, held);
  if (width == copy_.cols()) {
    feature_map.apply(copy_, copy_.view());
  } else {
    copy_ = feature_map.mapped(copy_);
  }
  features_ = copy_;
  feature_rows_ = places_;
}

}  // namespace dem
