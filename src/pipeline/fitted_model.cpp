#include "pipeline/fitted_model.h"

#include <utility>

namespace dem {

Model make_model(Learned learned, const ClassTable& classes, const RunReport& report) {
  Model model;
  model.feature_map = std::move(learned.feature_map);
  model.class_map = std::move(learned.class_map);
  model.metric = learned.metric;
  model.classes = classes.with_spaces(model.class_map.spaces());
  model.prototypes.scale = std::move(learned.scale);
  model.prototypes.offset = std::move(learned.offset);
  model.gamma = learned.gamma;
  model.provenance = report.provenance();
  model.update_prototypes();
  return model;
}

Model make_model(Network network,
                 const FeatureMap& feature_map,
                 const ClassTable& classes,
                 const RunReport& report) {
  const bool rounds = report.recipe.network->float16_unseen_embeddings;
  return make_model({.feature_map = feature_map.clone(),
                     .class_map = ClassMap(NetworkMap{std::move(network), rounds}),
                     .metric = report.recipe.metric},
                    classes,
                    report);
}

}  // namespace dem
