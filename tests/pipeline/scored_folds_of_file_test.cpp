#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "learn/statistics_case.h"
#include "pipeline/scored_case.h"
#include "pipeline/scored_folds.h"

namespace dem::test {
namespace {

constexpr Index kWidth = 7;

// What `dem statistics` gathers of a dataset's training images.
SavedStatistics saved_of(const Dataset& dataset, Index sample_rows) {
  const Index images = static_cast<Index>(dataset.split.trainval.size());  // the first rows
  const auto features = dataset.visual_features.view().row_block(0, images);
  const auto labels = std::span(dataset.labels).first(at(images));
  const std::vector<std::string>& names = dataset.classes.names;
  SavedStatistics saved;
  saved.classes.names = names;
  FoldStatisticsGatherer folds(folds_of(names, kNumFolds), kNumFolds, features.cols(), true);
  folds.add(features, labels);
  saved.folds = std::move(folds).finish();
  saved.statistics = saved.folds->all();
  RowSampler sampler(names, features.cols(), sample_rows, images);
  sampler.add(features, labels);
  saved.sample = std::move(sampler).finish();
  return saved;
}

// The rows of classes that are not held out, less one copy of each in `seen`.
std::vector<Index> rows_learned_from(const ScoredFold& fold, const Dataset& dataset) {
  RowsByFeatures all = rows_by_features(dataset.visual_features);
  std::set<Index> left_out;
  for (Index i = 0; i < fold.seen.features.rows(); ++i) {
    std::vector<Index>& copies = all.at(key_of(fold.seen.features.row(i)));
    EXPECT_FALSE(copies.empty());
    EXPECT_EQ(dataset.labels[at(copies.back())], fold.seen.labels[at(i)]);
    left_out.insert(copies.back());
    copies.pop_back();
  }
  std::vector<Index> rows;
  for (const Index row : dataset.split.trainval) {
    if (left_out.contains(row) || contains(fold.held_out, dataset.labels[at(row)])) continue;
    rows.push_back(row);
  }
  return rows;
}

// Ranges are those of all images of the other classes.
void expect_gathered_without(const ScoredFold& fold,
                             const Dataset& dataset,
                             const SavedStatistics& saved) {
  const Index held_out_fold = saved.folds->fold_of_class[at(fold.held_out[0])];
  const ClassStatistics others = saved.folds->without(held_out_fold);
  ClassStatistics expected = naive_statistics(dataset.visual_features,
                                              dataset.labels,
                                              rows_learned_from(fold, dataset),
                                              dataset.classes.size());
  expected.lowest = others.lowest;
  expected.highest = others.highest;
  expect_close(expected, fold.statistics, 1e-9);
  EXPECT_EQ(fold.held_out, classes_of_fold(*saved.folds, held_out_fold));
  for (std::size_t c = 0; c < others.counts.size(); ++c) {
    EXPECT_EQ(fold.statistics.counts[c] > 0, others.counts[c] > 0) << c;
  }
}

TEST(ScoredFoldsOfFile, AreThoseOfTheOtherImagesAlone) {
  Dataset dataset = scored_dataset({40, 25, 60, 0, 1, 33, 18, 70, 12, 29}, kWidth);
  // An image that the data have twice, of each class that has two.
  for (ClassId c = 0; c < 10; ++c) {
    std::vector<Index> rows;
    for (const Index row : dataset.split.trainval) {
      if (dataset.labels[at(row)] == c) rows.push_back(row);
    }
    if (rows.size() < 2) continue;
    const auto row = dataset.visual_features.row(rows[0]);
    std::copy(row.begin(), row.end(), dataset.visual_features.row(rows[1]).begin());
  }
  const SavedStatistics saved = saved_of(dataset, 1000);
  EXPECT_EQ(num_scored_repeats(saved, 6), 1);
  EXPECT_EQ(num_scored_repeats(saved, 0), 0);
  const std::vector<ScoredFold> folds = scored_folds(saved, dataset, {7, 0});
  ASSERT_EQ(folds.size(), saved.folds->folds_with_images().size());
  ASSERT_GT(folds.size(), 1u);
  std::size_t unseen = 0;
  for (const ScoredFold& fold : folds) {
    expect_gathered_without(fold, dataset, saved);
    EXPECT_FALSE(fold.seen.labels.empty());
    unseen += fold.unseen.labels.size();
    for (const ClassId c : fold.unseen.labels) EXPECT_TRUE(contains(fold.held_out, c));
    for (const ClassId c : fold.seen.labels) EXPECT_FALSE(contains(fold.held_out, c));
  }
  EXPECT_EQ(unseen, saved.sample.labels.size());
  EXPECT_TRUE(scored_folds(saved, dataset, {7, 1}).empty());
}

TEST(ScoredFoldsOfFile, DependOnTheSeed) {
  const Dataset dataset = scored_dataset({40, 25, 60, 30, 20, 33, 18, 70}, kWidth);
  const SavedStatistics saved = saved_of(dataset, 1000);
  const std::vector<ScoredFold> folds = scored_folds(saved, dataset, {7, 0});
  EXPECT_TRUE(same_rows(folds[0].seen, scored_folds(saved, dataset, {7, 0})[0].seen));
  EXPECT_FALSE(same_rows(folds[0].seen, scored_folds(saved, dataset, {8, 0})[0].seen));
}

TEST(ScoredFoldsOfFile, OfOneImageAClassSpareNone) {
  const Dataset dataset = scored_dataset(std::vector<Index>(20, 1), kWidth);
  const SavedStatistics saved = saved_of(dataset, 1000);
  for (const ScoredFold& fold : scored_folds(saved, dataset, {7, 0})) {
    EXPECT_TRUE(fold.seen.labels.empty());
    expect_gathered_without(fold, dataset, saved);
  }
}

TEST(ScoredFoldsOfFile, LeaveOutAFoldOfWhichTheSampleHasNothing) {
  const Dataset dataset = scored_dataset(std::vector<Index>(20, 5), kWidth);
  const SavedStatistics saved = saved_of(dataset, 1);
  const std::vector<ScoredFold> folds = scored_folds(saved, dataset, {7, 0});
  ASSERT_EQ(folds.size(), 1u);
  EXPECT_EQ(folds[0].unseen.labels, saved.sample.labels);
  expect_gathered_without(folds[0], dataset, saved);
}

TEST(ScoredFoldsOfFile, AreNoneWhereThereIsNothingToValidateOn) {
  const Dataset dataset = scored_dataset({10, 20, 30, 40, 50, 60, 70, 80}, kWidth);
  const auto expect_none = [&](const SavedStatistics& saved, const Dataset& of) {
    EXPECT_EQ(num_scored_repeats(saved, 1), 0);
    EXPECT_TRUE(scored_folds(saved, of, {7, 0}).empty());
  };
  SavedStatistics saved = saved_of(dataset, 100);
  ASSERT_EQ(num_scored_repeats(saved, 1), 1);
  saved.folds.reset();
  expect_none(saved, dataset);
  expect_none(saved_of(dataset, 0), dataset);
  const Dataset two = scored_dataset({10, 20, 0, 0, 0}, kWidth);
  expect_none(saved_of(two, 100), two);
  Dataset one_fold = scored_dataset({10, 20, 30, 40}, kWidth);
  Index tried = 0;
  for (std::string& name : one_fold.classes.names) {
    do name = "name " + std::to_string(tried++);
    while (fold_of(name, kNumFolds) != 2);
  }
  expect_none(saved_of(one_fold, 100), one_fold);
}

}  // namespace
}  // namespace dem::test
