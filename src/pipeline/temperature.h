// A fit's last step: the temperature of the model's probabilities.
#pragma once

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/pipeline/run_report.h"

namespace dem {

// RunReport::calibration of a temperature that is not fitted on training images.
inline constexpr const char* kHeldOutCalibration = "held-out seen classes";
inline constexpr const char* kFoldCalibration =
    "folds of held-out seen classes, among all of their classes";

// On the training images, among the seen classes: where no held-out classes have given one. The
// model's prototypes are those of the dataset's classes. Says in the report what it was fitted on;
// nothing without training images.
void calibrate_on_training(const Dataset& dataset,
                           Communicator& group,
                           Model& model,
                           RunReport& report);

}  // namespace dem
