// Of distances the bank's mean is taken off both sides first, so that squares are no larger than
// they must be; |p|^2 is the same for the whole bank and goes in at the end.
#include "dem/model/hub_correction.h"

#include <cmath>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "linalg/blas.h"
#include "linalg/double_sums.h"
#include "linalg/mean_row.h"
#include "model/mean_of_largest.h"

namespace dem {
namespace {

constexpr Index kBlockOfPrototypes = 256;

// Rows less `centre` (empty: 0), times 1 / |row| for the cosine.
Matrix<float> prepared(MatrixView<const float> rows,
                       std::span<const double> centre,
                       Metric metric) {
  Matrix<float> out = Matrix<float>::uninitialised(rows.rows(), rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    const double norm = metric == Metric::kCosine ? std::sqrt(squared_norm(rows.row(i))) : 1.0;
    const double divisor = norm > 0.0 ? norm : 1.0;
    for (Index d = 0; d < rows.cols(); ++d) {
      const double shift = centre.empty() ? 0.0 : centre[at(d)];
      out(i, d) = static_cast<float>((double{rows(i, d)} - shift) / divisor);
    }
  }
  return out;
}

std::vector<double> squared_norms(MatrixView<const float> rows) {
  std::vector<double> out;
  for (Index i = 0; i < rows.rows(); ++i) out.push_back(squared_norm(rows.row(i)));
  return out;
}

}  // namespace

HubCorrection HubCorrection::clone() const {
  return {metric, {term.weight, term.nearest, term.seen.clone()}};
}

std::vector<double> HubCorrection::of(MatrixView<const float> prototypes) const {
  const bool by_distance = metric == Metric::kEuclidean;
  const std::vector<double> centre =
      by_distance ? mean_row(term.seen.view()) : std::vector<double>();
  const Matrix<float> bank = prepared(term.seen, centre, metric);
  const std::vector<double> lengths =
      by_distance ? squared_norms(bank) : std::vector<double>(at(bank.rows()), 0.0);
  std::vector<double> out(at(prototypes.rows()), 0.0);
  for (Index first = 0; first < prototypes.rows(); first += kBlockOfPrototypes) {
    const Index count = std::min(kBlockOfPrototypes, prototypes.rows() - first);
    const Matrix<float> rows = prepared(prototypes.row_block(first, count), centre, metric);
    Matrix<float> closeness = Matrix<float>::uninitialised(count, bank.rows());
    gemm(Transpose::kNo, Transpose::kYes, by_distance ? 2.0f : 1.0f, rows, bank, 0.0f, closeness);
    constexpr Index kGrain = 16;
    parallel_for(count, kGrain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        const std::span<float> row = closeness.row(i);
        for (std::size_t s = 0; s < row.size(); ++s) {
          row[s] = static_cast<float>(double{row[s]} - lengths[s]);
        }
        const double own = by_distance ? squared_norm(rows.view().row(i)) : 0.0;
        const double nearness = mean_of_largest(row, kNoneLeftOut, term.nearest) - own;
        out[at(first + i)] = double{term.weight} * nearness;
      }
    });
  }
  return out;
}

std::string HubCorrection::to_string() const {
  return concat(term.weight, " x nearness to ", term.nearest, " of ", term.seen.rows(), " classes");
}

}  // namespace dem
