#include "learn/dem/network_input.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "learn/kernel/products.h"
#include "learn/kernel/span.h"
#include "learn/solutions.h"

namespace dem {
namespace {

constexpr double kLeastRadius = 1e-12;

// All rows less the centre, over the radius.
Matrix<double> centred_rows(MatrixView<const double> rows,
                            std::span<const double> centre,
                            double radius) {
  Matrix<double> out = Matrix<double>::uninitialised(rows.rows(), rows.cols());
  for (Index c = 0; c < rows.rows(); ++c) {
    for (Index j = 0; j < rows.cols(); ++j) out(c, j) = (rows(c, j) - centre[at(j)]) / radius;
  }
  return out;
}

Matrix<double> some_rows(const Matrix<double>& rows, std::span<const Index> which) {
  Matrix<double> out = Matrix<double>::uninitialised(static_cast<Index>(which.size()), rows.cols());
  for (std::size_t i = 0; i < which.size(); ++i) {
    const auto row = rows.row(which[i]);
    std::copy(row.begin(), row.end(), out.row(static_cast<Index>(i)).begin());
  }
  return out;
}

}  // namespace

NetworkInputs::NetworkInputs(MatrixView<const double> unit_rows, std::span<const Index> seen)
    : centre(at(unit_rows.cols())) {
  const auto count = static_cast<double>(std::max<std::size_t>(1, seen.size()));
  for (const Index c : seen) {
    for (Index j = 0; j < unit_rows.cols(); ++j) centre[at(j)] += unit_rows(c, j) / count;
  }
  double squares = 0.0;
  for (const Index c : seen) {
    for (Index j = 0; j < unit_rows.cols(); ++j) {
      const double difference = unit_rows(c, j) - centre[at(j)];
      squares += difference * difference;
    }
  }
  const double distance = std::sqrt(squares / count);
  if (distance > kLeastRadius) radius = distance;
  Matrix<double> centred = centred_rows(unit_rows, centre, radius);
  if (static_cast<Index>(seen.size()) <= centred.cols()) {
    basis = span_of(some_rows(centred, seen));
    centred = times<double>(centred, *basis);
  }
  rows = rounded(centred);
}

}  // namespace dem
