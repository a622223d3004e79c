#include "dem/search/nearest_prototype.h"

#include "search/query_rows.h"

namespace dem {

Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                        const PrototypesView& prototypes,
                                        Index k,
                                        Metric metric) {
  return search_rows({.features = visual_features, .rows = {}}, prototypes, k, metric);
}

Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                        std::span<const Index> rows,
                                        const PrototypesView& prototypes,
                                        Index k,
                                        Metric metric) {
  return search_rows(
      {.features = visual_features, .rows = rows, .all = false}, prototypes, k, metric);
}

}  // namespace dem
