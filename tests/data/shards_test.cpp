// Datasets of which every rank keeps the features of its own rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "base/rng.h"
#include "dem/data/dataset.h"
#include "dem/data/synthetic.h"
#include "dem_toy.h"
#include "gbu_toy.h"
#include "io/mat_writer.h"
#include "support/random_matrix.h"
#include "table_toy.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<float> values(std::span<const float> row) {
  return {row.begin(), row.end()};
}

Dataset load_shard(DatasetOptions options, int rank, int size) {
  options.shard = {rank, size};
  return load_dataset(options);
}

void expect_same_but_features(const Dataset& shard, const Dataset& whole) {
  EXPECT_EQ(shard.labels, whole.labels);
  EXPECT_EQ(shard.num_rows(), whole.num_rows());
  EXPECT_EQ(shard.feature_dim(), whole.feature_dim());
  EXPECT_EQ(shard.classes.names, whole.classes.names);
  EXPECT_EQ(shard.classes.seen, whole.classes.seen);
  EXPECT_EQ(shard.seen_classes, whole.seen_classes);
  EXPECT_EQ(shard.unseen_classes, whole.unseen_classes);
  EXPECT_EQ(shard.split.trainval, whole.split.trainval);
  EXPECT_EQ(shard.split.train, whole.split.train);
  EXPECT_EQ(shard.split.val, whole.split.val);
  EXPECT_EQ(shard.split.test_seen, whole.split.test_seen);
  EXPECT_EQ(shard.split.test_unseen, whole.split.test_unseen);
  EXPECT_EQ(shard.files, whole.files);
  EXPECT_EQ(shard.fingerprint, whole.fingerprint);
}

// Together the shards hold every row once, each with its own numbers.
void expect_shards_of(const DatasetOptions& options) {
  const Dataset whole = load_dataset(options);
  ASSERT_FALSE(whole.is_sharded());
  for (const int size : {1, 2, 3, 7}) {
    std::vector<int> holders(whole.labels.size());
    for (int rank = 0; rank < size; ++rank) {
      SCOPED_TRACE(testing::Message() << "rank " << rank << " of " << size);
      const Dataset shard = load_shard(options, rank, size);
      expect_same_but_features(shard, whole);
      ASSERT_EQ(shard.is_sharded(), size > 1);
      std::set<Index> places;
      for (Index row = 0; row < whole.num_rows(); ++row) {
        const auto held = shard.held(std::span(&row, 1));
        if (held.empty()) continue;
        ASSERT_EQ(held.size(), 1u);
        ++holders[static_cast<std::size_t>(row)];
        places.insert(held[0]);
        ASSERT_LT(held[0], shard.visual_features.rows());
        EXPECT_EQ(values(shard.visual_features.row(held[0])),
                  values(whole.visual_features.row(row)))
            << row;
      }
      EXPECT_EQ(static_cast<Index>(places.size()), shard.visual_features.rows());
    }
    EXPECT_THAT(holders, testing::Each(1)) << size;
  }
}

TEST(Shards, OfLayoutGbuHoldEveryRowOnce) {
  const TemporaryFolder folder;
  test::write_toy_gbu(folder.file("TOY"));
  expect_shards_of({.data_path = folder.path(), .name = "TOY"});
}

TEST(Shards, OfLayoutDemHoldEveryRowOnce) {
  const TemporaryFolder folder;
  test::write_toy_cub(folder.path());
  expect_shards_of({.data_path = folder.path(), .name = "CUB"});
}

TEST(Shards, OfLayoutTableHoldEveryRowOnce) {
  const TemporaryFolder folder;
  test::write_files(folder.file("TOY"),
                    test::with(test::toy_table(), "split.csv", "ant,seen\nbee,seen\ncat,unseen\n"));
  expect_shards_of({.data_path = folder.path(), .name = "TOY"});
}

// More rows than a block, in each kind of file that they come out of in another way.
constexpr Index kManyRows = 700, kDim = 4100;

Matrix<float> many_features() {
  Rng rng(5, Purpose::kSynthetic);
  return test::normal_matrix(kManyRows, kDim, 1.0, rng);
}

TEST(Shards, OfSeveralBlocksInLayoutGbuHoldEveryRowOnce) {
  const TemporaryFolder folder;
  const Matrix<float> features = many_features();
  std::vector<std::int32_t> labels{1, 1, 2, 2, 3, 3, 4, 4};
  labels.resize(kManyRows, 4);
  test::write_toy_gbu(folder.file("TOY"));
  const MatrixView<const std::int32_t> column(labels.data(), kManyRows, 1);
  const MatVariable variables[] = {{"features", features.view(), ElementType::kFloat32, true},
                                   {"labels", column, ElementType::kInt32}};
  for (const bool compressed : {false, true}) {
    write_mat5(folder.file("TOY/res101.mat"), variables, compressed);
    expect_shards_of({.data_path = folder.path(), .name = "TOY"});
  }
}

