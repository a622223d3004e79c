// Runs under mpirun, all tests on every rank.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "dem/base/log.h"
#include "dem/pipeline/predict.h"
#include "io/npy_writer.h"
#include "support/files.h"
#include "support/mpi_group.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;

constexpr Index kBlockRows = 4;

class PredictRanks : public ::testing::Test {
 protected:
  static Model five_classes() {
    Model model;
    model.class_map = ClassMap(
        NetworkMap{Network({.inputs = {{"attribute", 1}}, .hidden_dim = 0, .feature_dim = 3})});
    for (int c = 0; c < 5; ++c) {
      model.classes.names.push_back("class, " + std::to_string(c));
      model.classes.seen.push_back(c % 2 == 0);
    }
    model.classes.spaces = {"attribute"};
    model.classes.embeddings.emplace_back(5, 1);
    model.temperature = 0.5f;
    model.prototypes.rows = Matrix<float>(5, 3);
    for (Index c = 0; c < 5; ++c) {
      for (Index j = 0; j < 3; ++j) {
        model.prototypes.rows(c, j) = std::sin(static_cast<float>(3 * c + j));
      }
    }
    return model;
  }

  // Every rank has a file of its own with the same rows, as on hosts without a common file system.
  [[nodiscard]] std::string csv_file(Index rows, std::optional<Index> broken = {}) const {
    std::string csv;
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < 3; ++j) {
        csv += broken == i && j == 1 ? "nan" : std::to_string(feature(i, j));
        csv += j < 2 ? ',' : '\n';
      }
    }
    return folder_.write("features.csv", csv);
  }
  [[nodiscard]] std::string npy_file(Index rows) const {
    Matrix<float> features(rows, 3);
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < 3; ++j) features(i, j) = feature(i, j);
    }
    write_npy(folder_.file("features.npy"), features);
    return folder_.file("features.npy");
  }
  static float feature(Index i, Index j) { return std::cos(static_cast<float>(5 * i + j)); }

  [[nodiscard]] static PredictFileOptions reading(std::string input) {
    PredictFileOptions options;
    options.input = std::move(input);
    options.block_rows = kBlockRows;
    options.group = &group();
    return options;
  }

  struct Result {
    std::string bytes;
    PredictFileSummary summary;
  };
  [[nodiscard]] static Result predict(PredictFileOptions options, Communicator* group) {
    Result result;
    options.group = group;
    options.write = [&](std::string_view bytes) { result.bytes += bytes; };
    result.summary = predict_file(five_classes(), options);
    return result;
  }

  static void expect_the_same_as_one_process(const PredictFileOptions& options,
                                             const std::string& what) {
    const Result alone = predict(options, nullptr);
    const Result ours = predict(options, &group());
    EXPECT_EQ(ours.bytes, group().is_root() ? alone.bytes : "") << what;
    EXPECT_EQ(ours.summary.rows, alone.summary.rows) << what;
    EXPECT_EQ(ours.summary.rejected, alone.summary.rejected) << what;
    EXPECT_TRUE(ours.summary.finished) << what;
  }

  static Communicator& group() { return mpi_group(); }

  // What the message begins with where some ranks fail, this one first.
  [[nodiscard]] static std::string by_rank(int rank) {
    if (group().size() == 1) return "";
    return "rank " + std::to_string(rank) + " of " + std::to_string(group().size()) + ": ";
  }
  // The message of the error that predict_file throws.
  [[nodiscard]] static std::string failure(const PredictFileOptions& options, Communicator* ranks) {
    try {
      (void)predict(options, ranks);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
};

TEST_F(PredictRanks, OutputOfEveryFormatIsThatOfOneProcess) {
  const Index n = group().size();
  for (const PredictionFormat format :
       {PredictionFormat::kCsv, PredictionFormat::kJsonLines, PredictionFormat::kNpy}) {
    // Fewer blocks than ranks, one block each, whole rounds, a last round in part, a last row.
    for (const Index rows : {Index{1},
                             kBlockRows,
                             n * kBlockRows,
                             3 * n * kBlockRows,
                             2 * n * kBlockRows + kBlockRows + 3,
                             2 * n * kBlockRows + 1}) {
      const PredictFileOptions options{
          .input = csv_file(rows), .format = format, .predict = {.top_k = 2}, .reject_below = 0.6};
      expect_the_same_as_one_process(
          options, std::to_string(static_cast<int>(format)) + ", rows " + std::to_string(rows));
    }
  }
}

// Blocks go across files, some of which are shorter than a block.
TEST_F(PredictRanks, FilesThatFollowOneAnotherAreOneMatrix) {
  std::filesystem::create_directory(folder_.file("x"));
  Index row = 0;
  int number = 0;
  for (const Index rows : {1, 9, 2, 17, 4}) {
    Matrix<float> features(rows, 3);
    for (Index i = 0; i < rows; ++i, ++row) {
      for (Index j = 0; j < 3; ++j) features(i, j) = feature(row, j);
    }
    write_npy(folder_.file("x/x_" + std::to_string(number++) + ".npy"), features);
  }
  for (const PredictionFormat format : {PredictionFormat::kCsv, PredictionFormat::kNpy}) {
    PredictFileOptions options = reading(folder_.file("x"));
    options.format = format;
    expect_the_same_as_one_process(options, "a folder");
    const Result folder = predict(options, &group());
    options.input = npy_file(row);
    EXPECT_EQ(predict(options, &group()).bytes, folder.bytes);
  }
}

TEST_F(PredictRanks, RejectedRowsOfAllRanksAreCounted) {
  PredictFileOptions options = reading(csv_file(41));
  options.reject_below = 0.6;
  const Result result = predict(options, &group());
  EXPECT_EQ(result.summary.rows, 41);
  EXPECT_GT(result.summary.rejected, 0);
  EXPECT_LT(result.summary.rejected, 41);
  if (!group().is_root()) return;
  Index lines = 0;
  for (std::size_t at = 0; (at = result.bytes.find(",true,", at)) != std::string::npos; ++at) {
    ++lines;
  }
  EXPECT_EQ(result.summary.rejected, lines);
}

TEST_F(PredictRanks, FilesOfKnownLengthAreReadAsInOneProcess) {
  for (const PredictionFormat format : {PredictionFormat::kCsv, PredictionFormat::kNpy}) {
    PredictFileOptions options = reading(npy_file(29));
    options.format = format;
    expect_the_same_as_one_process(options, "npy");
  }
}

TEST_F(PredictRanks, AnOutputFileIsMadeOnTheRootAlone) {
  PredictFileOptions options = reading(csv_file(23));
  options.output = folder_.file("labels.csv");
  EXPECT_TRUE(predict_file(five_classes(), options).finished);
  EXPECT_EQ(std::filesystem::exists(options.output), group().is_root());
}

TEST_F(PredictRanks, ABrokenRowIsNamedAsInOneProcess) {
  const Index n = group().size();
  for (const Index row :
       {Index{2}, kBlockRows, n * kBlockRows - 1, n * kBlockRows + 1, 2 * n * kBlockRows - 1}) {
    const PredictFileOptions options = reading(csv_file(2 * n * kBlockRows, row));
    const std::string alone = failure(options, nullptr);
    const std::string message = failure(options, &group());
    const std::string where = "row " + std::to_string(row) + ", column 1 (counted from 0)";
    EXPECT_NE(alone.find(where), std::string::npos) << alone;
    // The rest is the path of that rank's file.
    EXPECT_EQ(message.substr(message.find(": row")), alone.substr(alone.find(": row")));
    // The rank whose block it is; the others have skipped the row.
    const auto owner = static_cast<int>(row / kBlockRows % n);
    EXPECT_TRUE(message.starts_with(by_rank(owner))) << message;
  }
}

TEST_F(PredictRanks, AFileThatOneRankLacksEndsAll) {
  const int last = group().size() - 1;
  PredictFileOptions options = reading(csv_file(9));
  if (group().rank() == last) options.input = folder_.file("missing.csv");
  const std::string message = failure(options, &group());
  EXPECT_EQ(message.substr(0, by_rank(last).size()), by_rank(last));
  EXPECT_NE(message.find("missing.csv"), std::string::npos) << message;
}

TEST_F(PredictRanks, AnOutputThatTheRootCannotMakeEndsAll) {
  PredictFileOptions options = reading(csv_file(9));
  options.output = folder_.file("missing/labels.csv");
  EXPECT_NE(failure(options, &group()).find("missing/labels.csv"), std::string::npos);
}

TEST_F(PredictRanks, AWriteThatFailsOnTheRootEndsAll) {
  PredictFileOptions options = reading(csv_file(9 * group().size()));
  int writes = 0;
  options.write = [&](std::string_view) {
    if (++writes == 2 * group().size()) throw Error(ErrorKind::kIo, "the disk is full");
  };
  expect_error(
      ErrorKind::kIo, {"the disk is full"}, [&] { (void)predict_file(five_classes(), options); });
}

TEST_F(PredictRanks, FilesOfDifferentLengthsAreRefused) {
  if (group().size() == 1) GTEST_SKIP() << "one rank, one file";
  for (const Index rows : {Index{5}, Index{8}, Index{100}}) {
    const PredictFileOptions options = reading(csv_file(group().is_root() ? 41 : rows));
    EXPECT_NE(failure(options, &group()).find("expected the same rows on every rank"),
              std::string::npos)
        << rows;
  }
  // Within a block only the lengths that the files claim differ.
  const std::string npy = npy_file(group().is_root() ? 8 : 7);
  EXPECT_NE(failure(reading(npy), &group()).find("expected the same rows on every rank"),
            std::string::npos);
}

TEST_F(PredictRanks, StandardInputIsRefused) {
  if (group().size() == 1) GTEST_SKIP() << "one rank can read it";
  expect_error(ErrorKind::kInvalidArgument,
               {"expected a file, which every rank can read, got standard input"},
               [&] { (void)predict(reading("-"), &group()); });
}

TEST_F(PredictRanks, AllStopWhereOneIsAskedTo) {
  PredictFileOptions options = reading(csv_file(40 * group().size()));
  options.output = folder_.file("labels.csv");
  int asked = 0;
  const int last = group().size() - 1;
  options.should_stop = [&] { return ++asked == 3 && group().rank() == last; };
  const PredictFileSummary summary = predict_file(five_classes(), options);
  EXPECT_FALSE(summary.finished);
  EXPECT_EQ(summary.rows, 2 * kBlockRows * group().size());
  EXPECT_FALSE(std::filesystem::exists(options.output));
}

TEST_F(PredictRanks, OnlyTheRootWarns) {
  Model model = five_classes();
  model.temperature = 0.0f;
  int warnings = 0;
  set_log_sink([&](LogLevel, std::string_view) { ++warnings; });
  PredictFileOptions options = reading(csv_file(9));
  options.write = [](std::string_view) {};
  (void)predict_file(model, options);
  set_log_sink({});
  EXPECT_EQ(warnings, group().is_root() ? 1 : 0);
}

}  // namespace
}  // namespace dem
