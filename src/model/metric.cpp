#include "base/text.h"
#include "dem/base/error.h"
#include "dem/model/model.h"

namespace dem {

std::string_view to_string(Metric metric) noexcept {
  switch (metric) {
    case Metric::kEuclidean:
      return "euclidean";
    case Metric::kCosine:
      return "cosine";
  }
  return "unknown";
}

Metric metric_from_string(std::string_view name) {
  for (const Metric metric : {Metric::kEuclidean, Metric::kCosine}) {
    if (name == to_string(metric)) return metric;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat("metric: expected euclidean or cosine, got \"", name, "\""));
}

}  // namespace dem
