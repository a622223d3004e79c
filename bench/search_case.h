// The searches that are timed: the sizes of a generalised test of CUB and of ImageNet-21K. As many
// queries as a run of some seconds takes; what one costs does not depend on their number.
#pragma once

#include "dem/dem.h"

namespace dem::bench {

struct SearchCase {
  const char* name;
  Index queries, feature_dim, prototypes, neighbours;
  Metric metric;
};

inline constexpr SearchCase kSearchCases[] = {
    {"200-euclidean", 60000, 1024, 200, 1, Metric::kEuclidean},
    {"200-cosine", 60000, 1024, 200, 1, Metric::kCosine},
    {"200-top10", 60000, 1024, 200, 10, Metric::kEuclidean},
    {"21841-euclidean", 10000, 2048, 21841, 1, Metric::kEuclidean},
    {"21841-cosine", 10000, 2048, 21841, 1, Metric::kCosine},
    {"21841-top10", 10000, 2048, 21841, 10, Metric::kEuclidean},
};

}  // namespace dem::bench
