#include "dem/model/model.h"

namespace dem {

Model Model::clone() const {
  Model copy;
  copy.feature_map = feature_map.clone();
  copy.class_map = class_map.clone();
  copy.metric = metric;
  copy.classes = classes.clone();
  copy.prototypes = prototypes.clone();
  copy.temperature = temperature;
  copy.provenance = provenance;
  return copy;
}

Index Model::feature_dim() const {
  return feature_map.input_dim(class_map.prototype_dim());
}

void Model::update_prototypes() {
  prototypes.rows = class_map.prototypes(classes);
}

}  // namespace dem
