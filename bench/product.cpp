// What a search in float32 cannot do without: the product of the features with the prototypes,
// nothing kept. By the same BLAS as the library, in pieces of the shape that it is fastest at.
// Takes private headers.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/parallel.h"
#include "linalg/blas.h"
#include "workload.h"

namespace dem::bench {
namespace {

struct ProductCase {
  const char* name;
  Index queries, feature_dim, prototypes;
  Index held;  // rows in memory
};

constexpr ProductCase kCases[] = {
    {"product/1m-1024-200", 1000000, 1024, 200, 100000},
    {"product/200k-2048-21841", 200000, 2048, 21841, 50000},
};

constexpr Index kRows = 1024;
constexpr Index kColumns = 2048;

struct Data {
  Matrix<float> features;
  Matrix<float> prototypes;
};

void multiply(const Data& data, Index rows) {
  const MatrixView<const float> features = data.features, prototypes = data.prototypes;
  parallel_for(rows, kRows, [&](Index first, Index last) {
    thread_local Matrix<float> products = Matrix<float>::uninitialised(kRows, kColumns);
    for (Index column = 0; column < prototypes.rows(); column += kColumns) {
      const Index count = std::min(kColumns, prototypes.rows() - column);
      gemm_in_one_piece(Transpose::kNo,
                        Transpose::kYes,
                        1.0f,
                        features.row_block(first, last - first),
                        prototypes.row_block(column, count),
                        0.0f,
                        MatrixView<float>(products.data(), last - first, count));
    }
  });
}

Prepared prepare(const ProductCase& c, const Options& options) {
  const Index queries =
      std::max<Index>(1, static_cast<Index>(options.fraction * static_cast<double>(c.queries)));
  auto data = std::make_shared<Data>();
  data->features = Matrix<float>(std::min(queries, c.held), c.feature_dim);
  data->prototypes = Matrix<float>(c.prototypes, c.feature_dim);
  for (Matrix<float>* matrix : {&data->features, &data->prototypes}) {
    for (Index i = 0; i < matrix->size(); ++i) {
      matrix->data()[i] = static_cast<float>(i * 2654435761 % 1024) / 1024.0f;
    }
  }
  const double products = static_cast<double>(queries) * static_cast<double>(c.prototypes);
  return {[data, queries] {
            for (Index done = 0; done < queries; done += data->features.rows()) {
              multiply(*data, std::min(queries - done, data->features.rows()));
            }
          },
          static_cast<double>(queries),
          2.0 * products * static_cast<double>(c.feature_dim)};
}

}  // namespace

std::vector<Workload> product_workloads() {
  std::vector<Workload> workloads;
  for (const ProductCase& c : kCases) {
    workloads.push_back(
        {c.name,
         "the float32 products of search/" + std::string(c.name).substr(8) + " alone",
         "rows",
         [c](const Options& options) { return prepare(c, options); }});
  }
  return workloads;
}

}  // namespace dem::bench
