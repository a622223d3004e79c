#include "dem/search/score_source.h"

#include <memory>
#include <utility>

#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "search/query_rows.h"

namespace dem {

PrototypeSource::PrototypeSource(MatrixView<const float> features,
                                 const FeatureMap& feature_map,
                                 const PrototypesView& prototypes,
                                 Metric metric)
    : features_(features), feature_map_(feature_map), prototypes_(prototypes), metric_(metric) {
  prototypes_.validate();
  const Index width = feature_map_.output_dim(features.cols());
  if (width == prototypes_.rows.cols()) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat("scores: expected features of the prototypes' ",
                     prototypes_.rows.cols(),
                     " dimensions, got ",
                     width));
}

Matrix<std::int32_t> PrototypeSource::best(std::span<const Index> rows,
                                           std::span<const ClassId> candidates,
                                           Index k) const {
  const Prototypes chosen = candidate_prototypes(prototypes_, candidates);
  return search_rows(
      {.features = features_, .rows = rows, .all = false, .feature_map = &feature_map_},
      chosen,
      k,
      metric_);
}

Matrix<double> PrototypeSource::scores(std::span<const Index> rows,
                                       std::span<const ClassId> candidates) const {
  constexpr Index kGrain = 32;
  const QueryRows queries{
      .features = features_, .rows = rows, .all = false, .feature_map = &feature_map_};
  check_query_rows(queries, "scores");
  const Prototypes chosen = candidate_prototypes(prototypes_, candidates);
  const PrototypeScores all(chosen, metric_);
  const Index num_candidates = chosen.rows.rows();
  Matrix<double> out = Matrix<double>::uninitialised(queries.size(), num_candidates);
  WorkspacePool pool;
  parallel_for(queries.size(), kGrain, [&](Index first, Index last) {
    std::unique_ptr<SearchWorkspace> workspace = pool.take();
    const MatrixView<const float> block = queries.block(first, last, *workspace);
    for (Index i = first; i < last; ++i) {
      const auto x = block.row(i - first);
      const double norm = all.norm_of(x);
      for (Index j = 0; j < num_candidates; ++j) out(i, j) = all.exact_score(x, norm, j);
    }
    pool.give_back(std::move(workspace));
  });
  return out;
}

}  // namespace dem
