#include "pipeline/fit_calibration.h"

#include "dem/eval/calibration.h"

namespace dem {
namespace {

float fit(const Network& network,
          const Dataset& dataset,
          const Recipe& recipe,
          std::span<const ClassId> classes,
          std::span<const Index> rows,
          Communicator& group) {
  const Matrix<float> prototypes =
      class_prototypes(network, dataset.classes, recipe.float16_unseen_embeddings);
  return fit_temperature(prototypes, classes, dataset, rows, recipe.metric, group);
}

}  // namespace

Calibration calibrate_on_held_out(const Network& network,
                                  const Dataset& dataset,
                                  const Recipe& recipe,
                                  std::span<const ClassId> classes,
                                  std::span<const Index> rows,
                                  Communicator& group) {
  return {fit(network, dataset, recipe, classes, rows, group), std::string(kHeldOut)};
}

Calibration calibrate_on_training(const Network& network,
                                  const Dataset& dataset,
                                  const Recipe& recipe,
                                  Communicator& group) {
  return {fit(network, dataset, recipe, dataset.seen_classes, dataset.split.trainval, group),
          std::string(kTraining)};
}

}  // namespace dem
