// A model: all that prediction needs, and where it came from.
//
// Four slots, whatever the recipe:
//   z    = feature_map(x)                                  of a visual feature x
//   p_j  = class_map(a_j)                                  of class j's description
//   s_j  = scale_j * comparison(z, p_j) + offset_j         larger is better
//   P(j) = softmax(s / temperature) over the candidates
// DEM is a network as class map, compared by distance; other recipes fill the slots otherwise
// (docs/architecture.md has the table).
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "dem/model/class_map.h"
#include "dem/model/class_table.h"
#include "dem/model/comparison.h"
#include "dem/model/feature_map.h"
#include "dem/model/prototypes.h"
#include "dem/model/rejection_curve.h"

namespace dem {

// Named facts: "recipe", "selection", "seed", "dataset", "train_mode", "data_fingerprint",
// "dem_version", ... and whatever else its owner notes. Written to and read from the model file.
using Provenance = std::map<std::string, std::string>;

struct Model {
  FeatureMap feature_map;
  ClassMap class_map;
  Metric metric = Metric::kEuclidean;  // the comparison
  ClassTable classes;                  // in the spaces of class_map
  Prototypes prototypes;               // [num_classes], from update_prototypes()
  // Taken off the scores of seen classes (classes.seen): calibrated stacking (Chao et al., ECCV
  // 2016, eq. 5).
  float gamma = 0.0f;
  // Fitted at the end of training; 0: not fitted, so that there are no probabilities.
  float temperature = 0.0f;
  RejectionCurve rejection;  // of probabilities among held-out seen classes; empty: not measured
  Provenance provenance;

  // From a model folder or its model.safetensors, as load_model (dem/exchange/model_file.h).
  [[nodiscard]] static Model load(const std::string& path);
  [[nodiscard]] Model clone() const;

  // Width of the features that feature_map takes.
  [[nodiscard]] Index feature_dim() const;

  // Adds classes that had no training images, whatever added.seen says: their descriptions go
  // through class_map, and their prototypes join the others, with scale 1 and the offset that
  // class_map gives, else 0. Ids of the classes before stay.
  //   added  names that are new and differ, and an array for each space of this model's table, in
  //          any order, those that class_map does not take as well
  // Throws Error{kInvalidArgument} for a name twice, or where both tables name a space's dimensions
  // and not alike; Error{kShapeMismatch} for a missing space or another width; Error{kNumerical}
  // for a value that is not finite; the model is then as before. Not to be called while another
  // thread uses the model.
  void add_classes(const ClassTable& added);

  // Recomputes the prototypes' rows from class_map and classes. Where class_map gives offsets or
  // gamma is not 0, offsets become those (else 0), less gamma for seen classes; otherwise they stay
  // as they are, as scales always do: gamma set back to 0 then needs them emptied first. Throws
  // Error{kShapeMismatch} where the class table lacks a space of the map or a width differs.
  void update_prototypes();
};

}  // namespace dem
