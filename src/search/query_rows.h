// Queries as a search takes them: some rows of features, mapped, a block at a time.
#pragma once

#include <span>

#include "dem/model/feature_map.h"
#include "dem/search/score_source.h"
#include "search/block_search.h"

namespace dem {

// Some rows of a matrix, or all of it where `all` says so.
struct QueryRows {
  MatrixView<const float> features;
  std::span<const Index> rows;
  bool all = true;
  const FeatureMap* feature_map = nullptr;  // null: none

  [[nodiscard]] Index size() const {
    return all ? features.rows() : static_cast<Index>(rows.size());
  }
  [[nodiscard]] bool is_mapped() const {
    return feature_map != nullptr && !feature_map->is_identity();
  }
  // Width behind the map. Throws Error{kShapeMismatch} where it does not take the features.
  [[nodiscard]] Index dim() const {
    return is_mapped() ? feature_map->output_dim(features.cols()) : features.cols();
  }

  // Queries first .. last - 1, at most kSearchBlock, as consecutive mapped rows: in place where
  // they are so already, else in the workspace.
  [[nodiscard]] MatrixView<const float> block(Index first,
                                              Index last,
                                              SearchWorkspace& workspace) const;
};

// Throws Error{kInvalidArgument} for a row that is not there; `what` begins the message.
void check_query_rows(const QueryRows& queries, const char* what);

// The k best prototypes of each query. [queries, k]. Throws as nearest_prototypes.
[[nodiscard]] Matrix<std::int32_t> search_rows(const QueryRows& queries,
                                               const PrototypesView& prototypes,
                                               Index k,
                                               Metric metric);

// The same with their scores, and with softmax sums where the temperature is above 0.
[[nodiscard]] BestScores search_row_scores(const QueryRows& queries,
                                           const PrototypesView& prototypes,
                                           Index k,
                                           Metric metric,
                                           double temperature);

}  // namespace dem
