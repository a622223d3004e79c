#include "learn/kernel/fold_problems.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/text.h"
#include "dem/base/log.h"

namespace dem {
namespace {

Index wanted_repeats(Index num_classes, Index dim) {
  const double cube = std::pow(static_cast<double>(dim), 3.0);
  const auto most = static_cast<Index>(std::clamp(5e9 / cube, 1.0, 8.0));
  return std::clamp<Index>((300 + num_classes - 1) / std::max<Index>(1, num_classes), 1, most);
}

bool needs_all_classes(const KernelSpec& kernel) {
  return kernel.kind != KernelKind::kLinear && kernel.kind != KernelKind::kCentred;
}

}  // namespace

std::vector<KernelSpec> kernels_for(std::vector<KernelSpec> kernels, Index num_seen_classes) {
  if (num_seen_classes <= kVeryManyClasses || kernels.size() == 1) return kernels;
  if (std::erase_if(kernels, needs_all_classes) == 0) return kernels;
  if (kernels.empty()) kernels.emplace_back(KernelKind::kLinear);
  std::vector<std::string> names;
  for (const KernelSpec& kernel : kernels) names.push_back(to_string(kernel));
  log(LogLevel::kInfo,
      concat("of ",
             num_seen_classes,
             " seen classes only kernels without a matrix of all classes are tried: ",
             join(names)));
  return kernels;
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
      if (!can_judge(fold)) continue;
      folds.push_back(std::make_unique<FoldProblem>(fold, unit_rows));
      if (num_classes > kVeryManyClasses && folds.size() == kFewestFolds) return folds;
    }
  }
  if (folds.size() < kFewestFolds) folds.clear();
  return folds;
}

}  // namespace dem
