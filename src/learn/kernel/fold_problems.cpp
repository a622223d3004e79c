#include "learn/kernel/fold_problems.h"

#include <algorithm>
#include <cmath>

namespace dem {
namespace {

constexpr Index kFewestJudges = 2;  // classes of a fold, seen or held out, and folds, for a choice
Index wanted_repeats(Index num_classes, Index dim) {
  const double cube = std::pow(static_cast<double>(dim), 3.0);
  const auto most = static_cast<Index>(std::clamp(5e9 / cube, 1.0, 8.0));
  return std::clamp<Index>((300 + num_classes - 1) / std::max<Index>(1, num_classes), 1, most);
}

}  // namespace

Index num_learned(const ClassStatistics& statistics) {
  return std::count_if(
      statistics.counts.begin(), statistics.counts.end(), [](Index n) { return n > 0; });
}

FoldProblems fold_problems(const LearningData& data,
                           MatrixView<const double> unit_rows,
                           Index times) {
  FoldProblems folds;
  const Index num_classes = num_learned(data.statistics);
  const Index repeats =
      data.num_repeats(times * wanted_repeats(num_classes, data.statistics.feature_dim()));
  for (Index repeat = 0; repeat < repeats; ++repeat) {
    for (const ScoredFold& fold : data.scored_folds(repeat)) {
      if (num_classes > kVeryManyClasses && static_cast<Index>(folds.size()) == kFewestJudges)
        break;
      auto problem = std::make_unique<FoldProblem>(fold, unit_rows);
      if (problem->num_seen() < kFewestJudges || problem->num_held_out() < kFewestJudges) continue;
      folds.push_back(std::move(problem));
    }
  }
  if (static_cast<Index>(folds.size()) < kFewestJudges) folds.clear();
  return folds;
}

}  // namespace dem
