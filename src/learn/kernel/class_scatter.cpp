#include "learn/kernel/class_scatter.h"

#include <algorithm>
#include <numeric>

#include "base/at.h"
#include "learn/kernel/products.h"
#include "learn/solutions.h"
#include "linalg/symmetric_eigen.h"

namespace dem {
namespace {

// Of the mean square of class means about their centre, and of the centre's own, which the rounding
// of means grows with: below, there is no scatter that means anything.
constexpr double kLeastScatter = 1e-12;
constexpr double kLeastOfCentre = 1e-18;

// The classes with images, their counts and their means less the mean of these.
void take_means(const ClassStatistics& statistics, ClassScatter& out, Matrix<double>& means) {
  for (std::size_t c = 0; c < statistics.counts.size(); ++c) {
    if (statistics.counts[c] == 0) continue;
    out.classes.push_back(static_cast<ClassId>(c));
    out.counts.push_back(static_cast<double>(statistics.counts[c]));
    out.noise += 1.0 / static_cast<double>(statistics.counts[c]);
  }
  const auto num_classes = static_cast<Index>(out.classes.size());
  const Index dim = statistics.feature_dim();
  out.noise /= static_cast<double>(std::max<Index>(1, num_classes));
  out.centre.assign(at(dim), 0.0);
  means = Matrix<double>::uninitialised(num_classes, dim);
  for (Index i = 0; i < num_classes; ++i) {
    const auto mean = statistics.means.row(out.classes[at(i)]);
    std::copy(mean.begin(), mean.end(), means.row(i).begin());
    for (Index j = 0; j < dim; ++j) out.centre[at(j)] += mean[at(j)];
  }
  for (double& value : out.centre) value /= static_cast<double>(std::max<Index>(1, num_classes));
  for (Index i = 0; i < num_classes; ++i) {
    for (Index j = 0; j < dim; ++j) means(i, j) -= out.centre[at(j)];
  }
}

double mean_square(MatrixView<const double> matrix) {
  double sum = 0.0;
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (const double value : matrix.row(i)) sum += value * value;
  }
  return sum / static_cast<double>(std::max<Index>(1, matrix.rows() * matrix.cols()));
}

// Variances in any unit: at least a part of what the means have. Where there is nothing but zeros
// any unit will do.
double scatter_above_rounding(double mean_variance, double of_means, double of_centre) {
  const double least = kLeastScatter * of_means + kLeastOfCentre * of_centre;
  const double found = std::max(mean_variance, least);
  return found > 0.0 ? found : 1.0;
}

Matrix<double> identity(Index size) {
  Matrix<double> out(size, size);
  for (Index i = 0; i < size; ++i) out(i, i) = 1.0;
  return out;
}

}  // namespace

ClassScatter class_scatter(const ClassStatistics& statistics) {
  ClassScatter out;
  Matrix<double> means;
  take_means(statistics, out, means);
  const Index dim = statistics.feature_dim();
  const Index freedom = statistics.num_images() - means.rows();
  const double of_means = mean_square(means);
  const double of_centre = mean_square({out.centre.data(), 1, dim});
  if (freedom <= 0) {
    out.axes = identity(dim);
    out.mean_variance = scatter_above_rounding(of_means, of_means, of_centre);
    out.variance.assign(at(dim), out.mean_variance);
    out.means = std::move(means);
    return out;
  }
  Matrix<double> covariance = statistics.second_moment.clone();
  for (Index i = 0; i < dim; ++i) {
    for (double& value : covariance.row(i)) value /= static_cast<double>(freedom);
  }
  SymmetricEigen eigen = symmetric_eigen(std::move(covariance));
  for (double& value : eigen.values) value = std::max(value, 0.0);
  out.mean_variance = scatter_above_rounding(
      std::accumulate(eigen.values.begin(), eigen.values.end(), 0.0) / static_cast<double>(dim),
      of_means,
      of_centre);
  out.variance = std::move(eigen.values);
  out.axes = std::move(eigen.vectors);
  out.means = times_transposed<double>(means, out.axes);
  return out;
}

Matrix<float> ClassScatter::turned(MatrixView<const float> features) const {
  Matrix<float> centred = Matrix<float>::uninitialised(features.rows(), features.cols());
  for (Index i = 0; i < features.rows(); ++i) {
    for (Index j = 0; j < features.cols(); ++j) {
      centred(i, j) = static_cast<float>(double{features(i, j)} - centre[at(j)]);
    }
  }
  return times_transposed<float>(centred, rounded(axes));
}

}  // namespace dem
