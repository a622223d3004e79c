// Kernel regression against solving each system anew, without its decomposition.
#include "learn/kernel/kernel_regression.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/at.h"
#include "base/rng.h"

namespace dem {
namespace {

using Table = std::vector<std::vector<double>>;

constexpr Index kClasses = 11;
constexpr Index kTargets = 3;
constexpr double kRidge = 0.05;

struct Case {
  KernelKind kind;
  Index embedding_dim;  // below kClasses: linear and centred kernels have few features
};

Matrix<double> unit_rows(Index rows, Index cols, Rng& rng) {
  Matrix<double> out(rows, cols);
  for (Index i = 0; i < rows; ++i) {
    double squared = 0.0;
    for (double& value : out.row(i)) {
      value = rng.normal() + 0.5;
      squared += value * value;
    }
    for (double& value : out.row(i)) value /= std::sqrt(squared);
  }
  return out;
}

// The kernel matrix of some rows, by the kernel's own function, which has tests of its own.
Table kernel_of(const Kernel& kernel, const Matrix<double>& rows, const Matrix<double>& others) {
  const Matrix<double> values = kernel.between(rows, others);
  Table out;
  for (Index i = 0; i < values.rows(); ++i) {
    out.emplace_back(values.row(i).begin(), values.row(i).end());
  }
  return out;
}

// Solves (K + ridge) x = b for the columns of b by elimination with pivots.
Table solve(Table system, Table b) {
  const std::size_t n = system.size();
  for (std::size_t i = 0; i < n; ++i) system[i][i] += kRidge;
  for (std::size_t p = 0; p < n; ++p) {
    std::size_t largest = p;
    for (std::size_t i = p; i < n; ++i) {
      if (std::abs(system[i][p]) > std::abs(system[largest][p])) largest = i;
    }
    std::swap(system[p], system[largest]);
    std::swap(b[p], b[largest]);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == p) continue;
      const double factor = system[i][p] / system[p][p];
      for (std::size_t j = 0; j < n; ++j) system[i][j] -= factor * system[p][j];
      for (std::size_t j = 0; j < b[i].size(); ++j) b[i][j] -= factor * b[p][j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (double& value : b[i]) value /= system[i][i];
  }
  return b;
}

Table without(const Table& all, std::size_t row, bool and_column) {
  Table out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == row) continue;
    out.push_back(all[i]);
    if (and_column) out.back().erase(out.back().begin() + static_cast<std::ptrdiff_t>(row));
  }
  return out;
}

Table rows_of(const Matrix<double>& matrix) {
  Table out;
  for (Index i = 0; i < matrix.rows(); ++i) {
    out.emplace_back(matrix.row(i).begin(), matrix.row(i).end());
  }
  return out;
}

class KernelRegressionTest : public ::testing::TestWithParam<Case> {
 protected:
  KernelRegressionTest()
      : rng_(5, Purpose::kSynthetic),
        support_(unit_rows(kClasses, GetParam().embedding_dim, rng_)),
        means_(unit_rows(kClasses, kTargets, rng_)),
        held_out_(unit_rows(4, GetParam().embedding_dim, rng_)),
        regression_(GetParam().kind, support_, means_),
        kernel_(kernel_of(regression_.kernel(), support_, support_)) {}

  Rng rng_;
  Matrix<double> support_, means_, held_out_;
  KernelRegression regression_;
  Table kernel_;
};

// Class c predicted by a regression on the others alone, and what that leaves of its variance.
TEST_P(KernelRegressionTest, LeavesEachClassOutAsIfTheOthersWereAll) {
  const KernelRegression::LeftOut got = regression_.leave_one_out(kRidge);
  for (std::size_t c = 0; c < at(kClasses); ++c) {
    const Table others = without(kernel_, c, true);
    std::vector<double> to_others = kernel_[c];
    to_others.erase(to_others.begin() + static_cast<std::ptrdiff_t>(c));
    const Table weights = solve(others, without(rows_of(means_), c, false));
    for (Index j = 0; j < kTargets; ++j) {
      double predicted = 0.0;
      for (std::size_t i = 0; i < to_others.size(); ++i) {
        predicted += to_others[i] * weights[i][at(j)];
      }
      const auto row = static_cast<Index>(c);
      EXPECT_NEAR(got.residuals(row, j), means_(row, j) - predicted, 1e-9) << c;
    }
    Table column;
    for (const double value : to_others) column.push_back({value});
    const Table solved = solve(others, column);
    double variance = kernel_[c][c] + kRidge;
    for (std::size_t i = 0; i < to_others.size(); ++i) variance -= to_others[i] * solved[i][0];
    EXPECT_NEAR(got.variances[c], variance, 1e-9) << c;
  }
}

