// How features are compared with prototypes.
#pragma once

#include <string_view>

namespace dem {

// c(z, p) in the score scale * c(z, p) + offset of dem/model/prototypes.h: larger is better.
enum class Metric {
  kEuclidean,  // minus the squared distance, -|z - p|^2
  kCosine,     // z.p / (|z| |p|); 0 where either is zero
  kDot,        // z.p
};

[[nodiscard]] std::string_view to_string(Metric metric) noexcept;
// "euclidean", "cosine" or "dot"; throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] Metric metric_from_string(std::string_view name);

}  // namespace dem
