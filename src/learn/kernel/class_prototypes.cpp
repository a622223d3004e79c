#include "learn/kernel/class_prototypes.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/at.h"
#include "learn/kernel/products.h"

namespace dem {
namespace {

constexpr double kLeastVariance = 1e-9;
constexpr double kLeastNorm = 1e-30;

// A class mean less a part of its residual, part(c, j) of coordinate j.
template <typename Part>
Matrix<double> drawn_in(const FoldProblem& problem,
                        const TurnedSpace& space,
                        const KernelSettings& settings,
                        Part&& part) {
  Matrix<double> means = space.project(problem.scatter().means);
  const Matrix<double> residuals =
      space.project(problem.left_out(settings.kernel, settings.lambda).residuals);
  for (Index c = 0; c < means.rows(); ++c) {
    for (Index j = 0; j < means.cols(); ++j) means(c, j) -= part(c, j) * residuals(c, j);
  }
  return means;
}

// The largest `count` values first, in order.
void sort_largest(std::span<double> values, Index count) {
  const auto taken = std::min(at(count), values.size());
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(taken);
  std::nth_element(values.begin(), end, values.end(), std::greater<>());
  std::sort(values.begin(), end, std::greater<>());
}

double mean_of_first(std::span<const double> values, Index count) {
  const auto taken = std::min(at(count), values.size());
  const double sum = std::accumulate(values.begin(), values.begin() + taken, 0.0);
  return sum / static_cast<double>(std::max<std::size_t>(1, taken));
}

double power(double value, double exponent) {
  return exponent == 1.0 ? value : std::pow(value, exponent);
}

}  // namespace

Matrix<double> predicted_in(MatrixView<const double> targets,
                            const FoldProblem& problem,
                            const KernelSpec& kernel,
                            double lambda) {
  Matrix<double> rows = problem.held_out_in_basis(kernel).clone();
  scale_columns(rows.view(), problem.regression(kernel).shrinkage(lambda));
  return times<double>(rows, targets);
}

Matrix<double> predicted_prototypes(const FoldProblem& problem,
                                    const TurnedSpace& space,
                                    KernelKind kernel,
                                    double lambda) {
  return predicted_in(space.project(problem.regression(kernel).targets()), problem, kernel, lambda);
}

Matrix<double> blended_prototypes(const FoldProblem& problem,
                                  const TurnedSpace& space,
                                  const KernelSettings& settings) {
  const std::vector<double>& counts = problem.scatter().counts;
  return drawn_in(problem, space, settings, [&](Index c, Index j) {
    const double n = counts[at(c)];
    if (settings.blend >= 0.0) return settings.blend / (settings.blend + n);
    return 1.0 / (1.0 + n * space.residual[at(j)] / -settings.blend);
  });
}

double unit_variance(const FoldProblem& problem, const KernelSettings& settings) {
  const auto& variances = problem.left_out(settings.kernel, settings.lambda).variances;
  return std::accumulate(variances.begin(), variances.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(1, variances.size()));
}

Gaussians held_out_gaussians(const FoldProblem& problem,
                             const TurnedSpace& space,
                             const KernelSettings& settings) {
  Gaussians out;
  out.mean = predicted_prototypes(problem, space, settings.kernel, settings.lambda);
  out.variance = Matrix<double>::uninitialised(out.mean.rows(), out.mean.cols());
  const KernelRegression& regression = problem.regression(settings.kernel);
  const std::vector<double> shrinkage = regression.shrinkage(settings.lambda);
  const std::vector<double> alone = regression.kernel().with_itself(problem.held_out());
  const Matrix<double>& rows = problem.held_out_in_basis(settings.kernel);
  const double unit = unit_variance(problem, settings);
  for (Index c = 0; c < out.mean.rows(); ++c) {
    double explained = 0.0;
    for (Index k = 0; k < rows.cols(); ++k) explained += rows(c, k) * rows(c, k) * shrinkage[at(k)];
    const double v = std::max(alone[at(c)] + settings.lambda - explained, kLeastVariance) / unit;
    const double factor = settings.strength * power(v, settings.exponent);
    for (Index j = 0; j < out.mean.cols(); ++j) {
      out.variance(c, j) = 1.0 + factor * space.residual[at(j)];
    }
  }
  return out;
}

Gaussians seen_gaussians(const FoldProblem& problem,
                         const TurnedSpace& space,
                         const KernelSettings& settings) {
  const std::vector<double>& counts = problem.scatter().counts;
  const auto& variances = problem.left_out(settings.kernel, settings.lambda).variances;
  const double unit = unit_variance(problem, settings);
  const auto prior = [&](Index c, Index j) {
    return settings.strength * power(variances[at(c)] / unit, settings.exponent) *
           space.residual[at(j)];
  };
  Gaussians out;
  out.mean = drawn_in(problem, space, settings, [&](Index c, Index j) {
    return 1.0 / (1.0 + counts[at(c)] * prior(c, j));
  });
  out.variance = Matrix<double>::uninitialised(out.mean.rows(), out.mean.cols());
  for (Index c = 0; c < out.mean.rows(); ++c) {
    for (Index j = 0; j < out.mean.cols(); ++j) {
      const double rho = prior(c, j);
      out.variance(c, j) = 1.0 + rho / (1.0 + counts[at(c)] * rho);
    }
  }
  return out;
}

Matrix<double> weighted_unit_rows(MatrixView<const double> rows,
                                  const std::vector<double>& weights) {
  Matrix<double> out = Matrix<double>::uninitialised(rows.rows(), rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    double squared = 0.0;
    for (Index j = 0; j < rows.cols(); ++j) {
      out(i, j) = rows(i, j) * std::sqrt(weights[at(j)]);
      squared += out(i, j) * out(i, j);
    }
    const double norm = std::sqrt(std::max(squared, kLeastNorm));
    for (double& value : out.row(i)) value /= norm;
  }
  return out;
}

Index hub_count(double fraction, Index num_seen) {
  const auto wanted = static_cast<Index>(std::llround(fraction * static_cast<double>(num_seen)));
  return std::clamp<Index>(wanted, 1, std::max<Index>(1, num_seen));
}

std::vector<std::vector<double>> hub_biases(MatrixView<const double> rows,
                                            MatrixView<const double> seen,
                                            std::span<const Index> counts,
                                            bool own) {
  constexpr Index kBlock = 512;
  std::vector<std::vector<double>> biases(counts.size(), std::vector<double>(at(rows.rows())));
  const Index most = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  for (Index first = 0; first < rows.rows(); first += kBlock) {
    const Index block = std::min(kBlock, rows.rows() - first);
    Matrix<double> cosines = times_transposed<double>(rows.row_block(first, block), seen);
    for (Index i = 0; i < block; ++i) {
      std::span<double> row = cosines.row(i);
      if (own) {
        std::swap(row[at(first + i)], row.back());
        row = row.first(row.size() - 1);
      }
      sort_largest(row, most);
      for (std::size_t k = 0; k < counts.size(); ++k) {
        biases[k][at(first + i)] = mean_of_first(row, counts[k]);
      }
    }
  }
  return biases;
}

}  // namespace dem