TEST_P(KernelRegressionTest, PredictsOtherClassesAsTheSystemDoes) {
  const Table solved = solve(kernel_, rows_of(means_));
  const Table to_support = kernel_of(regression_.kernel(), held_out_, support_);
  const Matrix<double> coefficients = regression_.coefficients(kRidge, regression_.targets());
  const Matrix<double> basis = regression_.in_basis(held_out_);
  const std::vector<double> shrinkage = regression_.shrinkage(kRidge);
  for (Index i = 0; i < held_out_.rows(); ++i) {
    for (Index j = 0; j < kTargets; ++j) {
      double expected = 0.0, by_coefficients = 0.0, by_basis = 0.0;
      for (Index c = 0; c < kClasses; ++c) {
        expected += to_support[at(i)][at(c)] * solved[at(c)][at(j)];
        by_coefficients += to_support[at(i)][at(c)] * coefficients(c, j);
      }
      for (Index k = 0; k < basis.cols(); ++k) {
        by_basis += basis(i, k) * shrinkage[at(k)] * regression_.targets()(k, j);
      }
      EXPECT_NEAR(by_coefficients, expected, 1e-9);
      EXPECT_NEAR(by_basis, expected, 1e-9);
    }
  }
}

// |k root|^2 = k (K + ridge)^-1 k'.
TEST_P(KernelRegressionTest, HasTheRootOfTheInverse) {
  const Table to_support = kernel_of(regression_.kernel(), held_out_, support_);
  const Matrix<double> root = regression_.root(kRidge);
  EXPECT_EQ(root.rows(), kClasses);
  for (const std::vector<double>& row : to_support) {
    Table column;
    for (const double value : row) column.push_back({value});
    const Table solved = solve(kernel_, column);
    double expected = 0.0, got = 0.0;
    for (std::size_t c = 0; c < row.size(); ++c) expected += row[c] * solved[c][0];
    for (Index k = 0; k < root.cols(); ++k) {
      double sum = 0.0;
      for (Index c = 0; c < kClasses; ++c) sum += row[at(c)] * root(c, k);
      got += sum * sum;
    }
    EXPECT_NEAR(got, expected, 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels,
                         KernelRegressionTest,
                         testing::Values(Case{KernelKind::kLinear, 4},
                                         Case{KernelKind::kLinear, 20},
                                         Case{KernelKind::kCentred, 4},
                                         Case{KernelKind::kCentred, 20},
                                         Case{KernelKind::kQuartic, 4},
                                         Case{KernelKind::kGaussian, 4}),
                         [](const auto& one) {
                           return std::string(to_string(one.param.kind)) + "Of" +
                                  std::to_string(one.param.embedding_dim);
                         });

// Of few features nothing of [classes, classes] is kept.
TEST(KernelRegressionRank, IsThatOfTheDescriptions) {
  Rng rng(6, Purpose::kSynthetic);
  Matrix<double> support = unit_rows(kClasses, 4, rng);
  const Matrix<double> means = unit_rows(kClasses, kTargets, rng);
  EXPECT_EQ(KernelRegression(KernelKind::kLinear, support, means).root(kRidge).cols(), 4);
  // A column of zeros is no feature.
  for (Index c = 0; c < kClasses; ++c) support(c, 1) = 0.0;
  EXPECT_EQ(KernelRegression(KernelKind::kLinear, support, means).root(kRidge).cols(), 3);
  // Descriptions that are all the same: a centred kernel of zeros predicts nothing.
  for (Index c = 0; c < kClasses; ++c) {
    for (Index j = 0; j < 4; ++j) support(c, j) = 0.5;
  }
  const KernelRegression same(KernelKind::kCentred, support, means);
  const KernelRegression::LeftOut left = same.leave_one_out(kRidge);
  for (Index c = 0; c < kClasses; ++c) {
    for (Index j = 0; j < kTargets; ++j) EXPECT_NEAR(left.residuals(c, j), means(c, j), 1e-12);
  }
}

}  // namespace
}  // namespace dem
