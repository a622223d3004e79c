// What load_dataset holds of a dataset of which it keeps one rank's rows.
#include <gtest/gtest.h>

#include <vector>

#include "dem/data/dataset.h"
#include "dem/pipeline/statistics.h"
#include "io/mat_writer.h"
#include "support/allocations.h"
#include "support/files.h"

namespace dem {
namespace {

constexpr Index kRows = 1 << 14, kDim = 1024, kNumClasses = 4;
constexpr Index kFoldDim = 256;
constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kFeatureBytes = kRows * kDim * sizeof(float);  // 64 MiB

MatVariable column(const char* name, const std::vector<std::int64_t>& values) {
  return {name,
          MatrixView<const std::int64_t>(values.data(), static_cast<Index>(values.size()), 1),
          ElementType::kInt32};
}

// Classes 1 .. 3 are seen; of every four rows the last one is a test row of class 4.
void write_gbu(const std::string& folder, Index dim = kDim) {
  std::vector<std::int64_t> labels, trainval, test_unseen;
  for (Index i = 0; i < kRows; ++i) {
    labels.push_back(i % kNumClasses + 1);
    (i % kNumClasses == kNumClasses - 1 ? test_unseen : trainval).push_back(i + 1);
  }
  Matrix<float> features(kRows, dim);
  for (Index i = 0; i < kRows; ++i) features(i, 0) = static_cast<float>(i);  // no two are the same
  const MatVariable images[] = {{"features", features.view(), ElementType::kFloat32, true},
                                column("labels", labels)};
  write_mat5(folder + "/res101.mat", images);
  Matrix<float> att(kNumClasses, 2);
  for (Index c = 0; c < kNumClasses; ++c) att(c, 0) = static_cast<float>(c);
  const MatVariable split[] = {{"att", att.view(), ElementType::kFloat32, true},
                               column("trainval_loc", trainval),
                               column("test_unseen_loc", test_unseen)};
  write_mat5(folder + "/att_splits.mat", split);
}

TEST(ShardMemory, IsThatOfTheRowsKept) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("TOY"));
  write_gbu(folder.file("TOY"));
  for (const int size : {1, 4, 16}) {
    const DatasetOptions options{.data_path = folder.path().string(),
                                 .name = "TOY",
                                 .shard = {.rank = size - 1, .size = size}};
    Dataset dataset;
    const std::size_t peak = test::peak_of([&] { dataset = load_dataset(options); });
    EXPECT_EQ(dataset.visual_features.rows(), kRows / size);
    // A block, the pieces that two threads read, lists and labels.
    EXPECT_LE(peak, kFeatureBytes / static_cast<std::size_t>(size) + 12 * kMiB) << size;
  }
}

// Blocks of the file and float32 rows, labels and lists; no part of it grows with the features.
TEST(ShardMemory, OfStatisticsIsThatOfABlock) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("TOY"));
  write_gbu(folder.file("TOY"));
  const DatasetOptions options{.data_path = folder.path().string(), .name = "TOY"};
  SavedStatistics saved;
  const std::size_t peak = test::peak_of([&] { saved = gather_statistics(options, {}); });
  EXPECT_EQ(saved.statistics.num_images(), kRows / kNumClasses * (kNumClasses - 1));
  EXPECT_LE(peak, kFeatureBytes / 4) << "of " << kFeatureBytes;
}

// With second moments: besides what it takes without them, those of four folds and of all, one more
// while they are added up, 512 rows of double, and the sample once.
TEST(ShardMemory, OfStatisticsByFoldIsThatOfTheMomentsAndTheSampleMore) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("TOY"));
  write_gbu(folder.file("TOY"), kFoldDim);
  const DatasetOptions options{.data_path = folder.path().string(), .name = "TOY"};
  SavedStatistics saved;
  const auto peak = [&](const GatherOptions& gather) {
    return test::peak_of([&] { saved = gather_statistics(options, gather); });
  };
  const std::size_t plain = peak({});
  constexpr std::size_t kMoments = 6 * kFoldDim * kFoldDim * sizeof(double);
  constexpr std::size_t kDeviations = 512 * kFoldDim * sizeof(double);
  for (const std::size_t rows : {std::size_t{0}, std::size_t{6000}}) {
    saved = {};
    const std::size_t most =
        plain + kMoments + kDeviations + kMiB / 2 + rows * (kFoldDim * sizeof(float) + 100);
    EXPECT_LE(peak({.second_moment = true, .sample_rows = static_cast<Index>(rows)}), most) << rows;
    EXPECT_EQ(saved.folds->num_folds(), kNumFolds);
    EXPECT_EQ(saved.sample.size(), static_cast<Index>(rows));
  }
}

}  // namespace
}  // namespace dem
