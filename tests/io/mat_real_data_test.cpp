// Published MATLAB files, against the facts that their descriptions state. They lie beside the
// checkout, or the tests are skipped (support/real_data.h).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "dem/io/array_file.h"
#include "support/real_data.h"

namespace dem {
namespace {

class RealData : public ::testing::Test {
 protected:
  void SetUp() override { DEM_NEEDS_REAL_DATA(""); }
  static std::unique_ptr<ArrayFile> open(const std::string& name) {
    return ArrayFile::open(test::real_data(name));
  }
};

double sum(const Matrix<float>& m) {
  return std::accumulate(m.data(), m.data() + m.size(), 0.0);
}

// The sum of float32 values whose originals were float64: each is off by 2^-24 of itself at most.
double rounding(const Matrix<float>& m) {
  return std::accumulate(m.data(), m.data() + m.size(), 0.0, [](double total, float x) {
    return total + std::abs(static_cast<double>(x)) * 0x1.0p-24;
  });
}

void expect_sum(ArrayFile& file, const std::string& name, std::vector<Index> shape, double total) {
  SCOPED_TRACE(file.path());
  const ArrayInfo& info = file.require(name);
  ASSERT_EQ(info.shape, shape) << name;
  for (const int axis : {0, 1}) {
    const Matrix<float> m = read_matrix(file, info, axis);
    // The descriptions print six decimals.
    EXPECT_NEAR(sum(m), total, rounding(m) + 1e-6) << name << " along axis " << axis;
  }
}

void expect_unit_columns(ArrayFile& file) {
  const Matrix<float> rows = read_matrix(file, file.require("att"), 1);
  for (Index i = 0; i < rows.rows(); ++i) {
    double square = 0;
    for (const float x : rows.row(i)) square += static_cast<double>(x) * static_cast<double>(x);
    EXPECT_NEAR(square, 1.0, 1e-5) << file.path() << ", class " << i;
  }
}

struct Splits {
  const char* set;
  Index dim, classes;
  double sum;
  std::size_t trainval, test_seen, test_unseen, train, val;
  std::int64_t images;
};

TEST_F(RealData, AttributeSplitsHaveThePublishedSizes) {
  const Splits kSplits[] = {{"AWA2", 85, 50, 298.233836, 23527, 5882, 7913, 20218, 9191, 37322},
                            {"SUN", 102, 717, 3297.021273, 10320, 2580, 1440, 11600, 1300, 14340},
                            {"FLO", 1024, 102, 280.545051, 5631, 1403, 1155, 5878, 1156, 8189},
                            {"APY", 64, 32, 101.089591, 5932, 1483, 7924, 4906, 1026, 15339}};
  for (const Splits& splits : kSplits) {
    const auto file = open(std::string("att_splits/") + splits.set + "/att_splits.mat");
    SCOPED_TRACE(file->path());
    expect_sum(*file, "att", {splits.dim, splits.classes}, splits.sum);
    expect_unit_columns(*file);
    std::vector<std::int64_t> all;
    const std::pair<const char*, std::size_t> kLists[] = {{"trainval_loc", splits.trainval},
                                                          {"test_seen_loc", splits.test_seen},
                                                          {"test_unseen_loc", splits.test_unseen}};
    for (const auto& [name, size] : kLists) {
      EXPECT_EQ(file->require(name).type, ElementType::kUint16) << name;
      const auto list = file->read_integers(file->require(name));
      EXPECT_EQ(list.size(), size) << name;
      all.insert(all.end(), list.begin(), list.end());
    }
    EXPECT_EQ(file->read_integers(file->require("train_loc")).size(), splits.train);
    EXPECT_EQ(file->read_integers(file->require("val_loc")).size(), splits.val);
    // Together the three lists hold every image once, counted from 1.
    std::sort(all.begin(), all.end());
    std::vector<std::int64_t> expected(static_cast<std::size_t>(splits.images));
    std::iota(expected.begin(), expected.end(), 1);
    EXPECT_EQ(all, expected);
  }
}

TEST_F(RealData, ClassNamesAreRead) {
  const auto names = [](const char* file) {
    const auto opened = open(file);
    return opened->read_strings(opened->require("allclasses_names"));
  };
  const auto awa2 = names("att_splits/AWA2/att_splits.mat");
  ASSERT_EQ(awa2.size(), 50u);
  EXPECT_EQ(awa2.front(), "antelope");
  EXPECT_EQ(awa2.back(), "dolphin");
  const auto sun = names("att_splits/SUN/att_splits.mat");
  ASSERT_EQ(sun.size(), 717u);
  EXPECT_EQ(sun.front(), "abbey");
  EXPECT_EQ(sun.back(), "zoo");
  EXPECT_EQ(open("att_splits/FLO/att_splits.mat")->find("allclasses_names"), nullptr);
}

TEST_F(RealData, FourEntriesOfAwa2AreMissing) {
  const auto file = open("att_splits/AWA2/att_splits.mat");
  const Matrix<float> original = read_matrix(*file, file->require("original_att"), 0);
  const auto negative = std::count_if(
      original.data(), original.data() + original.size(), [](float x) { return x < 0; });
  EXPECT_EQ(negative, 4);
}

TEST_F(RealData, CubOfDemHasItsAttributesAndLabels) {
  expect_sum(*open("dem_cub/train_attr.mat"), "train_attr", {8855, 312}, 31572041.000144);
  expect_sum(*open("dem_cub/test_proto.mat"), "test_proto", {50, 312}, 175806.667212);
  const auto labels_file = open("dem_cub/test_labels_cub.mat");
  const auto labels = labels_file->read_integers(labels_file->require("test_labels_cub"));
  EXPECT_EQ(labels.size(), 2933u);
  EXPECT_EQ(std::accumulate(labels.begin(), labels.end(), std::int64_t{0}), 264163);
  const auto ids_file = open("dem_cub/testclasses_id.mat");
  const auto ids = ids_file->read_integers(ids_file->require("testclasses_id"));
  ASSERT_EQ(ids.size(), 50u);
  EXPECT_EQ(std::accumulate(ids.begin(), ids.end(), std::int64_t{0}), 4474);
  EXPECT_EQ(std::vector<std::int64_t>(ids.begin(), ids.begin() + 10),
            (std::vector<std::int64_t>{1, 4, 6, 8, 9, 14, 23, 29, 31, 33}));
}

TEST_F(RealData, FlowersHaveTheirRangeAndMean) {
  const auto file = open("flowers102_clip/clip_vitb.mat");
  const Matrix<float> features = read_matrix(*file, file->require("features"), 1);
  ASSERT_EQ(features.rows(), 4096);
  ASSERT_EQ(features.cols(), 512);
  const auto [least, most] =
      std::minmax_element(features.data(), features.data() + features.size());
  EXPECT_NEAR(*least, -0.7451, 5e-5);
  EXPECT_NEAR(*most, 0.3413, 5e-5);
  EXPECT_NEAR(sum(features) / static_cast<double>(features.size()), -0.000488, 5e-7);
  const auto splits = open("flowers102_clip/att_splits.mat");
  EXPECT_EQ(splits->read_integers(splits->require("trainval_loc")).size(), 2112u);
  EXPECT_EQ(splits->read_integers(splits->require("test_unseen_loc")).size(), 581u);
}

TEST_F(RealData, KylbergHasItsMeanItsLabelsAndItsPaths) {
  const auto file = open("kylberg_wrn/Wrn.mat");
  const Matrix<float> features = read_matrix(*file, file->require("features"), 1);
  ASSERT_EQ(features.rows(), 400);
  ASSERT_EQ(features.cols(), 640);
  const auto [least, most] =
      std::minmax_element(features.data(), features.data() + features.size());
  EXPECT_EQ(*least, 0.0f);
  EXPECT_FLOAT_EQ(*most, 1.6890618f);
  EXPECT_NEAR(sum(features) / static_cast<double>(features.size()), 0.022118871, 5e-10);
  const auto labels = file->read_integers(file->require("labels"));
  for (std::int64_t label = 0; label < 20; ++label) {
    EXPECT_EQ(std::count(labels.begin(), labels.end(), label), 20) << label;
  }
  // A character array of rank 3, padded with blanks.
  const auto paths = file->read_strings(file->require("image_files"));
  ASSERT_EQ(paths.size(), 400u);
  EXPECT_TRUE(paths.back().ends_with("/wall1-a-p006.png")) << paths.back();
}

TEST_F(RealData, EmojiHaveTheirSizesAndUnitColumns) {
  const auto features = open("emoji/features.mat");
  EXPECT_EQ(to_string(features->require("features")), "int8 [256, 5353]");
  const auto labels = features->read_integers(features->require("labels"));
  ASSERT_EQ(labels.size(), 5353u);
  EXPECT_EQ(*std::min_element(labels.begin(), labels.end()), 1);
  EXPECT_EQ(*std::max_element(labels.begin(), labels.end()), 1232);
  EXPECT_EQ(features->read_strings(features->require("image_files")).size(), 5353u);
  const auto splits = open("emoji/att_splits.mat");
  expect_unit_columns(*splits);
  EXPECT_EQ(splits->read_strings(splits->require("allclasses_names")).size(), 1232u);
  EXPECT_EQ(splits->read_integers(splits->require("val_loc")).size(), 689u);
}

// features.npy of this set was made from the runs by log(1 + |x - mean| / std) with the mean and
// standard deviation of the run without fault; an independent library made it.
TEST_F(RealData, TennesseeEastmanRunsGiveTheFeaturesMadeFromThem) {
  const auto normal_file = open("tep/d00.mat");
  const Matrix<float> normal = read_matrix(*normal_file, normal_file->require("data"), 1);
  ASSERT_EQ(normal.rows(), 500);
  ASSERT_EQ(normal.cols(), 52);
  const auto derived_file = open("tep/features.npy");
  const Matrix<float> derived = read_matrix(*derived_file, derived_file->arrays()[0], 0);
  const auto run_file = open("tep/d02.mat");
  const Matrix<float> run = read_matrix(*run_file, run_file->require("data"), 1);
  ASSERT_EQ(run.rows(), 480);
  for (Index j = 0; j < 52; ++j) {
    double mean = 0, square = 0;
    for (Index i = 0; i < 500; ++i) mean += static_cast<double>(normal(i, j)) / 500;
    for (Index i = 0; i < 500; ++i) square += std::pow(static_cast<double>(normal(i, j)) - mean, 2);
    const double deviation = std::sqrt(square / 500);
    // x is rounded to float32: 2^-24 of x, in units of the deviation.
    for (Index i = 0; i < 480; ++i) {
      const double x = run(i, j);
      const double expected = std::log1p(std::abs(x - mean) / deviation);
      const double tolerance = 4 * std::abs(x) * 0x1.0p-24 / deviation + 1e-6;
      EXPECT_NEAR(derived(480 + i, j), expected, tolerance) << i << ", " << j;
    }
  }
}

}  // namespace
}  // namespace dem
