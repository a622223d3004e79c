#include "pipeline/scored_folds.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "dem/base/threads.h"
#include "learn/statistics_case.h"
#include "pipeline/scored_case.h"

namespace dem::test {
namespace {

constexpr Index kDim = 9;

std::vector<ScoredFold> folds_of_images(const Dataset& dataset,
                                        ScoredRepeat of = {7, 0},
                                        const FeatureMap& base = {}) {
  const PreparedData prepared(dataset, dataset.split.trainval, base);
  return scored_folds(dataset, prepared, of, self_communicator());
}

std::vector<Index> training_rows(const Dataset& dataset, const ScoredFold& fold, bool held_out) {
  std::vector<Index> rows;
  for (const Index row : dataset.split.trainval) {
    if (contains(fold.held_out, dataset.labels[at(row)]) == held_out) rows.push_back(row);
  }
  return rows;
}

// All that holds of folds where nothing was cut. `features`: the dataset's, through the base.
void expect_folds(const std::vector<ScoredFold>& folds,
                  const Dataset& dataset,
                  MatrixView<const float> features) {
  const RowsByFeatures all = rows_by_features(features);
  std::vector<ClassId> held_out;
  for (const ScoredFold& fold : folds) {
    EXPECT_TRUE(std::is_sorted(fold.held_out.begin(), fold.held_out.end()));
    held_out.insert(held_out.end(), fold.held_out.begin(), fold.held_out.end());
    EXPECT_EQ(found_rows(fold.unseen, all), training_rows(dataset, fold, true));
    const std::vector<Index> others = training_rows(dataset, fold, false);
    const std::vector<Index> seen = found_rows(fold.seen, all);
    EXPECT_TRUE(std::includes(others.begin(), others.end(), seen.begin(), seen.end()));
    for (const ScoredFold::Rows* rows : {&fold.unseen, &fold.seen}) {
      const std::vector<Index> found = found_rows(*rows, all);
      for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_GE(found[i], 0);
        EXPECT_EQ(rows->labels[i], dataset.labels[at(found[i])]);
      }
    }
    std::vector<Index> learned_from;
    std::set_difference(
        others.begin(), others.end(), seen.begin(), seen.end(), std::back_inserter(learned_from));
    expect_close(naive_statistics(features, dataset.labels, learned_from, dataset.classes.size()),
                 fold.statistics,
                 1e-10);
    for (const Index row : others)
      EXPECT_GT(fold.statistics.counts[at(dataset.labels[at(row)])], 0);
  }
  std::sort(held_out.begin(), held_out.end());
  std::set<ClassId> with_images;
  for (const Index row : dataset.split.trainval) with_images.insert(dataset.labels[at(row)]);
  EXPECT_EQ(held_out, std::vector<ClassId>(with_images.begin(), with_images.end()));
}

TEST(ScoredFolds, AreOfTheImagesThatTheyShouldBe) {
  // Class 3 has no image, class 4 one.
  const Dataset dataset = scored_dataset({40, 25, 60, 0, 1, 33, 18, 70, 12, 29}, kDim);
  EXPECT_EQ(num_scored_repeats(dataset, 5), 5);
  EXPECT_EQ(num_scored_repeats(dataset, -1), 0);
  for (const Index repeat : {0, 1}) {
    const std::vector<ScoredFold> folds = folds_of_images(dataset, {7, repeat});
    ASSERT_EQ(folds.size(), 4u);
    expect_folds(folds, dataset, dataset.visual_features);
    // A fifth of 200 and more, to four standard deviations.
    for (const ScoredFold& fold : folds) {
      const auto seen = static_cast<double>(fold.seen.labels.size());
      const double all = seen + static_cast<double>(fold.statistics.num_images());
      EXPECT_NEAR(seen, 0.2 * all, 4 * std::sqrt(0.16 * all));
    }
  }
}

TEST(ScoredFolds, GoThroughTheBase) {
  const Dataset dataset = scored_dataset({10, 20, 30, 15, 5}, kDim);
  const FeatureScaling l2{ScalingKind::kL2, {}, {}};
  Matrix<float> scaled = dataset.visual_features.clone();
  l2.apply(scaled);
  const std::vector<ScoredFold> folds = folds_of_images(dataset, {7, 0}, FeatureMap(l2));
  ASSERT_EQ(folds.size(), 4u);
  expect_folds(folds, dataset, scaled);
}

// The same images one by one.
TEST(ScoredFolds, HaveTheImagesThatTheirStatisticsAreOf) {
  const Dataset dataset = scored_dataset({10, 20, 30, 15, 5}, kDim);
  const FeatureScaling l2{ScalingKind::kL2, {}, {}};
  const PreparedData prepared(dataset, dataset.split.trainval, FeatureMap(l2));
  for (const ScoredFold& fold : scored_folds(dataset, prepared, {7, 0}, self_communicator())) {
    const TrainingImages& images = fold.images;
    ASSERT_EQ(images.rows.size(), images.labels.size());
    StatisticsGatherer gatherer(dataset.classes.size(), kDim, true);
    for (std::size_t i = 0; i < images.rows.size(); ++i) {
      gatherer.add(images.features.row_block(images.rows[i], 1), std::span(&images.labels[i], 1));
    }
    expect_close(gatherer.finish(), fold.statistics, 1e-10);
  }
}

TEST(ScoredFolds, OfFewClassesHoldOutOneEach) {
  const Dataset three = scored_dataset({10, 20, 0, 30}, kDim);
  EXPECT_EQ(num_scored_repeats(three, 2), 2);
  const std::vector<ScoredFold> folds = folds_of_images(three);
  ASSERT_EQ(folds.size(), 3u);
  for (const ScoredFold& fold : folds) EXPECT_EQ(fold.held_out.size(), 1u);
  expect_folds(folds, three, three.visual_features);
  const Dataset two = scored_dataset({10, 20, 0}, kDim);
  EXPECT_EQ(num_scored_repeats(two, 2), 0);
  EXPECT_TRUE(folds_of_images(two).empty());
}

TEST(ScoredFolds, OfOneImageAClassSpareNone) {
  const Dataset dataset = scored_dataset({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, kDim);
  const std::vector<ScoredFold> folds = folds_of_images(dataset);
  ASSERT_EQ(folds.size(), 4u);
  for (const ScoredFold& fold : folds) {
    EXPECT_TRUE(fold.seen.labels.empty());
    EXPECT_EQ(fold.unseen.labels.size(), 3u);
    EXPECT_EQ(fold.statistics.num_images(), 9);
  }
  expect_folds(folds, dataset, dataset.visual_features);
}

TEST(ScoredFolds, ClassesOfTwoImagesKeepOne) {
  const Dataset dataset = scored_dataset(std::vector<Index>(60, 2), 2);
  const std::vector<ScoredFold> folds = folds_of_images(dataset);
  expect_folds(folds, dataset, dataset.visual_features);
  EXPECT_FALSE(folds[0].seen.labels.empty());
}

TEST(ScoredFolds, HaveAtMostSoManyRows) {
  const Dataset dataset = scored_dataset({6000, 6000, 6000, 6000}, 2);
  const std::vector<ScoredFold> folds = folds_of_images(dataset);
  ASSERT_EQ(folds.size(), 4u);
  const RowsByFeatures all = rows_by_features(dataset.visual_features);
  for (const ScoredFold& fold : folds) {
    for (const ScoredFold::Rows* rows : {&fold.unseen, &fold.seen}) {
      const std::vector<Index> found = found_rows(*rows, all);
      EXPECT_EQ(found.size(), at(kMostScoredRows));
      EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
      EXPECT_EQ(std::set<Index>(found.begin(), found.end()).size(), found.size());
      // Not the first ones.
      EXPECT_GT(found.back(), dataset.num_rows() - 300);
    }
    // All that were spared are left out, those too that were cut.
    EXPECT_NEAR(static_cast<double>(fold.statistics.num_images()), 0.8 * 18000, 4 * 54.0);
  }
}

TEST(ScoredFolds, OfARepeatAreTheSameAgainAndThoseOfAnotherDiffer) {
  const Dataset dataset = scored_dataset({20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20}, kDim);
  const auto draws = [&](ScoredRepeat of) {
    std::vector<std::vector<ClassId>> held_out;
    for (const ScoredFold& fold : folds_of_images(dataset, of)) held_out.push_back(fold.held_out);
    return held_out;
  };
  EXPECT_EQ(draws({7, 0}), draws({7, 0}));
  EXPECT_NE(draws({7, 0}), draws({7, 1}));
  EXPECT_NE(draws({7, 0}), draws({8, 0}));
  const std::vector<Index> counts(13, 20);
  const std::span<const ClassId> labels = std::span(dataset.labels).first(240);
  EXPECT_EQ(spare_images({7, 0}, labels, counts), spare_images({7, 0}, labels, counts));
  EXPECT_NE(spare_images({7, 0}, labels, counts), spare_images({7, 1}, labels, counts));
  EXPECT_NE(spare_images({7, 0}, labels, counts), spare_images({8, 0}, labels, counts));
}

TEST(ScoredFolds, DoNotDependOnTheNumberOfThreads) {
  const Dataset dataset = scored_dataset({200, 300, 100, 150, 80}, 70);
  set_num_threads(1);
  const std::vector<ScoredFold> one = folds_of_images(dataset);
  set_num_threads(3);
  const std::vector<ScoredFold> three = folds_of_images(dataset);
  set_num_threads(0);
  ASSERT_EQ(one.size(), three.size());
  for (std::size_t f = 0; f < one.size(); ++f) {
    EXPECT_EQ(one[f].held_out, three[f].held_out);
    EXPECT_TRUE(same_rows(one[f].unseen, three[f].unseen));
    EXPECT_TRUE(same_rows(one[f].seen, three[f].seen));
    EXPECT_EQ(one[f].statistics.scatter, three[f].statistics.scatter);
    const Matrix<double>& moment = one[f].statistics.second_moment;
    EXPECT_TRUE(std::equal(
        moment.data(), moment.data() + moment.size(), three[f].statistics.second_moment.data()));
  }
}

}  // namespace
}  // namespace dem::test
