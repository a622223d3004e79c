// What must not matter to closed forms, and what they refuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/learn/family.h"
#include "learn/closed_form_problem.h"
#include "learn/linear/eszsl.h"
#include "learn/linear/ridge_to_features.h"
#include "learn/linear/ridge_to_semantics.h"
#include "learn/linear/semantic_autoencoder.h"
#include "support/closed_form_case.h"
#include "support/files.h"

namespace dem::test {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// Weights of all closed forms, one behind another.
std::vector<double> all_weights(MatrixView<const double> embeddings,
                                const ClassStatistics& statistics,
                                Shifts shifts) {
  std::vector<double> weights;
  const auto append = [&](std::span<const double> more) {
    weights.insert(weights.end(), more.begin(), more.end());
  };
  const auto append_matrix = [&](Matrix<double> matrix) { append(all_of(matrix)); };
  RidgeMap map = RidgeToFeatures(embeddings, statistics, shifts).solve(0.5);
  append(map.bias);
  append_matrix(std::move(map.weight));
  map = RidgeToSemantics(embeddings, statistics, shifts).solve(0.5);
  append(map.bias);
  append_matrix(std::move(map.weight));
  for (const LabelCoding coding : {LabelCoding::kSigned, LabelCoding::kCentered}) {
    BilinearScore score = Eszsl(embeddings, statistics, coding, shifts).solve(0.5, 0.5);
    append(score.centre);
    append_matrix(std::move(score.weight));
  }
  append_matrix(SemanticAutoencoder(embeddings, statistics).solve(0.5));
  return weights;
}

// Systems here have condition numbers below 1000 and sums below 100 terms.
void expect_equal_to_rounding(const std::vector<double>& a, const std::vector<double>& b) {
  constexpr double kTolerance = 1e5 * kEpsilon;
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i], b[i], kTolerance * (1.0 + std::abs(a[i]))) << i;
  }
}

// Features far from zero, as they are: the model has the digits that they have.
TEST(ClosedFormProperties, AMapToSemanticsTakesTheCentreOffFirst) {
  Images images(20, 4, 3);
  for (Index i = 0; i < images.features.size(); ++i) images.features.data()[i] += 1e4f;
  StatisticsGatherer gatherer(kClasses, 4, true);
  gatherer.add(images.features, images.labels);
  const ClassStatistics statistics = gatherer.finish();
  ClassTable classes{std::vector<std::string>(kClasses), {}, {"attribute"}, {}};
  classes.embeddings.emplace_back(kClasses, 3);
  for (Index i = 0; i < classes.embeddings[0].size(); ++i) {
    classes.embeddings[0].data()[i] = static_cast<float>(images.embeddings.data()[i]);
  }
  const FeatureMap base;
  LearningData data{classes, statistics, base, {}, {}, [](bool here) { return here; }};
  data.is_fold = true;
  Recipe recipe = make_recipe("ridge-v2s", "", TrainMode::kAttribute);
  recipe.set({{"lambda", "0.5"}, {"feature_scaling", "none"}});
  const Learned learned = find_recipe("ridge-v2s")->learn(recipe, data);
  const Matrix<float> mapped = learned.feature_map.mapped(images.features);
  const RidgeMap map =
      RidgeToSemantics(unit_rows(classes.embeddings[0]), statistics, Shifts::kOne).solve(0.5);
  for (Index i = 0; i < mapped.rows(); ++i) {
    for (Index k = 0; k < mapped.cols(); ++k) {
      double expected = map.bias[at(k)];
      for (Index j = 0; j < 4; ++j) {
        expected += map.weight(k, j) * double{images.features(i, j)};
      }
      EXPECT_NEAR(mapped(i, k), expected, 1e-6) << i << " " << k;  // of numbers below 1
    }
  }
}

TEST(ClosedFormProperties, OrderOfClassesAndFurtherClassesDoNotMatter) {
  for (const Index embedding_dim : {3, 8}) {
    const Images images(15, 7, embedding_dim);
    const std::vector<Index> places = {4, 0, 7, 6, 1, 2};
    Rng rng(13, Purpose::kInit);
    Matrix<double> moved = normal_doubles(8, embedding_dim, rng);
    for (Index c = 0; c < kClasses; ++c) {
      if (c == kEmptyClass) continue;
      std::copy_n(
          images.embeddings.row(c).begin(), embedding_dim, moved.row(places[at(c)]).begin());
    }
    expect_equal_to_rounding(all_weights(images.embeddings, images.statistics, Shifts::kOne),
                             all_weights(moved, images.statistics.moved(places, 8), Shifts::kOne));
  }
}

