#include "pipeline/hub_on_folds.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/at.h"
#include "base/check.h"
#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/log.h"
#include "learn/field_text.h"
#include "learn/judging_folds.h"
#include "learn/kernel/clear_gain.h"
#include "learn/settings_grid.h"
#include "pipeline/fold_curve.h"
#include "pipeline/learned_fold.h"

namespace dem {
namespace {

constexpr double kWeights[] = {0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0};
constexpr double kNearestPart = 0.1;  // of the classes in the bank
constexpr const char* kFact = "hub_correction";

Matrix<float> means_of_learned(const ClassStatistics& statistics) {
  Matrix<float> means(num_learned(statistics), statistics.feature_dim());
  Index row = 0;
  for (Index c = 0; c < statistics.num_classes(); ++c) {
    if (statistics.counts[at(c)] == 0) continue;
    for (Index d = 0; d < means.cols(); ++d) {
      means(row, d) = static_cast<float>(statistics.means(c, d));
    }
    ++row;
  }
  return means;
}

// Of each weight, what it comes to on each fold.
class WeightValues {
 public:
  WeightValues() : curves_(std::size(kWeights)) {}

  void add(Learned& learned, const ScoredFold& fold, const ClassTable& classes) {
    for (std::size_t w = 0; w < std::size(kWeights); ++w) {
      correct_hubs(learned, fold.statistics, kWeights[w]);
      curves_[w].push_back(fold_curve(learned, fold, classes));
    }
    has_seen_ = has_seen_ && fold.seen.features.rows() > 0;
  }

  [[nodiscard]] bool empty() const { return curves_[0].empty(); }

  [[nodiscard]] FoldValues of(std::size_t w, std::optional<double> gamma) const {
    const std::vector<SeenUnseenCurve>& curves = curves_[w];
    const double at_gamma = has_seen_ ? gamma_by(gamma, curves).gamma : 0.0;
    FoldValues values;
    for (const SeenUnseenCurve& curve : curves) {
      values.push_back(curve.t1() + (has_seen_ ? curve.at(at_gamma).harmonic() : 0.0));
    }
    return values;
  }

 private:
  std::vector<std::vector<SeenUnseenCurve>> curves_;  // a weight
  bool has_seen_ = true;
};

struct ChosenWeight {
  double weight, gain;
};

ChosenWeight best_weight(const WeightValues& values, const GammaChoice& wanted, Index num_seen) {
  const std::optional<double> gamma = given_gamma(gamma_for(wanted, num_seen));
  const FoldValues without = values.of(0, gamma);
  FoldValues best = without;
  double weight = 0.0;
  for (std::size_t w = 1; w < std::size(kWeights); ++w) {
    FoldValues these = values.of(w, gamma);
    if (mean_of(these) <= mean_of(best)) continue;
    best = std::move(these);
    weight = kWeights[w];
  }
  if (!is_clearly_better(best, without, standard_errors_wanted(num_seen))) return {0.0, 0.0};
  return {weight, mean_of(best) - mean_of(without)};
}

std::optional<ChosenWeight> weight_on_folds(const Recipe& recipe, const LearningData& data) {
  if (data.num_repeats(1) == 0) return std::nullopt;
  Recipe alone = recipe;
  alone.gamma = {};
  alone.hub_correction = {};
  WeightValues values;
  for (const ScoredFold& fold : data.scored_folds(0)) {
    if (!can_judge(fold)) continue;
    std::optional<Learned> learned = learn_fold(alone, fold, data);
    if (learned) values.add(*learned, fold, data.classes);
  }
  if (values.empty()) return std::nullopt;
  return best_weight(values, recipe.gamma, num_learned(data.statistics));
}

void log_weight(const ChosenWeight& found) {
  log(LogLevel::kInfo,
      found.weight == 0.0
          ? std::string(
                "hub correction 0: none is clearly better on folds of held-out seen classes")
          : concat("hub correction ",
                   found.weight,
                   ": T1 and H together ",
                   100.0 * found.gain,
                   " higher on folds of held-out seen classes"));
}

}  // namespace

void correct_hubs(Learned& learned, const ClassStatistics& statistics, double weight) {
  if (weight == 0.0) return learned.class_map.set_hub_correction({});
  DEM_CHECK_EQ(learned.scale.empty() && learned.offset.empty(), true);
  if (const auto* map = std::get_if<KernelMap>(&learned.class_map.kind())) {
    DEM_CHECK_EQ(map->hub || map->gaussian, false);
  }
  const Matrix<float> means = means_of_learned(statistics);
  const double part = std::round(kNearestPart * static_cast<double>(means.rows()));
  learned.class_map.set_hub_correction(HubCorrection{learned.metric,
                                                     {static_cast<float>(weight),
                                                      std::max<Index>(1, static_cast<Index>(part)),
                                                      learned.feature_map.mapped(means)}});
}

Recipe settled_with_hubs(const Recipe& recipe, const Provenance& facts) {
  Recipe out = settled(recipe, facts);
  if (const auto fact = facts.find(kFact); fact != facts.end()) {
    out.hub_correction = {GammaChoice::By::kValue, number_from_text<double>(fact->second, kFact)};
  }
  return out;
}

bool take_hub_correction(Learned& learned, const Recipe& recipe, const LearningData& data) {
  const GammaChoice& wanted = recipe.hub_correction;
  if (wanted.by == GammaChoice::By::kNone) return false;
  double weight = wanted.value;
  bool is_chosen = false;
  if (wanted.by == GammaChoice::By::kValidation) {
    const auto found = weight_on_folds(settled(recipe, learned.facts), data);
    is_chosen = found.has_value();
    weight = found ? found->weight : 0.0;
    if (found) {
      log_weight(*found);
    } else {
      log(LogLevel::kWarning,
          "hub correction: nothing to choose it by (it takes a fold of two held-out classes and "
          "two others that has a solution, from images or from statistics with a sample): 0 is "
          "taken");
    }
  }
  correct_hubs(learned, data.statistics, weight);
  learned.facts[kFact] = shortest_text(weight);
  return is_chosen;
}

}  // namespace dem
