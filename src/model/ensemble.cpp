#include "dem/model/ensemble.h"

#include <cmath>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/mean_row.h"

namespace dem {
namespace {

void check_member(const EnsembleMember& member) {
  if (!std::isfinite(member.weight) || !(member.weight > 0.0f)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("ensemble: weight: expected a finite number above 0, got ", member.weight));
  }
  if (std::holds_alternative<MapsSideBySide>(member.class_map.kind())) {
    throw Error(ErrorKind::kInvalidArgument,
                "ensemble: expected members that are single models, got an ensemble");
  }
}

// x -> (x - shift) * factor
FeatureScaling shifted_and_scaled(std::vector<float> shift, float factor) {
  const std::size_t dim = shift.size();
  return {ScalingKind::kStandard, std::move(shift), std::vector<float>(dim, factor)};
}

bool gives_unit_rows(const FeatureMap& map) {
  const auto* last = map.is_identity() ? nullptr : std::get_if<FeatureScaling>(&map.steps().back());
  return last != nullptr && last->kind == ScalingKind::kL2;
}

// The member's feature map with the step that its side of the sum takes.
FeatureMap summed_map(FeatureMap map, const SummedScore& member, Metric sum, Index dim) {
  if (sum == Metric::kEuclidean) {
    const auto factor = static_cast<float>(std::sqrt(double{member.weight}));
    if (factor != 1.0f) map.add(shifted_and_scaled(std::vector<float>(at(dim), 0.0f), factor));
  } else if (member.metric == Metric::kCosine) {
    if (!gives_unit_rows(map)) map.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  } else if (!member.centre.empty()) {
    map.add(shifted_and_scaled(member.centre, 1.0f));
  }
  return map;
}

}  // namespace

FoldedMembers fold_members(std::vector<EnsembleMember> members, const ClassTable& classes) {
  if (members.empty() || classes.size() == 0) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("ensemble: expected at least one member and one class, got ",
                       members.size(),
                       " and ",
                       classes.size()));
  }
  MapsSideBySide maps;
  for (const EnsembleMember& member : members) {
    check_member(member);
    maps.members.push_back({member.metric, member.weight, {}});
  }
  const Metric sum = maps.metric();
  SideBySide features;
  for (std::size_t m = 0; m < members.size(); ++m) {
    EnsembleMember& member = members[m];
    SummedScore& summed = maps.members[m];
    if (sum == Metric::kDot && member.metric == Metric::kEuclidean) {
      // Taken off both sides it changes no distance, and |x|^2 and |p|^2, which these are made of,
      // are no larger than they must be, so that rounding of them is small.
      summed.centre = mean_row<float>(member.class_map.prototypes(classes).view());
    }
    features.maps.push_back(
        summed_map(std::move(member.feature_map), summed, sum, member.class_map.prototype_dim()));
    maps.maps.push_back(std::move(member.class_map));
  }
  FoldedMembers folded;
  folded.feature_map.add(std::move(features));
  folded.class_map = ClassMap(std::move(maps));
  folded.metric = sum;
  return folded;
}

}  // namespace dem
