// What the members of an ensemble learn from scored folds, folded as the members themselves.
#pragma once

#include <cstdint>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/eval/calibration.h"
#include "dem/model/class_map.h"
#include "dem/pipeline/fit.h"
#include "pipeline/gamma_on_folds.h"

namespace dem {

// A member that learned at once.
struct LearnedMember {
  const Recipe& recipe;  // with nothing left to choose
  std::uint64_t seed;
  const ClassMap& class_map;  // whose join of spaces it learned by
  float weight;               // in the sum of scores
};

struct MembersOnFolds {
  SetGamma gamma;
  Calibration calibration;  // temperature 0: there are no folds to fit it on
};

// Gamma as `wanted` and the temperature of the weighted sum of the members' scores, on the folds
// that a single recipe's are found on (gamma_on_folds(), temperature_on_folds()). All ranks of a
// group call it and learn alike.
[[nodiscard]] MembersOnFolds members_on_folds(const std::vector<LearnedMember>& members,
                                              const GammaChoice& wanted,
                                              const Dataset& dataset,
                                              const FitOptions& options,
                                              Communicator& group);

}  // namespace dem
