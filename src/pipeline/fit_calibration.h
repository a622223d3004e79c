// The temperature of a trained model's probabilities.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/learn/recipe.h"
#include "dem/model/network.h"

namespace dem {

struct Calibration {
  float temperature = 0.0f;  // 0: none yet
  std::string source;        // which images it was fitted on
};

// The sources' names.
inline constexpr std::string_view kHeldOut = "held-out seen classes";
inline constexpr std::string_view kTraining = "training images among seen classes";

// Of held-out images of held-out seen classes, searched among these: what they are for the network
// is what images of unseen classes will be.
[[nodiscard]] Calibration calibrate_on_held_out(const Network& network,
                                                const Dataset& dataset,
                                                const Recipe& recipe,
                                                std::span<const ClassId> classes,
                                                std::span<const Index> rows,
                                                Communicator& group);

// Of the training images among the seen classes, for want of others.
[[nodiscard]] Calibration calibrate_on_training(const Network& network,
                                                const Dataset& dataset,
                                                const Recipe& recipe,
                                                Communicator& group);

}  // namespace dem
