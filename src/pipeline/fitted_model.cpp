#include "pipeline/fitted_model.h"

#include <utility>

#include "base/check.h"

namespace dem {

Model make_model(Learned learned, const ClassTable& classes, const RunReport& report) {
  Model model;
  model.feature_map = std::move(learned.feature_map);
  model.class_map = std::move(learned.class_map);
  model.metric = learned.metric;
  model.classes = classes.with_spaces(model.class_map.spaces());
  model.prototypes.scale = std::move(learned.scale);
  // Offsets that a recipe learned by itself, and those that the map and gamma give, are one slot.
  DEM_CHECK_EQ(learned.gamma != 0.0f && !learned.offset.empty(), false);
  model.prototypes.offset = std::move(learned.offset);
  model.gamma = learned.gamma;
  model.temperature = learned.temperature;
  model.rejection = std::move(learned.rejection);
  model.provenance = report.provenance();
  model.update_prototypes();
  return model;
}

Model make_model(Network network,
                 const FeatureMap& feature_map,
                 const ClassTable& classes,
                 const RunReport& report) {
  const bool rounds = report.recipe.network->float16_unseen_embeddings;
  const GammaChoice& wanted = report.recipe.gamma;
  double gamma = wanted.value;
  if (wanted.by == GammaChoice::By::kValidation) {  // 0 until it is chosen
    gamma = report.validation ? report.validation->gamma : 0.0;
  }
  return make_model({.feature_map = feature_map.clone(),
                     .class_map = ClassMap(NetworkMap{std::move(network), rounds}),
                     .metric = report.recipe.metric,
                     .gamma = static_cast<float>(gamma)},
                    classes,
                    report);
}

}  // namespace dem
