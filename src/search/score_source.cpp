#include "dem/search/score_source.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "search/query_rows.h"

namespace dem {

BestScores ScoreSource::best_scores(std::span<const Index> rows,
                                    std::span<const ClassId> candidates,
                                    Index k,
                                    double temperature) const {
  constexpr Index kBlock = 256;  // rows whose scores are in memory together
  const auto n = static_cast<Index>(rows.size());
  BestScores found{best(rows, candidates, k), Matrix<double>::uninitialised(n, k), {}};
  for (Index first = 0; first < n; first += kBlock) {
    const Index count = std::min(kBlock, n - first);
    const Matrix<double> all = scores(rows.subspan(at(first), at(count)), candidates);
    for (Index i = 0; i < count; ++i) {
      for (Index j = 0; j < k; ++j) found.scores(first + i, j) = all(i, found.places(first + i, j));
      if (!(temperature > 0.0)) continue;
      const double best_score = found.scores(first + i, 0);
      double sum = 0.0;
      for (const double score : all.row(i)) {
        if (std::isfinite(score)) sum += std::exp((score - best_score) / temperature);
      }
      found.softmax_sums.push_back(std::max(sum, 1.0));
    }
  }
  return found;
}

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

BestScores PrototypeSource::best_scores(std::span<const Index> rows,
                                        std::span<const ClassId> candidates,
                                        Index k,
                                        double temperature) const {
  const Prototypes chosen = candidate_prototypes(prototypes_, candidates);
  return search_row_scores(
      {.features = features_, .rows = rows, .all = false, .feature_map = &feature_map_},
      chosen,
      k,
      metric_,
      temperature);
}

}  // namespace dem
