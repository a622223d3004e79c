#include "learn/judging_folds.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/log.h"

namespace dem {

Index num_learned(const ClassStatistics& statistics) {
  return std::count_if(
      statistics.counts.begin(), statistics.counts.end(), [](Index n) { return n > 0; });
}

bool can_judge(const ScoredFold& fold) {
  return static_cast<Index>(fold.held_out.size()) >= kFewestOfFold &&
         num_learned(fold.statistics) >= kFewestOfFold;
}

GammaChoice gamma_for(const GammaChoice& wanted, Index num_seen_classes) {
  const bool is_chosen = wanted.by == GammaChoice::By::kValidation;
  return is_chosen && num_seen_classes < kFewestForGamma ? GammaChoice() : wanted;
}

GammaChoice logged_gamma_for(const GammaChoice& wanted, Index num_seen_classes) {
  GammaChoice gamma = gamma_for(wanted, num_seen_classes);
  if (gamma.by != wanted.by) {
    log(LogLevel::kWarning,
        concat("gamma: ",
               num_seen_classes,
               " seen classes with images are too few to choose it by (it takes ",
               kFewestForGamma,
               ", four folds that hold out two each): 0 is taken"));
  }
  return gamma;
}

std::optional<double> given_gamma(const GammaChoice& wanted) {
  if (wanted.by == GammaChoice::By::kValidation) return std::nullopt;
  return wanted.value;
}

}  // namespace dem
