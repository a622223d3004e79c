// Prototypes of what was learned, before it is a model.
#pragma once

#include "dem/learn/family.h"
#include "dem/model/prototypes.h"

namespace dem {

// As a model of it would have them, but for gamma.
[[nodiscard]] inline Prototypes learned_prototypes(const Learned& learned,
                                                   const ClassTable& classes) {
  Prototypes prototypes = learned.class_map.mapped(classes);
  prototypes.scale = learned.scale;
  if (prototypes.offset.empty()) prototypes.offset = learned.offset;
  return prototypes;
}

}  // namespace dem
