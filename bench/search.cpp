// Nearest-prototype search: the sizes of a generalised test of CUB and of ImageNet-21K.

#include <algorithm>
#include <memory>
#include <random>

#include "dem/dem.h"
#include "workload.h"

namespace dem::bench {
namespace {

struct SearchCase {
  const char* name;
  Index queries, feature_dim, prototypes, neighbours;
  Metric metric;
  Index held = queries;  // rows in memory, searched again and again until all are done
};

constexpr SearchCase kCases[] = {
    {"search/200-euclidean", 60000, 1024, 200, 1, Metric::kEuclidean},
    {"search/200-cosine", 60000, 1024, 200, 1, Metric::kCosine},
    {"search/200-top10", 60000, 1024, 200, 10, Metric::kEuclidean},
    {"search/21841-euclidean", 20000, 2048, 21841, 1, Metric::kEuclidean},
    {"search/21841-cosine", 20000, 2048, 21841, 1, Metric::kCosine},
    {"search/1m-1024-200", 1000000, 1024, 200, 10, Metric::kEuclidean, 100000},
    {"search/1m-1024-200-cosine", 1000000, 1024, 200, 10, Metric::kCosine, 100000},
    {"search/200k-2048-21841", 200000, 2048, 21841, 10, Metric::kEuclidean, 50000},
    {"search/200k-2048-21841-cosine", 200000, 2048, 21841, 10, Metric::kCosine, 50000},
};

struct Data {
  Matrix<float> features;
  Matrix<float> prototypes;
};

// Rectified normal prototypes, and images that scatter around them with twice their spread, so that
// the nearest prototype is often a close call.
std::shared_ptr<Data> make_data(const SearchCase& c, Index queries) {
  auto data = std::make_shared<Data>();
  data->prototypes = Matrix<float>::uninitialised(c.prototypes, c.feature_dim);
  data->features = Matrix<float>::uninitialised(queries, c.feature_dim);
  std::minstd_rand generator(1);
  std::normal_distribution<float> normal;
  for (Index i = 0; i < data->prototypes.size(); ++i) {
    data->prototypes.data()[i] = std::max(0.0f, normal(generator));
  }
  for (Index i = 0; i < queries; ++i) {
    const auto prototype = std::as_const(data->prototypes).row(i % c.prototypes);
    for (Index d = 0; d < c.feature_dim; ++d) {
      const float centre = prototype[static_cast<std::size_t>(d)];
      data->features(i, d) = std::max(0.0f, centre + 2.0f * normal(generator));
    }
  }
  return data;
}

Prepared prepare(const SearchCase& c, const Options& options) {
  const Index queries =
      std::max<Index>(1, static_cast<Index>(options.fraction * static_cast<double>(c.queries)));
  const std::shared_ptr<Data> data = make_data(c, std::min(queries, c.held));
  const double products = static_cast<double>(queries) * static_cast<double>(c.prototypes);
  return {[data, c, queries] {
            for (Index done = 0; done < queries; done += data->features.rows()) {
              const Index rows = std::min(queries - done, data->features.rows());
              const Matrix<std::int32_t> nearest =
                  nearest_prototypes(std::as_const(data->features).view().row_block(0, rows),
                                     data->prototypes,
                                     c.neighbours,
                                     c.metric);
              static_cast<void>(nearest);
            }
          },
          static_cast<double>(queries),
          2.0 * products * static_cast<double>(c.feature_dim)};
}

}  // namespace

std::vector<Workload> search_workloads() {
  std::vector<Workload> workloads;
  for (const SearchCase& c : kCases) {
    workloads.push_back({c.name,
                         std::to_string(c.queries) + " x " + std::to_string(c.feature_dim) +
                             " features, the " + std::to_string(c.neighbours) + " nearest of " +
                             std::to_string(c.prototypes) + " prototypes, " +
                             std::string(to_string(c.metric)),
                         "rows",
                         [c](const Options& options) { return prepare(c, options); }});
  }
  return workloads;
}

}  // namespace dem::bench