TEST(ClosedFormProperties, OneFactorAndEigenvectorsAgree) {
  for (const auto& [feature_dim, embedding_dim] : {std::pair<Index, Index>{7, 3}, {18, 8}}) {
    const Images images(15, feature_dim, embedding_dim);
    expect_equal_to_rounding(all_weights(images.embeddings, images.statistics, Shifts::kOne),
                             all_weights(images.embeddings, images.statistics, Shifts::kMany));
  }
}

// Every entry has |P C Q'| <= sqrt(p q) and so at most (1 + lambda) / (2 sqrt(lambda)) of weight.
TEST(ClosedFormProperties, AutoencoderIsBoundedWhateverTheRank) {
  const Images images(15, 40, 12);
  for (int decade = -3; decade <= 5; ++decade) {
    const double lambda = std::pow(10.0, decade);
    const Matrix<double> encoder =
        SemanticAutoencoder(images.embeddings, images.statistics).solve(lambda);
    const double entries = static_cast<double>(kClasses - 1) * 15.0;
    EXPECT_LE(std::sqrt(squared(encoder)),
              std::sqrt(entries) * (1.0 + lambda) / (2.0 * std::sqrt(lambda)))
        << lambda;
  }
}

// A feature and an attribute that are zero throughout: 0 / 0 where they meet, exactly so with no
// more than two of each.
TEST(ClosedFormProperties, AutoencoderHasNothingWhereThereIsNoExtent) {
  Images images(15, 2, 2);
  for (Index i = 0; i < images.features.rows(); ++i) images.features(i, 1) = 0.0f;
  for (Index c = 0; c < kClasses; ++c) images.embeddings(c, 1) = 0.0;
  StatisticsGatherer gatherer(kClasses, 2, true);
  gatherer.add(images.features, images.labels);
  const Matrix<double> encoder =
      SemanticAutoencoder(images.embeddings, gatherer.finish()).solve(1e-3);
  const double tolerance = 1e3 * kEpsilon * std::sqrt(squared(encoder));
  EXPECT_GT(tolerance, 0.0);
  for (Index k = 0; k < encoder.rows(); ++k) EXPECT_NEAR(encoder(k, 1), 0.0, tolerance) << k;
  for (Index j = 0; j < encoder.cols(); ++j) EXPECT_NEAR(encoder(1, j), 0.0, tolerance) << j;
}

TEST(ClosedFormProperties, SayWhatDoesNotFit) {
  const Images images(15, 7, 3);
  const ClassStatistics& statistics = images.statistics;
  const auto ridge = [](MatrixView<const double> embeddings, const ClassStatistics& of) {
    return [&of, embeddings] { (void)RidgeToFeatures(embeddings, of, Shifts::kOne); };
  };
  expect_error(
      ErrorKind::kShapeMismatch, {}, ridge(images.embeddings.view().row_block(0, 5), statistics));
  expect_error(ErrorKind::kInvalidArgument,
               {},
               ridge(images.embeddings, StatisticsGatherer(kClasses, 7, false).finish()));
  Matrix<double> broken = images.embeddings.clone();
  broken(kEmptyClass, 0) = std::nan("");  // not looked at
  EXPECT_NO_THROW(ridge(broken, statistics)());
  broken(0, 0) = std::nan("");
  expect_error(ErrorKind::kNumerical, {}, ridge(broken, statistics));

  ClassStatistics first_moments = statistics.clone();
  first_moments.second_moment = Matrix<double>();
  EXPECT_NO_THROW(ridge(images.embeddings, first_moments)());
  expect_error(ErrorKind::kInvalidArgument, {}, [&] {
    (void)RidgeToSemantics(images.embeddings, first_moments, Shifts::kOne);
  });
  const SemanticAutoencoder autoencoder(images.embeddings, statistics);
  for (const double lambda : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    expect_error(ErrorKind::kInvalidArgument, {}, [&] { (void)autoencoder.solve(lambda); });
  }
}

}  // namespace
}  // namespace dem::test
