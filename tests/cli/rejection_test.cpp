// Rejection at a precision that training measured on held-out images.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class Rejection : public CliTest {
 protected:
  static constexpr const char* kFeatures = " --input data/TOY/res101.mat";

  void make_model(const std::string& recipe = "auto") const {
    const ProgramResult made =
        dem("synth --output data --layout gbu --dataset TOY --num-train-images 400 "
            "--num-test-images 100 --num-test-seen-images 40 --num-seen-classes 20 "
            "--num-unseen-classes 4 --attribute-dim 15 --feature-dim 12 --noise 0.6");
    ASSERT_EQ(made.status, 0) << made.err;
    const ProgramResult trained = dem("train --quiet --data-path data --dataset TOY --recipe " +
                                      recipe + " --save-ckpt model");
    ASSERT_EQ(trained.status, 0) << trained.err;
  }
  [[nodiscard]] ProgramResult predict(const std::string& arguments) const {
    return dem("predict --model model --format jsonl" + std::string(kFeatures) + " " + arguments);
  }
  [[nodiscard]] nlohmann::json curve() const {
    const auto report = nlohmann::json::parse(dem("inspect --json model/model.safetensors").out);
    return nlohmann::json::parse(report.at("metadata").at("rejection").get<std::string>());
  }
  void expect_refused(const std::string& arguments,
                      std::initializer_list<const char*> parts) const {
    const ProgramResult result = predict(arguments + " --output out.jsonl");
    EXPECT_EQ(result.status, 2) << arguments << "\n" << result.err;
    for (const char* part : parts) {
      EXPECT_NE(result.err.find(part), std::string::npos) << part << "\n" << result.err;
    }
    EXPECT_FALSE(fs::exists(folder_ / "out.jsonl"));
  }
};

TEST_F(Rejection, IsAtTheLowestThresholdWithThatPrecision) {
  make_model();
  const auto points = curve().at("points");
  ASSERT_GT(points.size(), 2U);
  const double wanted = (points[0][1].get<double>() + points[1][1].get<double>()) / 2;
  const double threshold = points[1][0].get<double>();
  const ProgramResult found = predict("--reject-at-precision " + std::to_string(wanted));
  ASSERT_EQ(found.status, 0) << found.err;
  EXPECT_NE(found.err.find("folds of held-out seen classes"), std::string::npos) << found.err;
  EXPECT_NE(found.err.find("among 20 classes"), std::string::npos) << found.err;
  // 24 are searched, the unseen ones among them.
  EXPECT_NE(found.err.find("measured among 20 classes, and 24 are searched"), std::string::npos)
      << found.err;
  std::istringstream lines(found.out);
  int rejected = 0, rows = 0;
  for (std::string line; std::getline(lines, line); ++rows) {
    const auto row = nlohmann::json::parse(line);
    const bool expected = row.at("top").at(0).at("probability").get<double>() < threshold;
    EXPECT_EQ(row.at("rejected").get<bool>(), expected) << line;
    rejected += expected ? 1 : 0;
  }
  EXPECT_GT(rejected, 0);
  EXPECT_LT(rejected, rows);
  const ProgramResult seen =
      predict("--candidates seen --reject-at-precision " + std::to_string(wanted));
  EXPECT_EQ(seen.err.find("may be another one here"), std::string::npos) << seen.err;
}

TEST_F(Rejection, AnExportedGraphHasThatThreshold) {
  make_model();
  const auto points = curve().at("points");
  const ProgramResult exported = dem(
      "export --quiet --save-ckpt model --graph classify --output c.onnx --reject-at-precision " +
      std::to_string(points[1][1].get<double>() - 1e-5));
  ASSERT_EQ(exported.status, 0) << exported.err;
  const auto report = nlohmann::json::parse(dem("inspect --json c.onnx").out);
  EXPECT_EQ(std::stod(report.at("metadata").at("reject_below").get<std::string>()),
            points[1][0].get<double>());
}

TEST_F(Rejection, APrecisionThatCannotBeIsRefusedWithTheWayOut) {
  make_model();
  const double best = curve().at("points").back()[1].get<double>();
  ASSERT_LT(best, 1.0);
  expect_refused("--reject-at-precision 1",
                 {"--reject-at-precision: expected one that was reached", "--reject-below takes"});
  expect_refused("--reject-at-precision 0", {"a number above 0, at most 1, got 0"});
  expect_refused("--reject-at-precision nan", {"a number above 0, at most 1"});
  expect_refused("--reject-at-precision 0.5 --reject-below 0.5", {"or --reject-below, got both"});
  const auto report = nlohmann::json::parse(dem("inspect --json model/model.safetensors").out);
  const auto classes =
      nlohmann::json::parse(report.at("metadata").at("classes").get<std::string>());
  std::ofstream groups(folder_ / "groups.csv");
  for (const auto& name : classes.at("names")) groups << name.get<std::string>() << ",one\n";
  groups.close();
  expect_refused("--reject-at-precision 0.5 --groups groups.csv",
                 {"--reject-at-precision: expected classes", "got --groups"});
  EXPECT_EQ(dem("export --save-ckpt model --reject-at-precision 0.5").status, 2);
}

TEST_F(Rejection, AModelWithoutACurveSaysWhy) {
  make_model("gbu --max-steps 20 --select last");
  expect_refused("--reject-at-precision 0.5",
                 {"--reject-at-precision: expected a model that knows its precision",
                  "training images among seen classes",
                  "--reject-below takes"});
}

}  // namespace
}  // namespace dem::test
