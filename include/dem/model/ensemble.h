// Several models as one of the same form.
#pragma once

#include <vector>

#include "dem/model/class_map.h"
#include "dem/model/class_table.h"
#include "dem/model/comparison.h"
#include "dem/model/feature_map.h"

namespace dem {

// Slots of a member, whose prototypes have no scales and no offsets but those of its class map.
struct EnsembleMember {
  FeatureMap feature_map;
  ClassMap class_map;  // of any kind but MapsSideBySide
  Metric metric = Metric::kEuclidean;
  float weight = 1.0f;  // of its score in the sum; finite and above 0
};

// Slots of a model.
struct FoldedMembers {
  FeatureMap feature_map;
  ClassMap class_map;  // MapsSideBySide
  Metric metric = Metric::kEuclidean;
};

// The model whose score is the weighted sum of the members', but for a number that all classes of
// an image share where distances are summed with products (dem/model/maps_side_by_side.h).
//
//   members  at least one; their feature maps take features of one width
//   classes  what the members' class maps take, at least one class
// Throws Error{kInvalidArgument} for no member, no class, a weight out of range or a member that is
// an ensemble itself, Error{kShapeMismatch} where a map and the table do not fit.
//
//   FoldedMembers folded = fold_members(std::move(members), classes);
//   model.feature_map = std::move(folded.feature_map);  // and so on
[[nodiscard]] FoldedMembers fold_members(std::vector<EnsembleMember> members,
                                         const ClassTable& classes);

}  // namespace dem
