#include "dem/model/maps_side_by_side.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/at.h"
#include "dem/model/class_map.h"
#include "dem/model/class_table.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

// A member's block of the sum's prototype, and what it adds to the class's offset.
double write_block(const SummedScore& member,
                   Metric sum,
                   std::span<const float> from,
                   std::span<float> to) {
  const double weight = double{member.weight};
  if (sum == Metric::kEuclidean || member.metric == Metric::kDot) {
    const double factor = sum == Metric::kEuclidean ? std::sqrt(weight) : weight;
    std::transform(from.begin(), from.end(), to.begin(), [factor](float p) {
      return static_cast<float>(factor * double{p});
    });
    return 0.0;
  }
  if (member.metric == Metric::kCosine) {
    const double norm = std::sqrt(squared_norm(from));
    const double factor = norm > 0.0 ? weight / norm : 0.0;
    std::transform(from.begin(), from.end(), to.begin(), [factor](float p) {
      return static_cast<float>(factor * double{p});
    });
    return 0.0;
  }
  double squares = 0.0;
  for (std::size_t d = 0; d < from.size(); ++d) {
    const double q = double{from[d]} - (member.centre.empty() ? 0.0 : double{member.centre[d]});
    squares += q * q;
    to[d] = static_cast<float>(2.0 * weight * q);
  }
  return -weight * squares;
}

}  // namespace

Metric MapsSideBySide::metric() const {
  const bool by_distance = std::all_of(members.begin(), members.end(), [](const auto& member) {
    return member.metric == Metric::kEuclidean;
  });
  return by_distance ? Metric::kEuclidean : Metric::kDot;
}

MapsSideBySide MapsSideBySide::clone() const {
  MapsSideBySide copy{{}, members};
  for (const ClassMap& map : maps) copy.maps.push_back(map.clone());
  return copy;
}

Index MapsSideBySide::prototype_dim() const {
  Index dim = 0;
  for (const ClassMap& map : maps) dim += map.prototype_dim();
  return dim;
}

Prototypes MapsSideBySide::mapped(const ClassTable& classes) const {
  const Metric sum = metric();
  const Index count = classes.size();
  Prototypes out{Matrix<float>::uninitialised(count, prototype_dim())};
  std::vector<double> offsets(at(count), 0.0);
  bool has_offsets = false;
  Index first = 0;
  for (std::size_t m = 0; m < maps.size(); ++m) {
    const Prototypes part = maps[m].mapped(classes);
    const Index width = part.rows.cols();
    for (Index c = 0; c < count; ++c) {
      const auto to = out.rows.row(c).subspan(at(first), at(width));
      offsets[at(c)] += write_block(members[m], sum, std::as_const(part.rows).row(c), to);
      if (!part.offset.empty()) {
        offsets[at(c)] += double{members[m].weight} * double{part.offset[at(c)]};
      }
    }
    has_offsets = has_offsets || !part.offset.empty() ||
                  (sum == Metric::kDot && members[m].metric == Metric::kEuclidean);
    first += width;
  }
  if (has_offsets) out.offset.assign(offsets.begin(), offsets.end());
  return out;
}

}  // namespace dem
