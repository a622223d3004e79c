// Evaluations of scores that no model of dem gave.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/eval/calibration.h"
#include "dem/eval/scores.h"
#include "eval/score_matrix.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;
using test::matrix_of;
using test::ScoreMatrix;

// Classes 0 and 2 are seen; rows 0 .. 3 are unseen test images, 4 and 5 seen ones.
Dataset five_classes() {
  Dataset dataset;
  dataset.visual_features = Matrix<float>(6, 1);
  dataset.labels = {1, 1, 3, 4, 0, 2};
  dataset.classes.names = {"a", "b", "c", "d", "e"};
  dataset.seen_classes = {0, 2};
  dataset.unseen_classes = {1, 3, 4};
  dataset.split.test_unseen = {0, 1, 2, 3};
  dataset.split.test_seen = {4, 5};
  return dataset;
}

//   row, class   among {1, 3, 4}   among all
//   0, 1         1 right           1 right
//   1, 1         3, then 1         0
//   2, 3         3 right           3 right
//   3, 4         4 right           2
//   per sample 3/4; T1 = (1/2 + 1 + 1) / 3 = 5/6; U = (1/2 + 1 + 0) / 3 = 1/2
//   4, 0                           0 right
//   5, 2                           4
//   S = 1/2, H = 1/2
TEST(ScoreSource, OfAMatrixIsEvaluatedAsAModelIs) {
  const ScoreMatrix scores(matrix_of({{0.1, 9.0, 0.2, 0.3, 0.4},
                                      {8.0, 3.0, 0.2, 5.0, 0.4},
                                      {-3., -2., -4., -1., -5.},
                                      {0.0, 0.0, 2.0, 0.5, 1.0},
                                      {7.0, 0.0, 1.0, 0.5, 1.0},
                                      {0.0, 0.0, 1.0, 0.5, 1.5}}));
  const EvaluationResult result = evaluate({scores, Metric::kDot}, five_classes());
  EXPECT_EQ(result.metric, Metric::kDot);
  EXPECT_DOUBLE_EQ(result.accuracy, 3.0 / 4.0);
  EXPECT_DOUBLE_EQ(result.t1, 5.0 / 6.0);
  EXPECT_DOUBLE_EQ(result.hit_at.at(2), 1.0);
  EXPECT_DOUBLE_EQ(result.unseen.value(), 0.5);
  EXPECT_DOUBLE_EQ(result.seen.value(), 0.5);
  EXPECT_DOUBLE_EQ(result.harmonic.value(), 0.5);
  // Hubness is of these scores alone: there are no prototypes to compare otherwise.
  ASSERT_EQ(result.hubness.size(), 1U);
  EXPECT_TRUE(result.hubness.contains(Metric::kDot));
  EXPECT_DOUBLE_EQ(
      candidate_accuracy(
          scores, std::vector<ClassId>{1, 2}, five_classes(), std::vector<Index>{0, 1, 5}),
      1.0);
}

TEST(ScoreSource, OfOtherSizesIsRefusedByEveryProtocol) {
  const Dataset dataset = five_classes();
  const std::vector<ClassId> candidates{1, 3};
  const std::vector<Index> rows{0};
  for (const auto& [n, m] : {std::pair<Index, Index>{5, 5}, {6, 4}, {7, 5}, {6, 6}}) {
    const ScoreMatrix scores(Matrix<double>(n, m));
    const auto refused = [](const std::function<void()>& body) {
      expect_error(ErrorKind::kShapeMismatch, {"6 rows for 5 classes"}, body);
    };
    refused([&] { (void)evaluate({scores}, dataset); });
    refused([&] { (void)candidate_accuracy(scores, candidates, dataset, rows); });
    refused([&] { (void)fit_temperature(scores, candidates, dataset, rows); });
  }
}

TEST(ScoreSource, TemperatureNamesRowsAndCandidatesThatAreNotThere) {
  const Dataset dataset = five_classes();
  const ScoreMatrix scores(Matrix<double>(6, 5));
  const auto refused = [&](const std::vector<ClassId>& candidates,
                           const std::vector<Index>& rows,
                           std::initializer_list<std::string_view> parts) {
    expect_error(ErrorKind::kInvalidArgument, parts, [&] {
      (void)fit_temperature(scores, candidates, dataset, rows);
    });
  };
  refused({1, 5}, {0}, {"0 .. 4", "got 5"});
  refused({-1}, {0}, {"0 .. 4", "got -1"});
  refused({1, 3}, {0, 6}, {"0 .. 5", "got 6"});
  refused({1, 3}, {-1}, {"0 .. 5", "got -1"});
}

// Classes drawn from softmax(score / T): the maximum-likelihood estimate of T from n draws has a
// standard error of some T / sqrt(n * variance of the scores under the softmax / T^2), here 1 %.
TEST(ScoreSource, TemperatureOfDotProductsIsTheOneThatTheClassesWereDrawnWith) {
  constexpr Index kImages = 8000, kNumClasses = 9, kDim = 12;
  constexpr double kTemperature = 2.5;
  Rng rng(31, Purpose::kSynthetic);
  Dataset dataset;
  dataset.visual_features = test::normal_matrix(kImages, kDim, 1.0, rng);
  dataset.classes.names.resize(kNumClasses);
  const Matrix<float> prototypes = test::normal_matrix(kNumClasses, kDim, 1.0, rng);
  std::vector<ClassId> candidates(kNumClasses);
  std::iota(candidates.begin(), candidates.end(), 0);
  std::vector<Index> rows(kImages);
  std::iota(rows.begin(), rows.end(), Index{0});
  const FeatureMap none;
  const PrototypeSource scores(dataset.visual_features, none, prototypes, Metric::kDot);
  const Matrix<double> all = scores.scores(rows, candidates);
  for (Index i = 0; i < kImages; ++i) {
    std::vector<double> weights;
    for (const double score : all.row(i)) weights.push_back(std::exp(score / kTemperature));
    double draw = rng.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
    ClassId label = 0;
    while (label + 1 < kNumClasses && draw > weights[at(label)]) draw -= weights[at(label++)];
    dataset.labels.push_back(label);
  }
  EXPECT_NEAR(fit_temperature(scores, candidates, dataset, rows), kTemperature, 0.1);
  // Offsets are part of a score: a class that gets more is drawn more often than it was.
  std::vector<float> offset(kNumClasses, 0.0f);
  offset[3] = 40.0f;
  const PrototypeSource moved(
      dataset.visual_features, none, PrototypesView(prototypes.view(), {}, offset), Metric::kDot);
  EXPECT_GT(fit_temperature(moved, candidates, dataset, rows), 5.0f);
}

}  // namespace
}  // namespace dem
