// dem eval of scores that another system gave.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli_fixture.h"

namespace dem::test {
namespace {

class EvalScores : public CliTest {
 protected:
  void SetUp() override {
    write("s.csv", "ant,bee,cat,dog\n1,5,2,3\n1,2,3,0\n0,6,5,4\n0,1,2,7\n0,4,1,6\n9,0,1,2\n");
    write("l.csv", "bee\nbee\ncat\ncat\ndog\ndog\n");
    write("seen.txt", "ant\nbee\n");
    write("unseen.txt", "cat\ndog\n");
    write("v.csv", "ant,bee,cat,dog\n9,3,0,0\n8,2,0,0\n7,6,0,0\n4,3,0,0\n");
    write("vl.csv", "ant\nant\nbee\nbee\n");
    write("vu.txt", "bee\n");
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.file(name)) << text;
  }
  [[nodiscard]] static std::string scores() {
    return "eval --scores s.csv --labels l.csv --seen-classes seen.txt --unseen-classes unseen.txt";
  }
};

TEST_F(EvalScores, PrintsTheFieldsScores) {
  const auto shown = dem(scores());
  ASSERT_EQ(shown.status, 0) << shown.err;
  EXPECT_NE(shown.out.find("T1 75.0  (mean over 2 unseen classes, chance 50.0, scores)"),
            std::string::npos)
      << shown.out;
  EXPECT_NE(shown.out.find("U 25.0  S 50.0  H 33.3"), std::string::npos) << shown.out;
  const auto with_gamma = dem(scores() + " --gamma 1.5 --json");
  ASSERT_EQ(with_gamma.status, 0) << with_gamma.err;
  const auto json = nlohmann::json::parse(with_gamma.out);
  EXPECT_EQ(json.at("metrics").at("U"), 0.5);
  EXPECT_EQ(json.at("gamma"), 1.5);
  EXPECT_EQ(json.at("selection"), "given");
}

TEST_F(EvalScores, FindsGammaOnValidationScores) {
  const std::string validation =
      " --val-scores v.csv --val-labels vl.csv --val-unseen-classes vu.txt";
  const auto shown = dem(scores() + validation + " --gamma val --json");
  ASSERT_EQ(shown.status, 0) << shown.err;
  const auto json = nlohmann::json::parse(shown.out);
  EXPECT_GT(json.at("gamma"), 1.0);
  EXPECT_LT(json.at("gamma"), 6.0);
  EXPECT_EQ(json.at("selection"), "val");
  const auto unused = dem(scores() + validation);
  EXPECT_EQ(unused.status, 2);
  EXPECT_NE(unused.err.find("--gamma: expected val with validation scores"), std::string::npos)
      << unused.err;
}

TEST_F(EvalScores, RefusesOptionsThatDoNotBelongTogether) {
  const std::pair<std::string, std::string> cases[] = {
      {"eval --seen-classes l.csv", "--seen-classes: expected --scores with it"},
      {scores() + " --dataset emoji", "--dataset: is of a model and its data"},
      {scores() + " --gamma val", "--val-scores: expected a file"},
      {"eval --scores s.csv", "--labels: expected a file"},
      {scores() + " --gamma more", "--gamma: expected a finite number or none"},
      {scores() + " --curve -", "--curve: expected a file"},
  };
  for (const auto& [arguments, message] : cases) {
    const auto shown = dem(arguments);
    EXPECT_EQ(shown.status, 2) << arguments << '\n' << shown.err;
    EXPECT_NE(shown.err.find(message), std::string::npos) << arguments << '\n' << shown.err;
    EXPECT_EQ(shown.out, "");
  }
}

}  // namespace
}  // namespace dem::test