TEST(Shards, OfSeveralBlocksInLayoutDemHoldEveryRowOnce) {
  const TemporaryFolder folder;
  const Matrix<float> features = many_features();
  test::write_toy_cub(folder.path());
  std::vector<double> descriptions;
  for (int i = 0; i < 2 * kManyRows; ++i) descriptions.push_back(i % 3);
  test::write_mat4(
      folder.path(), "CUB_data", test::matrix("train_attr", kManyRows, 2, descriptions));
  const auto path = [&](const char* name) { return folder.file("CUB_data/") + name + ".mat"; };
  const MatVariable test_features{"test_cub_googlenet_bn", features.view().row_block(3, 4)};
  write_mat5(path("test_cub_googlenet_bn"), std::span(&test_features, 1));
  const char* train = "train_cub_googlenet_bn";
  write_hdf5_matlab(path(train), train, features, true);
  expect_shards_of({.data_path = folder.path(), .name = "CUB"});
  const MatVariable train_features{train, features.view()};
  write_mat5(path(train), std::span(&train_features, 1), true);
  expect_shards_of({.data_path = folder.path(), .name = "CUB"});
}

TEST(Shards, OfSyntheticDataHoldEveryRowOnce) {
  const TemporaryFolder folder;
  for (const char* layout : {"dem", "gbu"}) {
    const std::string output = folder.file(layout);
    write_synthetic({.output = output,
                     .layout = layout,
                     .num_train_images = 300,
                     .num_test_images = 100,
                     .num_test_seen_images = layout == std::string("gbu") ? 50 : 0,
                     .feature_dim = 24});
    expect_shards_of({.data_path = output, .name = "AwA"});
  }
}

// trainval 6 0 2 7, test unseen 5 4, test seen 1 3, row 8 in no list.
TEST(Shards, AreDealtByPositionInTheLists) {
  const TemporaryFolder folder;
  std::vector<double> features, labels{1, 1, 2, 2, 3, 3, 4, 4, 4};
  for (int i = 0; i < 9; ++i) features.push_back(i);
  test::write_toy_gbu(folder.file("TOY"),
                      {test::matrix("features", 1, 9, features), test::column("labels", labels)});
  const DatasetOptions options{.data_path = folder.path(), .name = "TOY"};
  const Dataset even = load_shard(options, 0, 2);
  EXPECT_THAT(even.feature_rows, ElementsAre(-1, 0, 1, -1, -1, 2, 3, -1, 4));
  EXPECT_THAT(even.held(even.split.trainval), ElementsAre(3, 1));
  EXPECT_THAT(even.held(even.split.test_unseen), ElementsAre(2));
  EXPECT_THAT(even.held(even.split.test_seen), ElementsAre(0));
  const Dataset odd = load_shard(options, 1, 2);
  EXPECT_THAT(odd.feature_rows, ElementsAre(0, -1, -1, 1, 2, -1, -1, 3, -1));
  EXPECT_THAT(odd.held(odd.split.trainval), ElementsAre(0, 3));

  const Dataset last = load_shard(options, 20, 21);
  EXPECT_THAT(last.held(last.split.trainval), IsEmpty());
  EXPECT_EQ(last.visual_features.rows(), 0);
  EXPECT_EQ(last.feature_dim(), 1);
}

TEST(Shards, AWholeDatasetHoldsWhatIsAskedFor) {
  Dataset whole;
  whole.labels = {0, 0, 1};
  EXPECT_FALSE(whole.is_sharded());
  EXPECT_EQ(whole.num_rows(), 3);
  EXPECT_THAT(whole.held(std::vector<Index>{2, 0}), ElementsAre(2, 0));
}

// The same message on every rank, whichever holds the row.
TEST(Shards, RefuseWhatIsNotFiniteInAnyRow) {
  const TemporaryFolder folder;
  const auto message_of = [&](const DatasetOptions& options) {
    try {
      (void)load_dataset(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFormat);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  auto features = test::toy_features();
  features[0].values[11] = std::numeric_limits<double>::quiet_NaN();  // dimension 1 of image 3
  test::write_toy_gbu(folder.file("TOY"), features);
  test::write_toy_cub(folder.path());
  test::write_mat4(
      folder.path(),
      "CUB_data",
      test::matrix(
          "test_cub_googlenet_bn", 4, 3, {50, 51, 52, 60, 61, 62, 70, 1e300, 72, 80, 81, 82}));
  for (const char* name : {"TOY", "CUB"}) {
    DatasetOptions options{.data_path = folder.path(), .name = name};
    const std::string expected = message_of(options);
    EXPECT_NE(expected.find("expected finite numbers"), std::string::npos) << expected;
    for (int rank = 0; rank < 3; ++rank) {
      options.shard = {rank, 3};
      EXPECT_EQ(message_of(options), expected) << name << " rank " << rank;
    }
  }
}

TEST(Shards, TheRankMustBeOneOfTheGroup) {
  const TemporaryFolder folder;
  test::write_toy_gbu(folder.file("TOY"));
  const DatasetOptions options{.data_path = folder.path(), .name = "TOY"};
  for (const auto& [rank, size] : {std::pair{2, 2}, {-1, 2}, {0, 0}}) {
    expect_error(ErrorKind::kInvalidArgument,
                 {"shard", "0 <= rank < size"},
                 [&, r = rank, s = size] { (void)load_shard(options, r, s); });
  }
}

}  // namespace
}  // namespace dem
