// Evaluation of datasets whose images several ranks share.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dem/data/synthetic.h"
#include "dem/eval/calibration.h"
#include "dem/eval/scores.h"
#include "support/files.h"
#include "support/mpi_group.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

constexpr Metric kMetrics[] = {Metric::kEuclidean, Metric::kCosine};

struct Case {
  Dataset whole, shard;
  Matrix<float> prototypes;

  // Of the images of either that are here.
  [[nodiscard]] PrototypeSource scores(const Dataset& dataset, Metric metric) const {
    static const FeatureMap kNone;
    return {dataset.visual_features, kNone, prototypes, metric};
  }
};

// What this rank holds where image i lies on rank i mod `holders`.
Dataset shard_of(const Dataset& whole, Index holders) {
  Dataset shard;
  shard.labels = whole.labels;
  shard.classes.names = whole.classes.names;
  shard.seen_classes = whole.seen_classes;
  shard.unseen_classes = whole.unseen_classes;
  shard.split = whole.split;
  std::vector<Index> rows;
  for (Index i = 0; i < whole.num_rows(); ++i) {
    const bool held = i % holders == mpi_group().rank();
    shard.feature_rows.push_back(held ? static_cast<Index>(rows.size()) : -1);
    if (held) rows.push_back(i);
  }
  shard.visual_features = Matrix<float>(static_cast<Index>(rows.size()), whole.feature_dim());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const auto row = whole.visual_features.view().row(rows[k]);
    std::copy(row.begin(), row.end(), shard.visual_features.row(static_cast<Index>(k)).begin());
  }
  return shard;
}

// Images around prototypes, with so much scatter that many are nearest to another one. Classes 0 ..
// 19 are seen, 20 .. 34 unseen; one image in three of a seen class is a test image, until there are
// num_test_seen.
Case make_case(Index n, Index num_test_seen, Index holders) {
  constexpr Index kNumSeen = 20, kNumClasses = 35, kDim = 16;
  Rng rng(8, Purpose::kSynthetic);
  Case c;
  c.prototypes = test::normal_matrix(kNumClasses, kDim, 1.0, rng);
  c.whole.visual_features = Matrix<float>(n, kDim);
  c.whole.classes.names.resize(kNumClasses);
  Index test_seen = 0;
  for (Index i = 0; i < n; ++i) {
    const auto label = static_cast<ClassId>(rng.below(kNumClasses));
    c.whole.labels.push_back(label);
    for (Index d = 0; d < kDim; ++d) {
      c.whole.visual_features(i, d) =
          c.prototypes(label, d) + static_cast<float>(1.5 * rng.normal());
    }
    const bool tests = label >= kNumSeen || (i % 3 == 0 && test_seen < num_test_seen);
    if (label < kNumSeen && tests) ++test_seen;
    (label >= kNumSeen ? c.whole.split.test_unseen
     : tests           ? c.whole.split.test_seen
                       : c.whole.split.trainval)
        .push_back(i);
  }
  for (ClassId k = 0; k < kNumClasses; ++k) {
    (k < kNumSeen ? c.whole.seen_classes : c.whole.unseen_classes).push_back(k);
  }
  c.shard = shard_of(c.whole, holders);
  return c;
}

Case make_case(Index n, Index num_test_seen) {
  return make_case(n, num_test_seen, mpi_group().size());
}

void expect_equal(const EvaluationResult& found, const EvaluationResult& expected) {
  EXPECT_EQ(found.metric, expected.metric);
  EXPECT_EQ(found.num_test_unseen, expected.num_test_unseen);
  EXPECT_EQ(found.num_test_seen, expected.num_test_seen);
  EXPECT_EQ(found.num_unseen_classes, expected.num_unseen_classes);
  EXPECT_EQ(found.accuracy, expected.accuracy);
  EXPECT_EQ(found.t1, expected.t1);
  EXPECT_EQ(found.hit_at, expected.hit_at);
  EXPECT_EQ(found.unseen, expected.unseen);
  EXPECT_EQ(found.seen, expected.seen);
  EXPECT_EQ(found.harmonic, expected.harmonic);
  ASSERT_EQ(found.hubness.size(), expected.hubness.size());
  for (const auto& [metric, hubness] : expected.hubness) {
    EXPECT_EQ(found.hubness.at(metric).n1_skewness, hubness.n1_skewness) << to_string(metric);
    EXPECT_EQ(found.hubness.at(metric).n10_skewness, hubness.n10_skewness) << to_string(metric);
  }
  ASSERT_EQ(found.per_class.size(), expected.per_class.size());
  for (std::size_t i = 0; i < found.per_class.size(); ++i) {
    EXPECT_EQ(found.per_class[i].class_id, expected.per_class[i].class_id) << i;
    EXPECT_EQ(found.per_class[i].samples, expected.per_class[i].samples) << i;
    EXPECT_EQ(found.per_class[i].zero_shot, expected.per_class[i].zero_shot) << i;
    EXPECT_EQ(found.per_class[i].generalised, expected.per_class[i].generalised) << i;
  }
  EXPECT_EQ(found.to_json(), expected.to_json());
}

