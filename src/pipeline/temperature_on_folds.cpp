#include "pipeline/temperature_on_folds.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/at.h"
#include "dem/eval/calibration.h"
#include "dem/search/score_source.h"
#include "pipeline/learned_prototypes.h"

namespace dem {
namespace {

constexpr Index kEnoughImages = 1000;
constexpr Index kMostScores = Index{1} << 22;  // of a fold and kind

// Every k-th of n rows, so that their scores of all candidates are not too many.
std::vector<Index> spread_rows(Index n, Index num_candidates) {
  const Index every = 1 + n * num_candidates / kMostScores;
  std::vector<Index> rows;
  for (Index i = 0; i < n; i += every) rows.push_back(i);
  return rows;
}

// Where a class stands among ascending ones, counted from `first`.
Index place_in(const std::vector<ClassId>& classes, ClassId id, Index first) {
  return first + (std::lower_bound(classes.begin(), classes.end(), id) - classes.begin());
}

class FoldScorer {
 public:
  FoldScorer(const Learned& learned, double gamma, const ScoredFold& fold, const ClassTable& table)
      : learned_(learned),
        gamma_(gamma),
        classes_(classes_of(fold)),
        candidates_(classes_.seen),
        prototypes_(learned_prototypes(learned, table)) {
    candidates_.insert(candidates_.end(), classes_.unseen.begin(), classes_.unseen.end());
  }

  [[nodiscard]] LabelledScores scores_of(const ScoredFold::Rows& images, bool is_unseen) const {
    const PrototypeSource source(
        images.features, learned_.feature_map, prototypes_, learned_.metric);
    const std::vector<Index> rows =
        spread_rows(images.features.rows(), static_cast<Index>(candidates_.size()));
    LabelledScores out{source.scores(rows, candidates_), {}};
    for (const Index row : rows) {
      const ClassId label = images.labels[at(row)];
      out.truth.push_back(is_unseen ? place_in(classes_.unseen, label, num_seen())
                                    : place_in(classes_.seen, label, 0));
    }
    for (Index i = 0; i < out.scores.rows(); ++i) {
      for (Index j = 0; j < num_seen(); ++j) out.scores(i, j) -= gamma_;
    }
    return out;
  }

 private:
  [[nodiscard]] Index num_seen() const { return static_cast<Index>(classes_.seen.size()); }

  const Learned& learned_;
  double gamma_;
  FoldClasses classes_;
  std::vector<ClassId> candidates_;  // seen, then unseen
  Prototypes prototypes_;
};

}  // namespace

Calibration temperature_on_folds(double gamma,
                                 std::span<const ScoredFold> folds,
                                 const FoldLearner& learn,
                                 const ClassTable& classes) {
  std::vector<LabelledScores> parts;
  Index num_images = 0;
  for (std::size_t i = 0; i < folds.size() && num_images < kEnoughImages; ++i) {
    const ScoredFold& fold = folds[i];
    const std::optional<Learned> learned = learn(i);
    if (!learned) continue;
    const FoldScorer scorer(*learned, gamma, fold, classes);
    for (const bool is_unseen : {true, false}) {
      const ScoredFold::Rows& images = is_unseen ? fold.unseen : fold.seen;
      if (images.features.rows() == 0) continue;
      parts.push_back(scorer.scores_of(images, is_unseen));
      num_images += parts.back().scores.rows();
    }
  }
  return calibrate(std::move(parts));
}

Calibration temperature_on_folds(Recipe recipe, double gamma, const LearningData& data) {
  recipe.gamma = {};
  if (recipe.settings.contains("tune")) recipe.settings["tune"] = "none";
  if (data.num_repeats(1) == 0) return {};
  const std::vector<ScoredFold> folds = data.scored_folds(0);
  return temperature_on_folds(
      gamma,
      folds,
      [&](std::size_t fold) { return learn_fold(recipe, folds[fold], data); },
      data.classes);
}

}  // namespace dem
