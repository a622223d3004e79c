// The toy datasets as scipy and h5py write them (tools/make_dataset_fixtures.py) are the same as
// the ones that the other tests write themselves: every encoding loads to the same fingerprint.
#include <gtest/gtest.h>

#include "dem/data/dataset.h"
#include "dem_toy.h"
#include "gbu_toy.h"

namespace dem {
namespace {

const std::string kFixtures = std::string(DEM_SOURCE_DIR) + "/tests/data/fixtures";

std::string fingerprint(const std::string& path, const std::string& name, TrainMode mode) {
  return load_dataset({.data_path = path, .name = name, .train_mode = mode}).fingerprint;
}

TEST(Fixtures, LayoutDemAsScipyAndH5pyWriteIt) {
  const test::TemporaryFolder folder;
  test::write_toy_cub(folder.path());
  test::write_toy_awa(folder.path());
  const auto expect_same = [&](const char* name, TrainMode mode) {
    EXPECT_EQ(fingerprint(kFixtures, name, mode), fingerprint(folder.path(), name, mode))
        << name << " " << to_string(mode);
  };
  expect_same("CUB", TrainMode::kAttribute);
  expect_same("AwA", TrainMode::kAttribute);
  expect_same("AwA", TrainMode::kWord);
  expect_same("AwA", TrainMode::kFusion);
}

TEST(Fixtures, LayoutGbuInMatV5AndV73) {
  const test::TemporaryFolder folder;
  test::write_toy_gbu(folder.file("TOY"));
  const std::string expected = fingerprint(folder.path(), "TOY", TrainMode::kAttribute);
  EXPECT_EQ(fingerprint(kFixtures, "TOY", TrainMode::kAttribute), expected);
  EXPECT_EQ(fingerprint(kFixtures, "TOY73", TrainMode::kAttribute), expected);
}

// Four TiB that a file of a few hundred bytes claims must not be asked of the system.
TEST(Fixtures, ClaimsBeyondTheFilesSizeAreRefused) {
  const test::TemporaryFolder folder;
  test::write_toy_cub(folder.path());
  std::filesystem::copy_file(kFixtures + "/huge/test_proto.mat",
                             folder.file("CUB_data/test_proto.mat"),
                             std::filesystem::copy_options::overwrite_existing);
  test::expect_error(ErrorKind::kFormat,
                     {"CUB_data/test_proto.mat", "test_proto", "274877906944"},
                     [&] { (void)fingerprint(folder.path(), "CUB", TrainMode::kAttribute); });
}

}  // namespace
}  // namespace dem
