#include "dem/model/model.h"

#include <utility>

#include "model/offsets.h"

namespace dem {

Model Model::clone() const {
  Model copy;
  copy.feature_map = feature_map.clone();
  copy.class_map = class_map.clone();
  copy.metric = metric;
  copy.classes = classes.clone();
  copy.prototypes = prototypes.clone();
  copy.gamma = gamma;
  copy.temperature = temperature;
  copy.rejection = rejection;
  copy.provenance = provenance;
  return copy;
}

Index Model::feature_dim() const {
  return feature_map.input_dim(class_map.prototype_dim());
}

// A stored offset that neither the map nor gamma gives is the recipe's own, and stays.
void Model::update_prototypes() {
  Prototypes mapped = class_map.mapped(classes);
  prototypes.rows = std::move(mapped.rows);
  if (mapped.offset.empty() && gamma == 0.0f) return;
  prototypes.offset = less_gamma(std::move(mapped.offset), classes.seen, gamma);
}

}  // namespace dem
