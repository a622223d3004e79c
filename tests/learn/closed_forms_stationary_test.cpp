// What makes a closed form one: its objective, written out over single images, does not move to
// first order.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "learn/linear/eszsl.h"
#include "learn/linear/ridge_to_features.h"
#include "learn/linear/ridge_to_semantics.h"
#include "learn/linear/semantic_autoencoder.h"
#include "support/closed_form_case.h"

namespace dem::test {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// |W in + b - out|^2; b may be empty.
double squared_error(const Matrix<double>& weight,
                     std::span<const double> bias,
                     std::span<const double> in,
                     std::span<const double> out) {
  double total = 0.0;
  for (Index i = 0; i < weight.rows(); ++i) {
    double sum = (bias.empty() ? 0.0 : bias[at(i)]) - out[at(i)];
    for (Index k = 0; k < weight.cols(); ++k) sum += weight(i, k) * in[at(k)];
    total += sum * sum;
  }
  return total;
}

// Central differences of a quadratic are exact but for rounding: an objective of some hundreds of
// positive terms is wrong by at most as many epsilons of itself, which the difference divides by
// the step.
void expect_stationary(const std::function<double()>& objective, std::span<double> parameters) {
  constexpr double kStep = 1e-2;
  constexpr double kTerms = 1000.0;
  const double least = objective();
  for (double& parameter : parameters) {
    const double kept = parameter;
    parameter = kept + kStep;
    const double above = objective();
    parameter = kept - kStep;
    const double below = objective();
    parameter = kept;
    ASSERT_NEAR(
        (above - below) / (2.0 * kStep), 0.0, kTerms * kEpsilon * std::max(above, below) / kStep);
    ASSERT_GT(std::min(above, below), least);
  }
}

// Fewer and more features than images, attributes than classes.
class Stationary : public testing::TestWithParam<std::pair<Index, Index>> {
 protected:
  Images images_{15, GetParam().first, GetParam().second};
};

TEST_P(Stationary, RidgeToFeatures) {
  constexpr double kLambda = 0.7;
  RidgeMap map =
      RidgeToFeatures(images_.embeddings, images_.statistics, Shifts::kOne).solve(kLambda);
  const auto objective = [&] {
    double total = kLambda * squared(map.weight);
    for (Index i = 0; i < images_.features.rows(); ++i) {
      total += squared_error(map.weight, map.bias, images_.embedding_of(i), images_.feature(i));
    }
    return total;
  };
  expect_stationary(objective, all_of(map.weight));
  expect_stationary(objective, map.bias);
}

TEST_P(Stationary, RidgeToSemantics) {
  constexpr double kLambda = 0.7;
  RidgeMap map =
      RidgeToSemantics(images_.embeddings, images_.statistics, Shifts::kMany).solve(kLambda);
  const auto objective = [&] {
    double total = kLambda * squared(map.weight);
    for (Index i = 0; i < images_.features.rows(); ++i) {
      total += squared_error(map.weight, map.bias, images_.feature(i), images_.embedding_of(i));
    }
    return total;
  };
  expect_stationary(objective, all_of(map.weight));
  expect_stationary(objective, map.bias);
}

TEST_P(Stationary, SemanticAutoencoder) {
  constexpr double kLambda = 0.3;
  Matrix<double> encoder =
      SemanticAutoencoder(images_.embeddings, images_.statistics).solve(kLambda);
  const auto objective = [&] {
    Matrix<double> decoder(encoder.cols(), encoder.rows());
    for (Index i = 0; i < decoder.rows(); ++i) {
      for (Index k = 0; k < decoder.cols(); ++k) decoder(i, k) = encoder(k, i);
    }
    double total = 0.0;
    for (Index i = 0; i < images_.features.rows(); ++i) {
      const std::vector<double> x = images_.feature(i);
      total += squared_error(decoder, {}, images_.embedding_of(i), x);
      total += kLambda * squared_error(encoder, {}, x, images_.embedding_of(i));
    }
    return total;
  };
  expect_stationary(objective, all_of(encoder));
}

// |X V S' - Y|^2 + gamma |V S'|^2 + lambda |X V|^2 + gamma lambda |V|^2, with X and Y centred or
// not.
class EszslObjective {
 public:
  EszslObjective(const Images& images, LabelCoding coding)
      : x_(images.features.rows(), images.features.cols()),
        y_(x_.rows(), kClasses - 1),
        s_(kClasses - 1, images.embeddings.cols()) {
    for (Index c = 0, seen = 0; c < kClasses; ++c) {
      if (c == kEmptyClass) continue;
      std::copy_n(images.embeddings.row(c).begin(), s_.cols(), s_.row(seen).begin());
      for (Index i = 0; i < x_.rows(); ++i) y_(i, seen) = images.labels[at(i)] == c ? 1.0 : -1.0;
      ++seen;
    }
    std::copy_n(images.features.data(), x_.size(), x_.data());
    if (coding == LabelCoding::kCentered) {
      centre(x_);
      centre(y_);
    }
  }

  [[nodiscard]] double value(const Matrix<double>& v, double gamma, double lambda) const {
    const Matrix<double> xv = times(x_, v);
    Matrix<double> errors = times_transposed(xv, s_);
    for (Index i = 0; i < errors.size(); ++i) errors.data()[i] -= y_.data()[i];
    return squared(errors) + gamma * squared(times_transposed(v, s_)) + lambda * squared(xv) +
           gamma * lambda * squared(v);
  }

 private:
  static void centre(Matrix<double>& matrix) {
    for (Index j = 0; j < matrix.cols(); ++j) {
      double sum = 0.0;
      for (Index i = 0; i < matrix.rows(); ++i) sum += matrix(i, j);
      for (Index i = 0; i < matrix.rows(); ++i) {
        matrix(i, j) -= sum / static_cast<double>(matrix.rows());
      }
    }
  }
  static Matrix<double> times(const Matrix<double>& a, const Matrix<double>& b) {
    Matrix<double> c(a.rows(), b.cols());
    for (Index i = 0; i < c.rows(); ++i) {
      for (Index j = 0; j < c.cols(); ++j) {
        for (Index k = 0; k < b.rows(); ++k) c(i, j) += a(i, k) * b(k, j);
      }
    }
    return c;
  }
  static Matrix<double> times_transposed(const Matrix<double>& a, const Matrix<double>& b) {
    Matrix<double> c(a.rows(), b.rows());
    for (Index i = 0; i < c.rows(); ++i) {
      for (Index j = 0; j < c.cols(); ++j) {
        for (Index k = 0; k < b.cols(); ++k) c(i, j) += a(i, k) * b(j, k);
      }
    }
    return c;
  }

  Matrix<double> x_, y_, s_;
};

TEST_P(Stationary, Eszsl) {
  constexpr double kGamma = 2.0;
  constexpr double kLambda = 0.4;
  for (const LabelCoding coding : {LabelCoding::kSigned, LabelCoding::kCentered}) {
    const EszslObjective objective(images_, coding);
    BilinearScore score =
        Eszsl(images_.embeddings, images_.statistics, coding, Shifts::kOne).solve(kGamma, kLambda);
    expect_stationary([&] { return objective.value(score.weight, kGamma, kLambda); },
                      all_of(score.weight));
  }
}

INSTANTIATE_TEST_SUITE_P(EveryShape,
                         Stationary,
                         testing::Values(std::pair<Index, Index>{7, 3},
                                         std::pair<Index, Index>{18, 3},
                                         std::pair<Index, Index>{7, 8},
                                         std::pair<Index, Index>{18, 8}));

}  // namespace
}  // namespace dem::test
