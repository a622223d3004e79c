#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli_fixture.h"
#include "data/gbu_toy.h"

namespace dem::test {
namespace {

class DoctorCommand : public CliTest {
 protected:
  void SetUp() override { write_toy_gbu(folder_.file("data/TOY")); }
  void write(const Variable& changed) const {
    write_toy_gbu(folder_.file("data/TOY"), toy_features(), with(toy_split(), changed));
  }
  [[nodiscard]] ProgramResult doctor(const std::string& options = "") const {
    return dem("doctor --data-path data --dataset TOY " + options);
  }
};

TEST_F(DoctorCommand, TellsFindingsAndThatResultsAreRight) {
  const ProgramResult result = doctor();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("TOY, layout gbu\n"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("9b50a7632d8285c1"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("warning: 1 of 3 rows of train is a test row  "
                            "[test-rows-in-tuning-list]\n"),
            std::string::npos)
      << result.out;
  EXPECT_NE(result.out.find("--missing-descriptions mean"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\nTOY: 0 errors, "), std::string::npos) << result.out;
}

TEST_F(DoctorCommand, ExitsWithThreeWhereResultsWouldBeWrong) {
  write(column("trainval_loc", {7, 1, 3, 8, 2}));
  const ProgramResult result = doctor("--json");
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_EQ(result.err, "");
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["status"], "wrong");
  EXPECT_EQ(json["findings"][0]["severity"], "error");
  EXPECT_EQ(json["split_fingerprint"], "");
}

TEST_F(DoctorCommand, WritesAMendedCopyThatPasses) {
  const ProgramResult result = doctor("--fix mended --json");
  EXPECT_EQ(result.status, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["mended_copy"]["folder"], "mended/TOY");
  EXPECT_EQ(json["mended_copy"]["mended"][0], "test-rows-in-tuning-list");
  const ProgramResult after = dem("doctor --data-path mended --dataset TOY --json");
  EXPECT_EQ(after.status, 0) << after.err;
  const auto findings = nlohmann::json::parse(after.out)["findings"];
  ASSERT_FALSE(findings.empty());
  for (const auto& finding : findings) {
    EXPECT_FALSE(finding["mendable"]) << finding;
  }
  const ProgramResult again = doctor("--fix mended");
  EXPECT_EQ(again.status, 2) << again.out;
  EXPECT_NE(again.err.find("--fix: expected a new or empty folder"), std::string::npos)
      << again.err;
}

TEST_F(DoctorCommand, TextNamesWhatIsMendedAndWhatIsLeft) {
  const ProgramResult result = doctor("--fix mended");
  EXPECT_NE(result.out.find("mended copy: mended/TOY, 2 files"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("  mended   test-rows-in-tuning-list"), std::string::npos)
      << result.out;
}

TEST_F(DoctorCommand, SaysWhichFoldersTheCopyHasNot) {
  std::filesystem::create_directories(folder_ / "data/TOY/images");
  const ProgramResult result = doctor("--fix mended");
  EXPECT_NE(result.out.find("  left out images/\n"), std::string::npos) << result.out;
}

// A file of nothing that takes a while to copy is among the data.
TEST_F(DoctorCommand, CtrlCLeavesNothingOfTheCopy) {
  const ProgramResult result =
      run("truncate -s 4G data/TOY/large.bin; { " + kProgram +
              " doctor --data-path data --dataset TOY --fix mended 2> err & pid=$!; }; "
              "until ls mended/.TOY.partial.*/TOY/large.bin* 2> none; do "
              "kill -0 $pid || exit 99; sleep 0.01; done; "
              "kill -INT $pid; wait $pid",
          folder_.path());
  EXPECT_EQ(result.status, 130);
  EXPECT_EQ(read_file(folder_ / "err"), "dem: interrupted; nothing was written\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "mended"));
}

TEST_F(DoctorCommand, TellsWhatItFoundThoughNoCopyCanBeMade) {
  make_data("--dataset toy --layout gbu");
  std::filesystem::create_directories(folder_ / "full");
  std::ofstream(folder_ / "full/file") << "x";
  const ProgramResult full = dem("doctor --data-path data --dataset toy --fix full");
  EXPECT_EQ(full.status, 2);
  EXPECT_EQ(full.out, "") << "before any work";
  EXPECT_NE(full.err.find("expected a new or empty folder"), std::string::npos) << full.err;
  const ProgramResult none = dem("doctor --data-path data --dataset toy --fix /proc/none");
  EXPECT_EQ(none.status, 3);
  EXPECT_NE(none.out.find("split fingerprint"), std::string::npos) << none.out;
  EXPECT_NE(none.err.find("/proc/none"), std::string::npos) << none.err;
}

TEST_F(DoctorCommand, RefusesTyposAndWhatIsNotThere) {
  EXPECT_EQ(doctor("--fixx out").status, 2);
  EXPECT_EQ(doctor("--near-duplicates 2").status, 2);
  const ProgramResult none = dem("doctor --data-path data --dataset NONE");
  EXPECT_EQ(none.status, 3);
  EXPECT_NE(none.err.find("no data of dataset NONE"), std::string::npos) << none.err;
  EXPECT_EQ(none.out, "");
}

TEST_F(DoctorCommand, ReadsTheReferencesLayout) {
  make_data();
  const ProgramResult result = dem("doctor --data-path data --dataset AwA");
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  const ProgramResult refused = dem("doctor --data-path data --dataset AwA --fix out");
  EXPECT_EQ(refused.status, 2) << refused.err;
}

}  // namespace
}  // namespace dem::test
