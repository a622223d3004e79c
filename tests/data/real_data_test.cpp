// Published files, where they lie beside the checkout; the numbers are from their descriptions.
#include "support/real_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "data/dem_descriptions.h"
#include "data/dem_folder.h"
#include "data/distinct_rows.h"
#include "data/gbu_axes.h"
#include "data/gbu_rows.h"
#include "data/missing_in_original.h"
#include "dem/data/dataset.h"
#include "test_files.h"

namespace dem {
namespace {

using test::expect_error;
using test::Warnings;

const std::string kShared = DEM_SHARED_DATA_DIR;

double sum(const Matrix<float>& m) {
  return std::accumulate(m.data(), m.data() + m.size(), 0.0);
}

std::set<ClassId> classes_of(const Dataset& data, const std::vector<Index>& rows) {
  std::set<ClassId> classes;
  for (const Index row : rows) classes.insert(data.labels[static_cast<std::size_t>(row)]);
  return classes;
}

struct SplitFacts {
  const char* name;
  Index images;
  std::vector<Index> att;  // as scipy shows it
  double att_sum;
  std::size_t trainval, test_seen, test_unseen;
  std::size_t listed_train, listed_val;  // before rows outside trainval are left out
  bool leaks;
};
void PrintTo(const SplitFacts& facts, std::ostream* out) {
  *out << facts.name;
}

class PublishedSplits : public testing::TestWithParam<SplitFacts> {};

TEST_P(PublishedSplits, AreReadAsDescribed) {
  const SplitFacts& facts = GetParam();
  const std::string path = kShared + "/att_splits/" + facts.name;
  DEM_NEEDS_REAL_DATA(std::string("att_splits/") + facts.name);
  // The folder has no features.
  GbuFolder folder(path, "att_splits.mat");
  const ArrayRef att = folder.require({"att"});
  EXPECT_EQ(att.info->shape, facts.att);
  const Matrix<float> values = read_checked_matrix(att, matlab_axis(*att.file), {}, "");
  EXPECT_EQ(values.rows(), facts.att[1]);
  // float32 rounds each of up to 10^5 summands of size about 0.1 by 2^-25 of itself at most.
  EXPECT_NEAR(sum(values), facts.att_sum, 1e-3);

  Warnings warnings;
  const RawSplit raw = to_raw_split(read_split_lists(folder), facts.images, 1);
  const Split split = make_split(raw, facts.images, 1);
  EXPECT_EQ(split.trainval.size(), facts.trainval);
  EXPECT_EQ(split.test_seen.size(), facts.test_seen);
  EXPECT_EQ(split.test_unseen.size(), facts.test_unseen);
  EXPECT_EQ(split.trainval.front(), raw.trainval.values.front() - 1);
  EXPECT_EQ(raw.train->values.size(), facts.listed_train);
  EXPECT_EQ(raw.val->values.size(), facts.listed_val);
  EXPECT_EQ(warnings.count({"variable train_loc"}), facts.leaks ? 1 : 0);
  EXPECT_EQ(warnings.count({"variable val_loc"}), facts.leaks ? 1 : 0);
  // train and val without the leaked rows are trainval: the union of the published lists is
  // trainval and test_seen.
  EXPECT_EQ(split.train.size() + split.val.size(), facts.trainval);
}

INSTANTIATE_TEST_SUITE_P(
    ,
    PublishedSplits,
    testing::Values(
        SplitFacts{"AWA2", 37322, {85, 50}, 298.233836, 23527, 5882, 7913, 20218, 9191, true},
        SplitFacts{"SUN", 14340, {102, 717}, 3297.021273, 10320, 2580, 1440, 11600, 1300, true},
        SplitFacts{"FLO", 8189, {1024, 102}, 280.545051, 5631, 1403, 1155, 5878, 1156, true},
        SplitFacts{"APY", 15339, {64, 32}, 101.089591, 5932, 1483, 7924, 4906, 1026, false}),
    [](const auto& instance) { return std::string(instance.param.name); });

// The antelope's first four attributes were not rated (original_att is -1 there, att -0.0038).
TEST(Awa2, MarksFourMissingAttributes) {
  DEM_NEEDS_REAL_DATA("att_splits/AWA2");
  GbuFolder folder(kShared + "/att_splits/AWA2", "att_splits.mat");
  const auto read = [&](const char* name) {
    const ArrayRef array = folder.require({name});
    return read_checked_matrix(array, matlab_axis(*array.file), {}, "");
  };
  const Matrix<float> original = read("original_att");
  Matrix<float> att = read("att");
  EXPECT_EQ(mark_missing_in_original(original, "original_att", MissingDescriptions::kKeep, att), 4);
  EXPECT_EQ(mark_missing_in_original(original, "original_att", MissingDescriptions::kAuto, att), 0);
  for (Index c = 0; c < att.rows(); ++c) {
    for (Index d = 0; d < att.cols(); ++d) {
      EXPECT_EQ(std::isnan(att(c, d)), c == 0 && d < 4) << c << " " << d;
    }
  }
}

TEST(DemCubFolder, HasOneHundredAndFiftyTrainingClasses) {
  DEM_NEEDS_REAL_DATA("dem_cub");
  DemFolder folder(*find_dem_files("CUB"), kShared + "/dem_cub");
  const std::vector<std::int64_t> ids = read_checked_integers(folder.open("testclasses_id"));
  const std::vector<std::int64_t> labels = read_checked_integers(folder.open("test_labels_cub"));
  ASSERT_EQ(ids.size(), 50u);
  EXPECT_THAT(std::vector<std::int64_t>(ids.begin(), ids.begin() + 10),
              testing::ElementsAre(1, 4, 6, 8, 9, 14, 23, 29, 31, 33));
  EXPECT_EQ(std::accumulate(ids.begin(), ids.end(), std::int64_t{0}), 4474);
  EXPECT_EQ(labels.size(), 2933u);
  EXPECT_EQ(std::accumulate(labels.begin(), labels.end(), std::int64_t{0}), 264163);
  EXPECT_EQ(std::set<std::int64_t>(labels.begin(), labels.end()),
            std::set<std::int64_t>(ids.begin(), ids.end()));

  const auto spaces = read_spaces({.train_mode = TrainMode::kAttribute}, folder, {8855, ids});
  ASSERT_EQ(spaces.size(), 1u);
  EXPECT_EQ(spaces[0].name, "attribute");
  EXPECT_EQ(spaces[0].train.cols(), 312);
  // 2.8 million and 15,600 float32 of at most 100, each rounded by at most 2^-18; on average far
  // less.
  EXPECT_NEAR(sum(spaces[0].train), 31572041.000144, 1.0);
  EXPECT_NEAR(sum(spaces[0].test), 175806.667212, 0.01);
  const MatrixView<const float> views[] = {spaces[0].train};
  const DistinctRows distinct = find_distinct_rows(views);
  EXPECT_EQ(distinct.size(), 150);
  EXPECT_TRUE(std::is_sorted(distinct.group_of.begin(), distinct.group_of.end()));  // 150 runs
}

TEST(FlowersClip, LoadsAsDescribed) {
  DEM_NEEDS_REAL_DATA("flowers102_clip");
  const Dataset data = load_dataset({.data_path = kShared, .name = "flowers102_clip"});
  EXPECT_EQ(data.visual_features.rows(), 4096);
  EXPECT_EQ(data.feature_dim(), 512);
  const auto [low, high] = std::minmax_element(
      data.visual_features.data(), data.visual_features.data() + data.visual_features.size());
  EXPECT_NEAR(*low, -0.7451, 5e-5);
  EXPECT_NEAR(*high, 0.3413, 5e-5);
  EXPECT_NEAR(sum(data.visual_features) / static_cast<double>(data.visual_features.size()),
              -0.000488,
              5e-7);
  EXPECT_EQ(data.classes.size(), 102);
  EXPECT_EQ(data.classes.names[0], "class 1");
  EXPECT_EQ(data.classes.embeddings[0].cols(), 1024);
  EXPECT_EQ(data.seen_classes.size(), 82u);
  ASSERT_EQ(data.unseen_classes.size(), 20u);
  EXPECT_EQ(data.unseen_classes.front(), 0);
  EXPECT_EQ(data.unseen_classes.back(), 19);
  EXPECT_EQ(data.split.trainval.size(), 2112u);
  EXPECT_EQ(data.split.test_seen.size(), 1403u);
  EXPECT_EQ(data.split.test_unseen.size(), 581u);
  const ValidationSplit validation = validation_split(data, 0);
  EXPECT_EQ(validation.train_rows.size(), 1764u);
  EXPECT_EQ(validation.val_rows.size(), 348u);
  ASSERT_EQ(validation.val_classes.size(), 20u);
  EXPECT_EQ(validation.val_classes.front(), 20);
  EXPECT_EQ(validation.val_classes.back(), 39);
  const MatrixView<const float> views[] = {data.visual_features};
  EXPECT_EQ(find_distinct_rows(views).size(), 4095);
}

TEST(Emoji, LoadsAsDescribed) {
  DEM_NEEDS_REAL_DATA("emoji");
  const Dataset data = load_dataset({.data_path = kShared + "/emoji", .name = "emoji"});
  EXPECT_EQ(data.visual_features.rows(), 5353);
  EXPECT_EQ(data.feature_dim(), 256);
  EXPECT_EQ(data.classes.size(), 1232);
  EXPECT_EQ(data.classes.names[0], "mahjong-red-dragon");
  EXPECT_EQ(data.classes.embeddings[0].cols(), 200);
  EXPECT_EQ(data.unseen_classes.size(), 246u);
  EXPECT_EQ(data.split.trainval.size(), 3403u);
  EXPECT_EQ(data.split.test_seen.size(), 889u);
  EXPECT_EQ(data.split.test_unseen.size(), 1061u);
  const ValidationSplit validation = validation_split(data, 0);
  EXPECT_EQ(validation.train_rows.size(), 2714u);
  EXPECT_EQ(validation.val_rows.size(), 689u);
}

TEST(Kylberg, ZeroBasedFolderOfSeparateFiles) {
  DEM_NEEDS_REAL_DATA("kylberg_wrn");
  DatasetOptions options{.data_path = kShared, .name = "kylberg_wrn"};
  const Dataset data = load_dataset(options);
  options.index_base = 0;
  EXPECT_EQ(load_dataset(options).fingerprint, data.fingerprint);
  options.index_base = 1;
  expect_error(ErrorKind::kFormat, {"kylberg_wrn", "got 0", "index base 0"}, [&] {
    (void)load_dataset(options);
  });
  EXPECT_EQ(data.visual_features.rows(), 400);
  EXPECT_EQ(data.feature_dim(), 640);
  EXPECT_NEAR(sum(data.visual_features) / 256000.0, 0.022118871, 1e-8);
  EXPECT_EQ(*std::max_element(data.visual_features.data(), data.visual_features.data() + 256000),
            1.6890618F);
  EXPECT_EQ(data.classes.size(), 20);
  EXPECT_EQ(data.classes.embeddings[0].cols(), 128);
  EXPECT_EQ(data.split.trainval.size(), 255u);
  EXPECT_EQ(data.split.test_seen.size(), 45u);
  EXPECT_EQ(data.split.test_unseen.size(), 100u);
  EXPECT_THAT(data.unseen_classes, testing::ElementsAre(15, 16, 17, 18, 19));
  EXPECT_EQ(data.seen_classes.size(), 15u);
  EXPECT_EQ(classes_of(data, data.split.test_seen).size(), 15u);
  // No val list: a fifth of 15 classes is drawn.
  EXPECT_EQ(validation_split(data, 0).val_classes.size(), 3u);
}

}  // namespace
}  // namespace dem
