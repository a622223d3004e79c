#include "pipeline/learned_fold.h"

#include <utility>

#include "dem/base/error.h"
#include "pipeline/hub_on_folds.h"

namespace dem {
namespace {

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

}  // namespace

FoldClasses classes_of(const ScoredFold& fold) {
  FoldClasses out{{}, fold.held_out};
  for (std::size_t c = 0; c < fold.statistics.counts.size(); ++c) {
    if (fold.statistics.counts[c] > 0) out.seen.push_back(static_cast<ClassId>(c));
  }
  return out;
}

std::optional<Learned> learn_fold(const Recipe& recipe,
                                  const ScoredFold& fold,
                                  const LearningData& all) {
  std::optional<Learned> learned;
  try {
    learned = find_recipe(recipe.name)->learn(recipe, data_of(fold, all));
    if (recipe.hub_correction.by == GammaChoice::By::kValue) {
      correct_hubs(*learned, fold.statistics, recipe.hub_correction.value);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNumerical) throw;
  }
  if (!all.on_all_ranks(learned.has_value())) learned.reset();
  return learned;
}

}  // namespace dem
