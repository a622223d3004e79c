// dem import, from the command line.
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

class ImportCommand : public CliTest {
 protected:
  void SetUp() override {
    write("classes.csv", "name,legs\nant,6\nbee,6\ncat,4\n");
    write("frame.csv", "kind,site,f,g\nant,x,1,2\nbee,y,3,4\nant,x,5,6\n");
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.file(name)) << text;
  }
  void expect_refused(const std::string& arguments, int status, const std::string& part) const {
    const ProgramResult result = dem("import " + arguments);
    EXPECT_EQ(result.status, status) << arguments << '\n' << result.err;
    EXPECT_NE(result.err.find(part), std::string::npos) << arguments << '\n' << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder_.file("out"))) << arguments;
  }
};

TEST_F(ImportCommand, GivesAFolderThatTrains) {
  const ProgramResult result = dem(
      "import frame.csv --classes classes.csv --class-column kind --leave-out site -o out --json");
  ASSERT_EQ(result.status, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["kind"], "frame");
  EXPECT_EQ(json["images"], 3);
  EXPECT_EQ(json["spaces"], nlohmann::json::array({"attribute 1"}));
  EXPECT_NE(result.err.find("2 features under \"f\", \"g\""), std::string::npos) << result.err;
  EXPECT_EQ(dem("doctor --data-path . --dataset out").status, 0);
}

TEST_F(ImportCommand, MessagesNameTheOptionsThatHelp) {
  const std::string frame = "frame.csv -o out --quiet ";
  expect_refused(frame, 2, "a file of classes (--classes)");
  expect_refused(frame + "--classes classes.csv", 3, "--class-column");
  expect_refused(frame + "--classes classes.csv --class-column kind", 3, "--leave-out");
  expect_refused(frame + "--attributes original", 2, "--attributes: is for kind gbu");
  expect_refused(frame + "--from gbv", 2, "--from: expected auto, gbu");
  expect_refused("nothere -o out", 3, "nothere: expected a folder or a file");
  expect_refused("classes.csv", 2, "--output is required");
  make_data("--layout gbu --dataset TOY");
  expect_refused("data/TOY -o out --id-column x", 2, "--id-column: is for kind frame");
  expect_refused("data/TOY -o data", 2, "--output: expected a new or empty folder");
}

TEST_F(ImportCommand, KeepsWhatLayoutGbuHas) {
  make_data("--layout gbu --dataset TOY");
  const ProgramResult result = dem("import data/TOY -o out");
  ASSERT_EQ(result.status, 0) << result.err;
  const auto fingerprint = [&](const std::string& data) {
    const ProgramResult doctor = dem("doctor --json " + data);
    return nlohmann::json::parse(doctor.out)["split_fingerprint"].get<std::string>();
  };
  EXPECT_EQ(fingerprint("--data-path . --dataset out"),
            fingerprint("--data-path data --dataset TOY"));
}

}  // namespace
}  // namespace dem::test
