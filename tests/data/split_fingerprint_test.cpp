#include "dem/data/split_fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "dem/data/dataset_from_arrays.h"
#include "gbu_toy.h"

namespace dem {
namespace {

using test::column;
using test::lines;
using test::toy_features;
using test::toy_split;
using test::with;
using test::without;
using test::write_toy_gbu;

Dataset load(const std::vector<test::Variable>& split = toy_split(),
             const DatasetOptions::Shard& shard = {}) {
  const test::TemporaryFolder folder;
  write_toy_gbu(folder.file("TOY"), toy_features(), split);
  return load_dataset({.data_path = folder.path(), .name = "TOY", .shard = shard});
}

// XXH3_64bits of the published library, called by a C program with the text of the toy:
//   dem split 1 / seen 3 / four / one / two / unseen 1 / three / trainval 4 / 0 / 2 / 6 / 7 /
//   test_seen 2 / 1 / 3 / test_unseen 2 / 4 / 5 /          where each / is a newline
TEST(SplitFingerprint, IsTheHashOfTheDocumentedText) {
  EXPECT_EQ(split_fingerprint(load()), "9b50a7632d8285c1");
}

TEST(SplitFingerprint, DoesNotDependOnOrderChoiceOrWhatIsNotTheSplit) {
  const std::string expected = split_fingerprint(load());
  EXPECT_EQ(split_fingerprint(load(with(toy_split(), column("trainval_loc", {1, 3, 7, 8})))),
            expected);
  EXPECT_EQ(split_fingerprint(load(with(toy_split(), column("test_unseen_loc", {5, 6})))),
            expected);
  EXPECT_EQ(split_fingerprint(load(without(without(toy_split(), "train_loc"), "val_loc"))),
            expected);
  EXPECT_EQ(split_fingerprint(load(with(
                toy_split(), test::matrix("att", 3, 4, {4, 3, 2, 1, 1, 1, 2, 1, 9, 8, 7, 6})))),
            expected);
}

// The same split of the same classes in another order of the class table, by another way in.
TEST(SplitFingerprint, IsThatOfArraysWithTheClassesInAnotherOrder) {
  const Dataset files = load();
  DatasetArrays arrays;
  arrays.classes.names = {"four", "three", "two", "one"};
  for (const ClassId c : files.labels) arrays.labels.push_back(3 - c);
  arrays.classes.spaces = {"attribute"};
  arrays.classes.embeddings.push_back(Matrix<float>(4, 3));
  for (Index c = 0; c < 4; ++c) arrays.classes.embeddings[0](c, 0) = static_cast<float>(c + 1);
  arrays.split = files.split;
  EXPECT_EQ(split_fingerprint(dataset_from_arrays(files.visual_features, std::move(arrays))),
            split_fingerprint(files));
}

TEST(SplitFingerprint, IsTheSameOnEveryRank) {
  const std::string expected = split_fingerprint(load());
  for (int rank = 0; rank < 3; ++rank) {
    EXPECT_EQ(split_fingerprint(load(toy_split(), {rank, 3})), expected) << rank;
  }
}

TEST(SplitFingerprint, ChangesWithRowsAndClasses) {
  const std::string expected = split_fingerprint(load());
  EXPECT_NE(split_fingerprint(load(with(toy_split(), column("trainval_loc", {7, 1, 3})))),
            expected);
  EXPECT_NE(split_fingerprint(load(with(toy_split(), column("test_seen_loc", {2})))), expected);
  EXPECT_NE(split_fingerprint(load(with(toy_split(), column("test_unseen_loc", {6})))), expected);
  EXPECT_NE(split_fingerprint(load(
                with(toy_split(), lines("allclasses_names", {"one", "two", "THREE", "four"})))),
            expected);
}

}  // namespace
}  // namespace dem