void expect_same_tables(const EvaluationResult& found, const EvaluationResult& expected) {
  ASSERT_EQ(found.curve.size(), expected.curve.size());
  for (std::size_t i = 0; i < found.curve.size(); ++i) {
    EXPECT_EQ(found.curve[i].gamma, expected.curve[i].gamma) << i;
    EXPECT_EQ(found.curve[i].unseen, expected.curve[i].unseen) << i;
    EXPECT_EQ(found.curve[i].seen, expected.curve[i].seen) << i;
  }
  for (const auto cells : {&Confusion::zero_shot, &Confusion::generalised}) {
    const std::vector<ConfusionCell>& some = found.confusion.*cells;
    const std::vector<ConfusionCell>& all = expected.confusion.*cells;
    ASSERT_EQ(some.size(), all.size());
    for (std::size_t i = 0; i < some.size(); ++i) {
      EXPECT_EQ(some[i].truth, all[i].truth) << i;
      EXPECT_EQ(some[i].predicted, all[i].predicted) << i;
      EXPECT_EQ(some[i].images, all[i].images) << i;
    }
  }
}

void expect_same_scores(const Case& c) {
  for (const Metric metric : kMetrics) {
    const EvaluationResult expected = evaluate(c.prototypes, c.whole, metric);
    expect_equal(evaluate(c.prototypes, c.shard, metric, mpi_group()), expected);
    expect_equal(evaluate(c.prototypes, c.whole, metric, mpi_group()), expected);
  }
}

TEST(EvaluateRanks, ScoresAreThoseOfOneProcess) {
  const Case c = make_case(3000, 400);
  const EvaluationResult result = evaluate(c.prototypes, c.whole, Metric::kEuclidean);
  ASSERT_GT(result.t1, 0.2);
  ASSERT_LT(result.t1, 0.95);
  ASSERT_TRUE(result.harmonic && result.hubness.at(Metric::kEuclidean).n10_skewness &&
              result.hit_at.count(10) == 1);
  expect_same_scores(c);
}

TEST(EvaluateRanks, CurveConfusionAndCalibrationAreThoseOfOneProcess) {
  const EvaluationOptions options{
      .oracle = true, .curve = true, .confusion = true, .bootstrap = 100};
  for (const Case& c : {make_case(2000, 300), make_case(300, 20, 1)}) {
    for (const Metric metric : kMetrics) {
      const PrototypeSource one = c.scores(c.whole, metric), some = c.scores(c.shard, metric);
      const auto by = [&](const PrototypeSource& scores, const Dataset& dataset) {
        return evaluate({scores, metric, 0.1, 0.8}, dataset, mpi_group(), {}, options);
      };
      EvaluationResult found = by(some, c.shard), expected = by(one, c.whole);
      ASSERT_TRUE(expected.oracle && expected.uncalibrated && expected.calibration_error);
      expect_same_tables(found, expected);
      // Float32 products of another block, and doubles added in another order.
      EXPECT_NEAR(*found.calibration_error, *expected.calibration_error, 1e-6);
      EXPECT_NEAR(
          *found.generalised_calibration_error, *expected.generalised_calibration_error, 1e-6);
      found.calibration_error = expected.calibration_error;
      found.generalised_calibration_error = expected.generalised_calibration_error;
      expect_equal(found, expected);
    }
  }
}

TEST(EvaluateRanks, ARankMayHoldNoImageOfAList) {
  expect_same_scores(make_case(200, 1));
  expect_same_scores(make_case(200, 0));
  expect_same_scores(make_case(300, 20, 1));  // rank 0 has all of them
}

