#include "dem/data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dem_toy.h"
#include "gbu_toy.h"

namespace dem {
namespace {

using test::column;
using test::expect_error;
using test::TemporaryFolder;
using testing::ElementsAre;

TEST(DatasetNames, ModesGoThereAndBack) {
  for (const TrainMode mode : {TrainMode::kAttribute, TrainMode::kWord, TrainMode::kFusion}) {
    EXPECT_EQ(train_mode_from_string(to_string(mode)), mode);
  }
  expect_error(ErrorKind::kInvalidArgument, {"att, word or fusion", "\"attribute\""}, [] {
    (void)train_mode_from_string("attribute");
  });
}

TEST(DatasetNames, AnUnknownLayoutIsRefusedWithTheChoices) {
  const TemporaryFolder folder;
  expect_error(
      ErrorKind::kInvalidArgument, {"layout", "auto or one of dem, gbu, table", "\"mat\""}, [&] {
        (void)detect_layout({.data_path = folder.path(), .name = "CUB", .layout = "mat"});
      });
}

TEST(DatasetNames, EveryLayoutIsInTheTableOnce) {
  const std::vector<std::string> names = layout_names();
  EXPECT_THAT(names, testing::IsSupersetOf({"dem", "gbu", "table"}));
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_THAT(names, testing::Not(testing::Contains("auto")));
}

TEST(Dataset, RowsAreCountedFromTheStartOfTheirFile) {
  Dataset data;
  EXPECT_EQ(data.row_in_file(7), 7);
  data.file_starts = {0, 5, 9};
  EXPECT_EQ(data.row_in_file(0), 0);
  EXPECT_EQ(data.row_in_file(4), 4);
  EXPECT_EQ(data.row_in_file(5), 0);
  EXPECT_EQ(data.row_in_file(8), 3);
  EXPECT_EQ(data.row_in_file(11), 2);
}

TEST(DatasetNames, FusionTakesWordsFirst) {
  EXPECT_THAT(input_spaces(TrainMode::kAttribute), ElementsAre("attribute"));
  EXPECT_THAT(input_spaces(TrainMode::kWord), ElementsAre("word"));
  EXPECT_THAT(input_spaces(TrainMode::kFusion), ElementsAre("word", "attribute"));
}

TEST(LoadDataset, SaysWhatItLookedFor) {
  const TemporaryFolder folder;
  expect_error(ErrorKind::kIo,
               {folder.file("CUB_data/"), "(dem)", folder.file("CUB/*.mat"), "(gbu)"},
               [&] { (void)load_dataset({.data_path = folder.path(), .name = "CUB"}); });
  expect_error(ErrorKind::kIo, {"AwA or CUB", folder.file("SUN/*.mat")}, [&] {
    (void)load_dataset({.data_path = folder.path(), .name = "SUN"});
  });
  expect_error(ErrorKind::kIo, {"SUN", "AwA or CUB"}, [&] {
    (void)load_dataset({.data_path = folder.path(), .name = "SUN", .layout = "dem"});
  });
  expect_error(ErrorKind::kIo, {"data path", folder.file("no")}, [&] {
    (void)load_dataset({.data_path = folder.file("no"), .name = "CUB"});
  });
}

TEST(LoadDataset, TwoLayoutsNeedAChoice) {
  const TemporaryFolder folder;
  test::write_toy_cub(folder.path());
  test::write_toy_gbu(folder.file("CUB"));
  DatasetOptions options{.data_path = folder.path(), .name = "CUB"};
  expect_error(ErrorKind::kInvalidArgument,
               {"CUB_data (dem)", "/CUB (gbu)", "choose a layout"},
               [&] { (void)load_dataset(options); });
  expect_error(
      ErrorKind::kInvalidArgument, {"choose a layout"}, [&] { (void)detect_layout(options); });
  options.layout = "dem";
  EXPECT_EQ(load_dataset(options).labels.size(), 9u);
  options.layout = "gbu";
  EXPECT_EQ(load_dataset(options).labels.size(), 8u);
}

TEST(LoadDataset, DetectsTheLayoutWithoutReading) {
  const TemporaryFolder folder;
  test::write_toy_cub(folder.path());
  std::filesystem::create_directories(folder.file("TOY"));
  std::ofstream(folder.file("TOY/res101.mat")) << "nothing that could be read";
  EXPECT_EQ(detect_layout({.data_path = folder.path(), .name = "cub"}), "dem");
  EXPECT_EQ(detect_layout({.data_path = folder.path(), .name = "toy"}), "gbu");
}

TEST(LoadDataset, RefusesOptionsThatMakeNoSense) {
  const TemporaryFolder folder;
  for (const char* name : {"", "..", "a/b"}) {
    expect_error(ErrorKind::kInvalidArgument, {"dataset name", name}, [&] {
      (void)load_dataset({.data_path = folder.path(), .name = name});
    });
  }
  expect_error(ErrorKind::kInvalidArgument, {"index_base", "0 or 1", "got 2"}, [&] {
    (void)load_dataset({.data_path = folder.path(), .name = "A", .index_base = 2});
  });
}

TEST(LoadDataset, FingerprintIsOfTheContent) {
  const TemporaryFolder folder;
  test::write_toy_gbu(folder.file("A"));
  test::write_toy_gbu(folder.file("B"));
  const auto fingerprint = [&](const char* name) {
    return load_dataset({.data_path = folder.path(), .name = name}).fingerprint;
  };
  const std::string a = fingerprint("A");
  EXPECT_EQ(a.size(), 32u);
  EXPECT_EQ(fingerprint("B"), a);
  const auto changed = [&](const std::vector<test::Variable>& features,
                           const std::vector<test::Variable>& split) {
    test::write_toy_gbu(folder.file("B"), features, split);
    return fingerprint("B");
  };
  std::set<std::string> all{a};
  auto features = test::toy_features();
  features[0].values[3] += 1;
  all.insert(changed(features, test::toy_split()));
  auto split = test::toy_split();
  split[0].values[0] += .5;
  all.insert(changed(test::toy_features(), split));
  all.insert(
      changed(test::toy_features(), with(test::toy_split(), column("trainval_loc", {1, 7, 3, 8}))));
  all.insert(changed(test::toy_features(), with(test::toy_split(), column("test_seen_loc", {2}))));
  all.insert(changed(test::toy_features(), without(test::toy_split(), "allclasses_names")));
  EXPECT_EQ(all.size(), 6u);
}

TEST(LoadDataset, SaysWhatItsDescriptionsAre) {
  const TemporaryFolder folder;
  test::write_toy_awa(folder.path());
  DatasetOptions options{
      .data_path = folder.path(), .name = "AwA", .train_mode = TrainMode::kFusion};
  options.original_attributes = true;  // what the layout has not
  const Dataset data = load_dataset(options);
  EXPECT_EQ(data.train_mode, TrainMode::kFusion);
  EXPECT_FALSE(data.original_attributes);
  EXPECT_FALSE(data.shuffled_with);
}

std::vector<float> descriptions(const Dataset& data) {
  const Matrix<float>& rows = data.classes.embeddings[0];
  return {rows.data(), rows.data() + rows.size()};
}

TEST(ShuffleClassEmbeddings, ChangesTheFingerprintWithTheSeed) {
  const TemporaryFolder folder;
  test::write_toy_gbu(folder.file("TOY"));
  DatasetOptions options{.data_path = folder.path(), .name = "TOY"};
  Dataset data = load_dataset(options);
  const Dataset plain = load_dataset(options);
  shuffle_class_embeddings(data, 3);
  EXPECT_EQ(data.shuffled_with, 3u);
  EXPECT_NE(descriptions(data), descriptions(plain));
  std::set<std::string> fingerprints{plain.fingerprint, data.fingerprint};
  options.shuffle_classes = 3;
  const Dataset loaded = load_dataset(options);
  EXPECT_EQ(descriptions(loaded), descriptions(data));
  EXPECT_EQ(loaded.fingerprint, data.fingerprint);
  options.shuffle_classes = 4;
  fingerprints.insert(load_dataset(options).fingerprint);
  EXPECT_EQ(fingerprints.size(), 3u);
  expect_error(
      ErrorKind::kInvalidArgument, {"TOY", "seed 3"}, [&] { shuffle_class_embeddings(data, 5); });
}

Dataset many_classes(Index num_classes) {
  Dataset data;
  for (Index c = 0; c < num_classes; ++c) {
    data.classes.names.push_back(std::to_string(c));
    data.classes.seen.push_back(true);
    data.seen_classes.push_back(static_cast<ClassId>(c));
    for (int i = 0; i < 3; ++i) {
      data.split.trainval.push_back(static_cast<Index>(data.labels.size()));
      data.labels.push_back(static_cast<ClassId>(c));
    }
  }
  return data;
}

TEST(ValidationSplit, DrawsAFifthOfTheSeenClasses) {
  const Dataset data = many_classes(13);
  const ValidationSplit split = validation_split(data, 7);
  EXPECT_EQ(split.val_classes.size(), 2u);
  EXPECT_TRUE(std::is_sorted(split.val_classes.begin(), split.val_classes.end()));
  EXPECT_EQ(split.val_rows.size(), 6u);
  EXPECT_EQ(split.train_rows.size(), 33u);
  for (const Index row : split.val_rows) {
    EXPECT_THAT(split.val_classes, testing::Contains(data.labels[static_cast<std::size_t>(row)]));
  }
  for (const Index row : split.train_rows) {
    EXPECT_THAT(split.val_classes,
                testing::Not(testing::Contains(data.labels[static_cast<std::size_t>(row)])));
  }
  EXPECT_EQ(validation_split(data, 7).val_classes, split.val_classes);
  std::set<std::vector<ClassId>> drawn;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    drawn.insert(validation_split(data, seed).val_classes);
  }
  EXPECT_GT(drawn.size(), 10u);
}

TEST(ValidationSplit, TakesTheDatasOwnLists) {
  Dataset data = many_classes(4);
  data.split.trainval.pop_back();   // row 11 is no training row
  data.split.train = {0, 1, 3, 4};  // classes 0 and 1
  data.split.val = {9, 11, 6};      // classes 3 and 2
  test::Warnings warnings;
  const ValidationSplit split = validation_split(data, 1);
  EXPECT_EQ(warnings.count({"split.val: 1 rows outside split.trainval"}), 1);
  EXPECT_EQ(warnings.count({"split.train:"}), 0);
  EXPECT_THAT(split.train_rows, ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(split.val_rows, ElementsAre(9, 6));
  EXPECT_THAT(split.val_classes, ElementsAre(2, 3));
}

TEST(ValidationSplit, DrawsWhereTheListsShareClasses) {
  Dataset data = many_classes(10);
  data.split.train = {0, 1};
  data.split.val = {2, 3};  // row 2 is of class 0 too
  const ValidationSplit split = validation_split(data, 1);
  EXPECT_EQ(split.val_classes.size(), 2u);
  EXPECT_EQ(split.train_rows.size() + split.val_rows.size(), 30u);
}

TEST(ValidationSplit, NeverTouchesTestRows) {
  Dataset data = many_classes(5);
  data.split.trainval = {0, 3, 6, 9, 12};
  data.split.test_seen = {1, 4, 7, 10, 13};
  const ValidationSplit split = validation_split(data, 3);
  std::vector<Index> rows = split.train_rows;
  rows.insert(rows.end(), split.val_rows.begin(), split.val_rows.end());
  EXPECT_THAT(rows, testing::UnorderedElementsAreArray(data.split.trainval));
}

// Every class is held out once, its rows are nowhere else in that fold, and no row is lost.
TEST(ValidationFolds, HoldOutEverySeenClassOnce) {
  for (const Index folds : {2, 3, 5}) {
    const Dataset data = many_classes(11);
    const std::vector<ValidationSplit> splits = validation_folds(data, folds, 7);
    ASSERT_EQ(splits.size(), static_cast<std::size_t>(folds));
    std::vector<ClassId> held_out;
    for (const ValidationSplit& split : splits) {
      EXPECT_GE(split.val_classes.size(), 2u);
      EXPECT_TRUE(std::is_sorted(split.val_classes.begin(), split.val_classes.end()));
      held_out.insert(held_out.end(), split.val_classes.begin(), split.val_classes.end());
      EXPECT_EQ(split.val_rows.size(), 3 * split.val_classes.size());
      EXPECT_EQ(split.train_rows.size() + split.val_rows.size(), 33u);
      for (const Index row : split.train_rows) {
        EXPECT_THAT(split.val_classes,
                    testing::Not(testing::Contains(data.labels[static_cast<std::size_t>(row)])));
      }
    }
    EXPECT_THAT(held_out, testing::UnorderedElementsAreArray(data.seen_classes));
  }
}

TEST(ValidationFolds, AreAsManyAsTheDataSuggest) {
  Dataset data = many_classes(12);
  EXPECT_EQ(validation_folds(data, 0, 7).size(), 3u);
  EXPECT_EQ(validation_folds(many_classes(5), 0, 7).size(), 2u);
  EXPECT_EQ(validation_folds(many_classes(3), 0, 7).size(), 1u);
  EXPECT_EQ(validation_folds(data, 1, 7)[0].val_classes, validation_split(data, 7).val_classes);
  EXPECT_NE(validation_folds(data, 0, 7)[0].val_classes,
            validation_folds(data, 0, 8)[0].val_classes);
  data.split.train = {0, 1, 3, 4};  // classes 0 and 1
  data.split.val = {9, 10, 6};      // classes 3 and 2
  const auto own = validation_folds(data, 0, 7);
  ASSERT_EQ(own.size(), 1u);
  EXPECT_THAT(own[0].val_classes, ElementsAre(2, 3));
  EXPECT_EQ(validation_folds(data, 3, 7).size(), 3u);  // asked for: over all seen classes
}

TEST(ValidationFolds, NeedTwoClassesEach) {
  expect_error(ErrorKind::kInvalidArgument, {"at most 3", "of 7 seen classes", "got 4"}, [] {
    (void)validation_folds(many_classes(7), 4, 1);
  });
}

TEST(ValidationSplit, NeedsTwoSeenClasses) {
  EXPECT_EQ(validation_split(many_classes(2), 1).val_classes.size(), 1u);
  expect_error(ErrorKind::kInvalidArgument, {"two seen classes", "got 1"}, [] {
    (void)validation_split(many_classes(1), 1);
  });
}

}  // namespace
}  // namespace dem
