#include "dem/learn/fold_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "dem/base/threads.h"
#include "learn/statistics_case.h"

namespace dem::test {
namespace {

class FoldStatisticsTest : public testing::Test, protected StatisticsCase {
 protected:
  [[nodiscard]] FoldStatisticsGatherer gatherer() const {
    return {fold_of_class_, kCaseFolds, kCaseDim, true};
  }
  [[nodiscard]] FoldStatistics gather(Index block, Index first = 0, Index last = kCaseRows) const {
    FoldStatisticsGatherer folds = gatherer();
    add_blocks(folds, block, first, last);
    return std::move(folds).finish();
  }
  [[nodiscard]] Matrix<float> rows_of(const std::vector<Index>& rows) const {
    Matrix<float> out(static_cast<Index>(rows.size()), kCaseDim);
    for (Index i = 0; i < out.rows(); ++i) {
      const auto row = features_.row(rows[static_cast<std::size_t>(i)]);
      std::copy(row.begin(), row.end(), out.row(i).begin());
    }
    return out;
  }
  // Of the rows whose class is in a fold that `takes` says, without folds.
  [[nodiscard]] ClassStatistics direct(const std::function<bool(Index)>& takes) const {
    std::vector<ClassId> labels = labels_;
    for (ClassId& label : labels) {
      if (label >= 0 && !takes(fold_of_class_[static_cast<std::size_t>(label)])) label = -1;
    }
    StatisticsGatherer all(kCaseClasses, kCaseDim, true);
    all.add(features_, labels);
    return all.finish();
  }
};

// The published XXH3_64bits of the empty input; the others come from the xxHash library.
TEST(FoldOf, IsTheHashOfTheNameModuloTheNumberOfFolds) {
  EXPECT_EQ(fold_of("", 1000), static_cast<Index>(0x2d06800538d394c2U % 1000));
  EXPECT_EQ(fold_of("zebra", 1000), 599);
  EXPECT_EQ(fold_of("blue whale", 1000), 377);
  EXPECT_EQ(fold_of("zebra", 1), 0);
  EXPECT_THROW((void)fold_of("zebra", 0), Error);
  const std::vector<std::string> names{"zebra", "blue whale"};
  EXPECT_EQ(folds_of(names, 1000), (std::vector<Index>{599, 377}));
}

TEST(FoldOf, DealsNamesOutEvenly) {
  std::vector<Index> sizes(kNumFolds);
  for (int i = 0; i < 4000; ++i) {
    ++sizes[static_cast<std::size_t>(fold_of("class " + std::to_string(i), kNumFolds))];
  }
  // Binomial of mean 1000 and standard deviation 27.
  for (const Index size : sizes) EXPECT_NEAR(static_cast<double>(size), 1000.0, 5 * 27.0);
}

TEST_F(FoldStatisticsTest, OfAnyFoldsAreThoseOfTheirImagesAlone) {
  const FoldStatistics folds = gather(kCaseRows);
  expect_close(folds.all(), direct([](Index) { return true; }), 1e-12);
  for (Index f = 0; f < kCaseFolds; ++f) {
    expect_close(folds.only(f), direct([&](Index fold) { return fold == f; }), 1e-12);
    expect_close(folds.without(f), direct([&](Index fold) { return fold != f; }), 1e-12);
  }
  EXPECT_THROW((void)folds.only(kCaseFolds), Error);
  EXPECT_THROW((void)folds.without(-1), Error);
}

TEST_F(FoldStatisticsTest, OfAFoldWithoutImagesAreEmptyAndKnownAsSuch) {
  const FoldStatistics folds = gather(kCaseRows);
  EXPECT_EQ(folds.folds_with_images(), (std::vector<Index>{0, 2}));
  const ClassStatistics none = folds.only(1);  // of class 2, which has no image
  EXPECT_EQ(none.num_images(), 0);
  EXPECT_EQ(none.within(), 0.0);
  EXPECT_EQ(none.lowest[0], std::numeric_limits<float>::infinity());
}

TEST_F(FoldStatisticsTest, PooledHaveTheBitsOfAGathererWithoutFolds) {
  FoldStatisticsGatherer folds = gatherer();
  add_blocks(folds, 128, 0, kCaseRows);
  StatisticsGatherer plain(kCaseClasses, kCaseDim, false);
  add_blocks(plain, 128, 0, kCaseRows);
  const ClassStatistics a = folds.pooled();
  const ClassStatistics b = plain.finish();
  EXPECT_EQ(a.counts, b.counts);
  EXPECT_EQ(a.scatter, b.scatter);
  EXPECT_TRUE(std::equal(a.means.data(), a.means.data() + a.means.size(), b.means.data()));
}

TEST_F(FoldStatisticsTest, BlocksOfAnySizeGiveTheSame) {
  const FoldStatistics whole = gather(kCaseRows);
  for (const Index block : {1, 7, 256, 699}) {
    const FoldStatistics parts = gather(block);
    for (Index f = 0; f < kCaseFolds; ++f) expect_close(whole.only(f), parts.only(f), 1e-12);
  }
}

TEST_F(FoldStatisticsTest, PartsMergeToTheWhole) {
  const FoldStatistics whole = gather(kCaseRows);
  for (const Index cut : {Index{1}, Index{2}, Index{350}, kCaseRows}) {
    FoldStatistics merged = gather(kCaseRows, 0, cut);
    merged.add(gather(kCaseRows, cut, kCaseRows));
    for (Index f = 0; f < kCaseFolds; ++f) expect_close(whole.only(f), merged.only(f), 1e-12);
  }
}

TEST_F(FoldStatisticsTest, LessSomeImagesAreThoseOfTheOthers) {
  // All of class 1 but one image, some of class 3, none of class 0.
  std::vector<Index> leave;
  std::vector<ClassId> left;
  StatisticsCase others;
  for (Index i = 0; i < kCaseRows; ++i) {
    const auto place = static_cast<std::size_t>(i);
    const ClassId label = labels_[place];
    const bool is_first = std::find(labels_.begin(), labels_.end(), label) == labels_.begin() + i;
    if ((label != 1 || is_first) && (label != 3 || i % 3 != 0)) continue;
    leave.push_back(i);
    left.push_back(label);
    others.labels_[place] = -1;
  }
  FoldStatistics folds = gather(kCaseRows);
  const FoldStatistics before = folds.clone();
  folds.remove(rows_of(leave), left);
  FoldStatisticsGatherer expected = gatherer();
  others.add_blocks(expected, kCaseRows, 0, kCaseRows);
  const FoldStatistics rest = std::move(expected).finish();
  EXPECT_EQ(rest.counts[1], 1);
  for (Index f = 0; f < kCaseFolds; ++f) {
    ClassStatistics expected_of_fold = rest.only(f);
    expected_of_fold.lowest = before.only(f).lowest;
    expected_of_fold.highest = before.only(f).highest;
    expect_close(expected_of_fold, folds.only(f), 1e-11);
  }
}

TEST_F(FoldStatisticsTest, LessAllImagesAreZero) {
  std::vector<Index> leave;
  std::vector<ClassId> left;
  for (Index i = 0; i < kCaseRows; ++i) {
    if (labels_[static_cast<std::size_t>(i)] != 3) continue;
    leave.push_back(i);
    left.push_back(3);
  }
  FoldStatistics folds = gather(kCaseRows);
  const double before = folds.only(2).within();
  folds.remove(rows_of(leave), left);
  EXPECT_EQ(folds.counts[3], 0);
  EXPECT_EQ(folds.means(3, 0), 0.0);
  StatisticsGatherer of_class_1(kCaseClasses, kCaseDim, true);
  std::vector<ClassId> labels = labels_;
  for (ClassId& label : labels) label = label == 1 ? 1 : -1;
  of_class_1.add(features_, labels);
  EXPECT_NEAR(folds.only(2).within(), of_class_1.finish().within(), 1e-11 * before);
}

TEST_F(FoldStatisticsTest, ImagesThatAreNotThereAreNotRemoved) {
  FoldStatistics folds = gather(kCaseRows);
  const std::vector<Index> rows{0, 1};
  const Matrix<float> features = rows_of(rows);
  const auto expect_refused = [&](const std::vector<ClassId>& labels) {
    EXPECT_THROW(folds.remove(features, labels), Error);
  };
  expect_refused({0});
  expect_refused({0, -1});
  expect_refused({0, kCaseClasses});
  expect_refused({0, 2});  // which has none
  EXPECT_EQ(folds.counts, gather(kCaseRows).counts);
}

TEST_F(FoldStatisticsTest, DoNotDependOnTheNumberOfThreads) {
  set_num_threads(1);
  const ClassStatistics one = gather(128).all();
  set_num_threads(3);
  const ClassStatistics three = gather(128).all();
  set_num_threads(0);
  EXPECT_EQ(one.scatter, three.scatter);
  EXPECT_TRUE(std::equal(one.second_moment.data(),
                         one.second_moment.data() + one.second_moment.size(),
                         three.second_moment.data()));
}

TEST_F(FoldStatisticsTest, MoveWithTheirFolds) {
  const FoldStatistics folds = gather(kCaseRows);
  const std::vector<Index> places{5, 3, -1, 0, 1};  // class 2 has no images
  const std::vector<Index> target{2, 0, 1, fold_of_class_[1], 1, fold_of_class_[0]};
  const FoldStatistics moved = folds.moved(places, target);
  ASSERT_EQ(moved.num_classes(), 6);
  EXPECT_EQ(moved.counts[5], folds.counts[0]);
  EXPECT_EQ(moved.counts[0], folds.counts[3]);
  EXPECT_EQ(moved.counts[2], 0);
  EXPECT_EQ(moved.means(5, 7), folds.means(0, 7));
  EXPECT_EQ(moved.only(2).num_images(), folds.only(2).num_images());
  std::vector<Index> other = target;
  other[5] = 1;
  EXPECT_THROW((void)folds.moved(places, other), Error);
}

TEST_F(FoldStatisticsTest, ThatDoNotFitAreNotAdded) {
  FoldStatistics folds = gather(kCaseRows);
  const auto expect_refused = [&](const std::function<void(FoldStatistics&)>& change) {
    FoldStatistics other = gather(kCaseRows);
    change(other);
    EXPECT_THROW(folds.add(other), Error);
  };
  expect_refused([](FoldStatistics& o) { o.fold_of_class[0] = 1; });
  expect_refused([](FoldStatistics& o) { o.parts.pop_back(); });
  expect_refused([](FoldStatistics& o) { o.means = Matrix<double>(kCaseClasses, 3); });
  expect_refused([](FoldStatistics& o) {
    for (FoldStatistics::Part& part : o.parts) part.second_moment = {};
  });
  EXPECT_THROW(FoldStatisticsGatherer({0, 3}, 3, 2, false), Error);
  EXPECT_THROW(FoldStatisticsGatherer({0, -1}, 3, 2, false), Error);
}

}  // namespace
}  // namespace dem::test