TEST(EvaluateRanks, CandidateAccuracyIsThatOfOneProcess) {
  const Case c = make_case(2000, 100);
  const std::vector<ClassId> some{3, 20, 1, 7};
  for (const Metric metric : kMetrics) {
    for (const auto& rows : {c.whole.split.trainval, c.whole.split.test_unseen}) {
      for (const auto& candidates : {c.whole.seen_classes, some}) {
        EXPECT_EQ(
            candidate_accuracy(c.scores(c.shard, metric), candidates, c.shard, rows, mpi_group()),
            candidate_accuracy(c.scores(c.whole, metric), candidates, c.whole, rows));
      }
    }
  }
  EXPECT_TRUE(std::isnan(
      candidate_accuracy(c.scores(c.shard, Metric::kEuclidean), some, c.shard, {}, mpi_group())));
}

void expect_same_temperature(const Case& c,
                             std::span<const ClassId> candidates,
                             std::span<const Index> rows) {
  for (const Metric metric : kMetrics) {
    const float expected = fit_temperature(c.scores(c.whole, metric), candidates, c.whole, rows);
    const float found =
        fit_temperature(c.scores(c.shard, metric), candidates, c.shard, rows, mpi_group());
    EXPECT_FLOAT_EQ(found, expected);  // doubles added in another order, rounded to float
    if (mpi_group().size() == 1) {
      EXPECT_EQ(found, expected);
    }
    std::vector<double> ends{double{found}, -double{found}};
    mpi_group().least(ends);
    EXPECT_EQ(ends[0], -ends[1]) << "not the same on all ranks";
  }
}

TEST(EvaluateRanks, TheTemperatureIsThatOfOneProcess) {
  const Case c = make_case(2000, 100);
  expect_same_temperature(c, c.whole.seen_classes, c.whole.split.trainval);
  expect_same_temperature(c, c.whole.unseen_classes, c.whole.split.test_unseen);
  const Case few = make_case(60, 1, std::max(1, mpi_group().size() - 1));
  expect_same_temperature(few, few.whole.seen_classes, few.whole.split.trainval);
  expect_same_temperature(few, few.whole.seen_classes, few.whole.split.test_seen);
}

// More rows than are taken: the selection must be that of one process.
TEST(EvaluateRanks, TheTemperatureOfVeryManyRowsIsThatOfOneProcess) {
  const Case c = make_case(30000, 100);
  ASSERT_GT(c.whole.split.trainval.size(), 11000u);
  expect_same_temperature(c, c.whole.seen_classes, c.whole.split.trainval);
}

TEST(EvaluateRanks, NoTemperatureWhereOneProcessHasNone) {
  const Case c = make_case(100, 1);
  const std::vector<ClassId> one{2};
  for (const std::vector<ClassId>& candidates : {std::vector<ClassId>{}, one}) {
    EXPECT_EQ(fit_temperature(c.scores(c.shard, Metric::kEuclidean),
                              candidates,
                              c.shard,
                              c.whole.split.trainval,
                              mpi_group()),
              0.0f);
  }
}

TEST(EvaluateRanks, ImagesThatNoRankHoldsAreMissed) {
  Case c = make_case(200, 20);
  c.shard.feature_rows[static_cast<std::size_t>(c.whole.split.test_unseen[3])] = -1;
  try {
    (void)evaluate(c.prototypes, c.shard, Metric::kEuclidean, mpi_group());
    ADD_FAILURE() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find("on exactly one of"), std::string::npos)
        << error.what();
  }
}

// From files to scores.
TEST(EvaluateRanks, ShardsFromFilesGiveTheScoresOfTheWhole) {
  for (const char* layout : {"dem", "gbu"}) {
    const test::TemporaryFolder folder;
    write_synthetic({.output = folder.path().string(),
                     .layout = layout,
                     .num_train_images = 500,
                     .num_test_images = 203,
                     .num_seen_classes = 12,
                     .num_unseen_classes = 11,
                     .feature_dim = 16});
    DatasetOptions options{.data_path = folder.path().string(), .name = "AwA"};
    Case c{load_dataset(options), {}, {}};
    options.shard = {mpi_group().rank(), mpi_group().size()};
    c.shard = load_dataset(options);
    Rng rng(4, Purpose::kSynthetic);
    c.prototypes = test::normal_matrix(c.whole.classes.size(), 16, 0.5, rng);
    for (Index i = 0; i < c.whole.num_rows(); ++i) {  // near a class's images, to be told apart
      const auto x = c.whole.visual_features.view().row(i);
      const auto p = c.prototypes.row(c.whole.labels[static_cast<std::size_t>(i)]);
      for (std::size_t d = 0; d < p.size(); ++d) p[d] += 0.05f * (x[d] - p[d]);
    }
    expect_same_scores(c);
    expect_same_temperature(c, c.whole.seen_classes, c.whole.split.trainval);
  }
}

}  // namespace
}  // namespace dem
