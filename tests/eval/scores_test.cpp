#include "dem/eval/scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "dem/base/error.h"

namespace dem {
namespace {

using Classes = std::vector<ClassId>;

ErrorKind kind_of_failure(const auto& call) {
  try {
    static_cast<void>(call());
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "expected an error";
  return ErrorKind::kInternal;
}

// Class 4: 3 of 4 right; class 9: 0 of 1; class 2: 1 of 1.
//   per sample 4/6; per class (3/4 + 0 + 1) / 3 = 7/12
TEST(Accuracy, TheWorkedExample) {
  const Classes truth = {4, 4, 9, 4, 2, 4};
  const Classes predicted = {4, 2, 4, 4, 2, 4};
  EXPECT_DOUBLE_EQ(sample_accuracy(truth, predicted), 4.0 / 6.0);
  EXPECT_DOUBLE_EQ(per_class_accuracy(truth, predicted), 7.0 / 12.0);
}

TEST(Accuracy, OfNothingIsNotANumber) {
  EXPECT_TRUE(std::isnan(sample_accuracy({}, {})));
  EXPECT_TRUE(std::isnan(per_class_accuracy({}, {})));
}

TEST(Accuracy, PerClassCountsEveryClassTheSame) {
  Classes truth(1000, 0);
  Classes predicted(1000, 0);
  truth.push_back(1);
  predicted.push_back(0);
  EXPECT_DOUBLE_EQ(per_class_accuracy(truth, predicted), 0.5);
  EXPECT_DOUBLE_EQ(sample_accuracy(truth, predicted), 1000.0 / 1001.0);
}

TEST(Accuracy, NeedsAPredictionASample) {
  const Classes one = {1};
  const Classes two = {1, 2};
  EXPECT_EQ(kind_of_failure([&] { return sample_accuracy(one, two); }), ErrorKind::kShapeMismatch);
  EXPECT_EQ(kind_of_failure([&] { return per_class_accuracy(two, one); }),
            ErrorKind::kShapeMismatch);
}

TEST(HarmonicMean, LiesBetweenItsPartsAndBelowTwiceTheSmaller) {
  EXPECT_EQ(harmonic_mean(0.0, 0.0), 0.0);
  EXPECT_EQ(harmonic_mean(0.0, 0.7), 0.0);
  EXPECT_DOUBLE_EQ(harmonic_mean(0.25, 0.75), 0.375);
  std::mt19937 generator(1);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (int i = 0; i < 1000; ++i) {
    const double u = uniform(generator);
    const double s = uniform(generator);
    const double h = harmonic_mean(u, s);
    ASSERT_DOUBLE_EQ(h, harmonic_mean(s, u));
    ASSERT_GE(h, std::min(u, s) * (1 - 1e-15)) << u << " " << s;
    ASSERT_LE(h, std::min(2 * std::min(u, s), std::max(u, s)) * (1 + 1e-15)) << u << " " << s;
  }
}

// Three queries, their two nearest of four prototypes: (2, 0), (2, 3), (0, 2).
TEST(KOccurrence, CountsTheQueriesThatHaveAPrototypeAmongTheirNearest) {
  Matrix<std::int32_t> nearest(3, 2);
  const std::int32_t rows[3][2] = {{2, 0}, {2, 3}, {0, 2}};
  for (Index i = 0; i < 3; ++i) std::copy_n(rows[i], 2, nearest.row(i).begin());
  EXPECT_EQ(k_occurrence(nearest, 1, 4), (std::vector<Index>{1, 0, 2, 0}));
  EXPECT_EQ(k_occurrence(nearest, 2, 4), (std::vector<Index>{2, 0, 3, 1}));
  for (const Index k : {0, 3}) {
    EXPECT_EQ(kind_of_failure([&] { return k_occurrence(nearest, k, 4); }),
              ErrorKind::kInvalidArgument);
  }
  EXPECT_EQ(kind_of_failure([&] { return k_occurrence(nearest, 2, 3); }),
            ErrorKind::kInvalidArgument);
}

// Counts 0, 0, 0, 4: mean 1, deviations -1, -1, -1, 3, second moment 12/4 = 3, third 24/4 = 6:
// skewness 6 / 3^(3/2) = 2 / sqrt(3).
TEST(Skewness, TheWorkedExample) {
  const std::vector<Index> counts = {0, 0, 0, 4};
  EXPECT_DOUBLE_EQ(skewness(counts).value(), 2.0 / std::sqrt(3.0));
  const std::vector<Index> mirrored = {4, 4, 4, 0};
  EXPECT_DOUBLE_EQ(skewness(mirrored).value(), -2.0 / std::sqrt(3.0));
}

// python3 -c "from scipy.stats import skew; print(repr(skew([5, 0, 1, 3, 0, 0, 12, 2])))"
TEST(Skewness, AgreesWithSciPy) {
  const std::vector<Index> counts = {5, 0, 1, 3, 0, 0, 12, 2};
  EXPECT_NEAR(skewness(counts).value(), 1.546473172971976, 1e-14);
}

TEST(Skewness, NeedsCountsThatDiffer) {
  EXPECT_FALSE(skewness({}).has_value());
  EXPECT_FALSE(skewness(std::vector<Index>{3}).has_value());
  EXPECT_FALSE(skewness(std::vector<Index>{3, 3, 3}).has_value());
  EXPECT_NEAR(skewness(std::vector<Index>{3, 1}).value(), 0.0, 1e-15);
}

}  // namespace
}  // namespace dem
