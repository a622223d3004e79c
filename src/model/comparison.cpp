#include "dem/model/comparison.h"

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

std::string_view to_string(Metric metric) noexcept {
  switch (metric) {
    case Metric::kEuclidean:
      return "euclidean";
    case Metric::kCosine:
      return "cosine";
    case Metric::kDot:
      return "dot";
  }
  return "unknown";
}

Metric metric_from_string(std::string_view name) {
  for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
    if (name == to_string(metric)) return metric;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat("metric: expected euclidean, cosine or dot, got \"", name, "\""));
}

}  // namespace dem
