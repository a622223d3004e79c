#include "pipeline/temperature.h"

#include "dem/eval/calibration.h"
#include "dem/search/score_source.h"

namespace dem {

void calibrate_on_training(const Dataset& dataset,
                           Communicator& group,
                           Model& model,
                           RunReport& report) {
  if (dataset.split.trainval.empty()) return;
  const PrototypeSource scores(
      dataset.visual_features, model.feature_map, model.prototypes, model.metric);
  model.temperature =
      fit_temperature(scores, dataset.seen_classes, dataset, dataset.split.trainval, group);
  if (model.temperature > 0.0f) report.calibration = "training images among seen classes";
}

}  // namespace dem
