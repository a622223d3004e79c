// The training steps that are timed, at the sizes of the published data.
#pragma once

#include <string>

#include "dem/dem.h"

namespace dem::bench {

struct StepCase {
  const char* name;
  const char* dataset;
  TrainMode mode;
  Index images, classes, attribute_dim, batch_size, steps;
};

inline constexpr Index kFeatureDim = 1024;
inline constexpr Index kWordDim = 1000;

inline constexpr StepCase kStepCases[] = {
    {"cub-att", "CUB", TrainMode::kAttribute, 8855, 150, 312, 100, 400},
    {"awa-att", "AwA", TrainMode::kAttribute, 24295, 40, 85, 64, 400},
    {"awa-word", "AwA", TrainMode::kWord, 24295, 40, 85, 64, 400},
    {"awa-fusion", "AwA", TrainMode::kFusion, 24295, 40, 85, 64, 200},
};

inline std::string concat_name(const char* kind, const StepCase& c) {
  return std::string(kind) + c.name;
}

}  // namespace dem::bench
