#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class DataError : public CliTest {
 protected:
  // One message, status 3, nothing on stdout but the start line at most, no model folder.
  void expect_refused(const std::string& what, const std::string& named) const {
    const ProgramResult result =
        dem("train --data-path data --dataset AwA --save-ckpt out --epoch-size 1 --quiet");
    EXPECT_EQ(result.status, 3) << what << "\n" << result.err;
    EXPECT_NE(result.err.find(named), std::string::npos) << what << "\n" << result.err;
    EXPECT_EQ(lines_starting_with(result.err, "dem: "), 1) << what << "\n" << result.err;
    EXPECT_EQ(result.out, "") << what;
    EXPECT_FALSE(fs::exists(folder_ / "out")) << what;
  }
};

TEST_F(DataError, AMissingFolderNamesWhatWasLookedFor) {
  expect_refused("no data", "data");
}

TEST_F(DataError, AMissingFileIsNamed) {
  make_data();
  fs::remove(folder_ / "data/AwA_data/test_labels.mat");
  expect_refused("missing file", "test_labels.mat");
}

TEST_F(DataError, ATruncatedFileIsNamed) {
  make_data();
  const fs::path file = folder_ / "data/AwA_data/train_googlenet_bn.mat";
  fs::resize_file(file, fs::file_size(file) / 2);
  expect_refused("truncated file", "train_googlenet_bn.mat");
}

TEST_F(DataError, AFileOfAnotherKindIsNamed) {
  make_data();
  std::ofstream(folder_ / "data/AwA_data/test_googlenet_bn.mat") << "not a MAT file at all";
  expect_refused("other kind", "test_googlenet_bn.mat");
}

TEST_F(DataError, AMissingModelIsNamed) {
  make_data();
  const ProgramResult result = dem("eval --data-path data --dataset AwA --save-ckpt nowhere");
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("nowhere"), std::string::npos) << result.err;
  EXPECT_EQ(result.out, "");
}

TEST_F(DataError, CubWithWordVectorsIsRefusedAsTheReferenceDoes) {
  make_data("--dataset CUB");
  const ProgramResult result =
      dem("train --data-path data --dataset CUB --train-mode word --save-ckpt out");
  EXPECT_EQ(result.status, 2) << result.err;
  EXPECT_NE(result.err.find("a file of word vectors"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

// A limit on file sizes stands in for a full disk: the write fails in the same way.
TEST_F(DataError, AFullDiskLeavesNoHalfWrittenFile) {
  make_data();
  const ProgramResult result =
      run("trap '' XFSZ; ulimit -f 4; " + kProgram +
              " train --data-path data --dataset AwA --save-ckpt out --epoch-size 1 --quiet",
          folder_.path());
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find("cannot be written"), std::string::npos) << result.err;
  for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
    EXPECT_EQ(entry.path().filename(), "log.jsonl") << entry.path();
  }
}

TEST_F(DataError, OutputThatCannotBeWrittenIsAnError) {
  make_data();
  for (const char* command :
       {"inspect data/AwA_data/test_labels.mat",
        "train --data-path data --dataset AwA --save-ckpt out --epoch-size 1",
        "train --data-path data --dataset AwA --save-ckpt out --epoch-size 1 --json",
        "eval --data-path data --dataset AwA --save-ckpt out"}) {
    const ProgramResult result = run(kProgram + " " + command + " > /dev/full", folder_.path());
    EXPECT_EQ(result.status, 3) << command << "\n" << result.err;
    EXPECT_NE(result.err.find("standard output"), std::string::npos) << command << result.err;
  }
}

// What fails before its first step makes no folder, and leaves one that is there as it was.
TEST_F(DataError, AStartThatFailsTouchesNoModelFolder) {
  make_data();
  std::ofstream(folder_ / "weights.ckpt") << "not a checkpoint";
  const std::string train = "train --data-path data --dataset AwA --epoch-size 1 --quiet ";
  const struct {
    const char* options;
    int status;
  } cases[] = {{"--init nowhere.ckpt", 3},
               {"--init weights.ckpt", 3},
               {"--batch-size 100000", 2},
               {"--interval-step 0", 2},
               {"--resume --seed 5", 2}};
  ASSERT_EQ(dem(train + "--save-ckpt out").status, 0);
  std::map<std::string, std::string> before;
  for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
    before[entry.path().filename()] = read_file(entry.path());
  }
  for (const auto& [options, status] : cases) {
    EXPECT_EQ(dem(train + "--save-ckpt out " + options).status, status) << options;
    std::map<std::string, std::string> after;
    for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
      after[entry.path().filename()] = read_file(entry.path());
    }
    EXPECT_TRUE(after == before) << options;
    EXPECT_NE(dem(train + "--save-ckpt new " + options).status, 0) << options;
    EXPECT_FALSE(fs::exists(folder_ / "new")) << options;
  }
}

}  // namespace
}  // namespace dem::test
