#include "pipeline/gamma_on_folds.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/search/score_source.h"
#include "learn/judging_folds.h"
#include "learn/seen_unseen_curve.h"
#include "pipeline/learned_prototypes.h"
#include "search/gamma_curve.h"

namespace dem {
namespace {

constexpr Index kBlock = 8192;  // images searched at a time

// A fold's classes by kind.
struct Candidates {
  std::vector<ClassId> seen, unseen;
};

Candidates candidates_of(const ScoredFold& fold) {
  Candidates out{{}, fold.held_out};
  for (std::size_t c = 0; c < fold.statistics.counts.size(); ++c) {
    if (fold.statistics.counts[c] > 0) out.seen.push_back(static_cast<ClassId>(c));
  }
  return out;
}

void add_images(const Learned& learned,
                const PrototypesView& prototypes,
                const Candidates& candidates,
                const ScoredFold::Rows& rows,
                bool is_unseen,
                std::vector<CurveImage>& images) {
  const PrototypeSource source(rows.features, learned.feature_map, prototypes, learned.metric);
  for (Index first = 0; first < rows.features.rows(); first += kBlock) {
    std::vector<Index> block;
    for (Index i = first; i < std::min(first + kBlock, rows.features.rows()); ++i) {
      block.push_back(i);
    }
    const BestScores seen = source.best_scores(block, candidates.seen, 1, 0.0);
    const BestScores unseen = source.best_scores(block, candidates.unseen, 1, 0.0);
    for (Index i = 0; i < seen.scores.rows(); ++i) {
      const ClassId label = rows.labels[at(first + i)];
      const ClassId best = is_unseen ? candidates.unseen[at(unseen.places(i, 0))]
                                     : candidates.seen[at(seen.places(i, 0))];
      images.push_back({static_cast<float>(score_gap(seen.scores(i, 0), unseen.scores(i, 0))),
                        label,
                        is_unseen,
                        best == label});
    }
  }
}

// A fold as data to learn from, without anything to choose by.
LearningData data_of(const ScoredFold& fold, const LearningData& all) {
  LearningData data{.classes = all.classes,
                    .statistics = fold.statistics,
                    .base = all.base,
                    .rounds = [] { return std::span<const ValidationRound>(); },
                    .accuracy = [](const Learned&, std::size_t) { return 0.0; },
                    .on_all_ranks = all.on_all_ranks,
                    .num_repeats = [](Index) { return Index{0}; },
                    .scored_folds = [](Index) { return std::vector<ScoredFold>(); }};
  data.seed = all.seed;
  data.is_fold = true;
  if (!fold.images.rows.empty()) data.images = [&fold] { return fold.images; };
  return data;
}

// Nothing where a fold has no solution, on any rank.
std::optional<Learned> learn_fold(const Recipe& recipe,
                                  const ScoredFold& fold,
                                  const LearningData& all) {
  std::optional<Learned> learned;
  try {
    learned = find_recipe(recipe.name)->learn(recipe, data_of(fold, all));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNumerical) throw;
  }
  if (!all.on_all_ranks(learned.has_value())) learned.reset();
  return learned;
}

SeenUnseenCurve curve_of(const Learned& learned,
                         const ScoredFold& fold,
                         const ClassTable& classes) {
  const Candidates candidates = candidates_of(fold);
  const Prototypes prototypes = learned_prototypes(learned, classes);
  std::vector<CurveImage> images;
  add_images(learned, prototypes, candidates, fold.unseen, true, images);
  add_images(learned, prototypes, candidates, fold.seen, false, images);
  return SeenUnseenCurve(images);
}

double mean_t1(std::span<const SeenUnseenCurve> curves) {
  double sum = 0.0;
  for (const SeenUnseenCurve& curve : curves) sum += curve.t1();
  return sum / static_cast<double>(curves.size());
}

}  // namespace

std::optional<FoldGamma> gamma_on_folds(Recipe recipe, const LearningData& data) {
  if (data.num_repeats(1) == 0) return std::nullopt;
  const std::optional<double> given = given_gamma(recipe.gamma);
  recipe.gamma = {};
  std::vector<SeenUnseenCurve> curves, without_seen;
  for (const ScoredFold& fold : data.scored_folds(0)) {
    if (!can_judge(fold)) continue;
    const std::optional<Learned> learned = learn_fold(recipe, fold, data);
    if (!learned) continue;
    const bool has_seen = fold.seen.features.rows() > 0;
    (has_seen ? curves : without_seen).push_back(curve_of(*learned, fold, data.classes));
  }
  if (!curves.empty()) {
    const BestGamma best = gamma_by(given, curves);
    return FoldGamma{best.gamma, best.harmonic, mean_t1(curves), curves.size()};
  }
  if (without_seen.empty()) return std::nullopt;
  return FoldGamma{given.value_or(gamma_without_seen(without_seen)),
                   std::nullopt,
                   mean_t1(without_seen),
                   without_seen.size()};
}

}  // namespace dem
