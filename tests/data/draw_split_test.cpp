#include "dem/data/draw_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/at.h"
#include "test_files.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;

// Class c has c + 1 images, or as many as asked for, in turn.
std::vector<ClassId> labels_of(Index num_classes, Index images_a_class) {
  std::vector<ClassId> labels;
  for (Index i = 0; i < images_a_class; ++i) {
    for (ClassId c = 0; c < num_classes; ++c) labels.push_back(c);
  }
  return labels;
}

std::map<ClassId, Index> images_by_class(const std::vector<ClassId>& labels,
                                         const std::vector<Index>& rows) {
  std::map<ClassId, Index> counts;
  for (const Index row : rows) ++counts[labels[at(row)]];
  return counts;
}

void expect_each_row_once(const Split& split, std::size_t num_rows) {
  std::vector<Index> all = split.trainval;
  all.insert(all.end(), split.test_seen.begin(), split.test_seen.end());
  all.insert(all.end(), split.test_unseen.begin(), split.test_unseen.end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), num_rows);
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], static_cast<Index>(i));
}

TEST(DrawSplit, TakesSharesOfClassesAndOfTheImagesOfEach) {
  const auto labels = labels_of(10, 20);
  const Split split = draw_split(labels, 10, {.unseen = 0.3, .test_seen = 0.25, .seed = 5});
  expect_each_row_once(split, labels.size());
  const auto unseen = images_by_class(labels, split.test_unseen);
  EXPECT_EQ(unseen.size(), 3u);
  for (const auto& [c, count] : unseen) EXPECT_EQ(count, 20) << c;
  const auto tested = images_by_class(labels, split.test_seen);
  EXPECT_EQ(tested.size(), 7u);
  for (const auto& [c, count] : tested) EXPECT_EQ(count, 5) << c;
  EXPECT_TRUE(split.train.empty());
}

TEST(DrawSplit, IsThatOfItsSeed) {
  const auto labels = labels_of(10, 6);
  const Split first = draw_split(labels, 10, {.seed = 1});
  EXPECT_EQ(draw_split(labels, 10, {.seed = 1}).trainval, first.trainval);
  std::set<std::vector<Index>> others;
  for (std::uint64_t seed = 2; seed < 12; ++seed) {
    others.insert(draw_split(labels, 10, {.seed = seed}).test_unseen);
  }
  EXPECT_GT(others.size(), 5u);
}

TEST(DrawSplit, TakesANumberOfClassesOrThoseThatAreNamed) {
  const auto labels = labels_of(6, 4);
  EXPECT_EQ(draw_split(labels, 6, {.unseen = 2}).test_unseen.size(), 8u);
  const Split named = draw_split(labels, 6, {.unseen_classes = {5, 1}});
  const auto unseen = images_by_class(labels, named.test_unseen);
  EXPECT_TRUE(unseen.size() == 2 && unseen.contains(1) && unseen.contains(5));
}

TEST(DrawSplit, EveryClassKeepsAnImageToLearnFrom) {
  std::vector<ClassId> labels = labels_of(4, 10);
  labels.push_back(4);  // one image
  labels.insert(labels.end(), {5, 5});
  const Split split =
      draw_split(labels, 6, {.unseen_classes = {0}, .test_seen = 0.9, .stratified = true});
  const auto trained = images_by_class(labels, split.trainval);
  for (ClassId c = 1; c < 6; ++c) EXPECT_EQ(trained.at(c), 1) << c;
}

TEST(DrawSplit, WithoutStrataTheShareIsOfAllImages) {
  const auto labels = labels_of(8, 10);
  const Split split =
      draw_split(labels, 8, {.unseen_classes = {0}, .test_seen = 0.3, .stratified = false});
  EXPECT_EQ(split.test_seen.size(), 21u);
  std::set<Index> sizes;
  for (const auto& [c, count] : images_by_class(labels, split.test_seen)) sizes.insert(count);
  EXPECT_GT(sizes.size(), 1u);
}

TEST(DrawSplit, GroupsStayTogether) {
  const auto labels = labels_of(5, 20);
  DrawOptions options{.unseen_classes = {4}, .test_seen = 0.25};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    options.groups.push_back("camera " + std::to_string(i * 7 % 10));
  }
  const Split split = draw_split(labels, 5, options);
  std::set<std::string> trained, tested;
  for (const Index row : split.trainval) trained.insert(options.groups[at(row)]);
  for (const Index row : split.test_seen) tested.insert(options.groups[at(row)]);
  EXPECT_FALSE(tested.empty());
  for (const std::string& group : tested) EXPECT_FALSE(trained.contains(group)) << group;
  EXPECT_NEAR(static_cast<double>(split.test_seen.size()), 20.0, 5.0);
}

TEST(DrawSplit, HoldsOutClassesForSelection) {
  const auto labels = labels_of(10, 4);
  const Split split = draw_split(labels, 10, {.unseen = 2, .val = 0.25});
  const auto val = images_by_class(labels, split.val);
  const auto train = images_by_class(labels, split.train);
  EXPECT_EQ(val.size(), 2u);
  EXPECT_EQ(train.size(), 6u);
  for (const auto& [c, count] : val) EXPECT_FALSE(train.contains(c));
  EXPECT_EQ(split.train.size() + split.val.size(), split.trainval.size());
}

TEST(DrawSplit, ImagesOfNoClassAreInNoPart) {
  std::vector<ClassId> labels = labels_of(6, 5);
  labels.insert(labels.begin() + 7, -1);
  const Split split = draw_split(labels, 6, {});
  std::set<Index> all;
  for (const auto* rows : {&split.trainval, &split.test_seen, &split.test_unseen}) {
    all.insert(rows->begin(), rows->end());
  }
  EXPECT_EQ(all.size(), 30u);
  EXPECT_FALSE(all.contains(7));
  labels[7] = 6;
  expect_error(ErrorKind::kInvalidArgument, {"labels: expected classes of 0 .. 5", "got 6"}, [&] {
    (void)draw_split(labels, 6, {});
  });
}

TEST(DrawSplit, RefusesWhatCannotBe) {
  const auto labels = labels_of(4, 3);
  const struct {
    DrawOptions options;
    std::initializer_list<std::string_view> texts;
  } cases[] = {
      {{.unseen = 0.0}, {"unseen: expected a share"}},
      {{.unseen = 1.5}, {"unseen: expected a share"}},
      {{.unseen = 3}, {"unseen", "two of the 4 classes"}},
      {{.test_seen = 1.0}, {"test seen", "got 1"}},
      {{.test_seen = -0.1}, {"test seen"}},
      {{.val = 0.9}, {"val", "3 seen classes"}},
      {{.unseen_classes = {0, 1, 2}}, {"unseen classes", "got 3 with images"}},
      {{.groups = {"a"}}, {"groups", "(12)", "got 1"}},
  };
  for (const auto& broken : cases) {
    expect_error(ErrorKind::kInvalidArgument, broken.texts, [&] {
      (void)draw_split(labels, 4, broken.options);
    });
  }
  expect_error(ErrorKind::kInvalidArgument, {"unseen classes", "got 0 with images"}, [&] {
    (void)draw_split(labels, 5, {.unseen_classes = {4}});
  });
}

}  // namespace
}  // namespace dem
