// dem predict --class-vectors: class vectors in the features' own space, without a model.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class PredictVectors : public CliTest {
 protected:
  static constexpr int kDim = 6, kRows = 25;

  PredictVectors() {
    write("texts.csv", "class,v0,v1,v2,v3,v4,v5\n" + class_rows(0, 4));
    write("more.csv", class_rows(4, 6));
    std::string features;
    for (int i = 0; i < kRows; ++i) {
      for (int d = 0; d < kDim; ++d) {
        features += (d > 0 ? "," : "") + std::to_string(feature(i, d));
      }
      features += '\n';
    }
    write("x.csv", features);
  }
  static double feature(int row, int d) { return (row * 7 + d * d * 3) % 11 - 4.5; }
  static double vector(int c, int d) { return (c * 5 + d * 3 + c * d) % 7 - 2.5; }
  static std::string class_rows(int first, int end) {
    std::string text;
    for (int c = first; c < end; ++c) {
      text += "class" + std::to_string(c);
      for (int d = 0; d < kDim; ++d) text += "," + std::to_string(vector(c, d));
      text += '\n';
    }
    return text;
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  // Cosine of a row with a class, by definition.
  static double cosine(int row, int c) {
    double dot = 0.0, a = 0.0, b = 0.0;
    for (int d = 0; d < kDim; ++d) {
      dot += feature(row, d) * vector(c, d);
      a += feature(row, d) * feature(row, d);
      b += vector(c, d) * vector(c, d);
    }
    return dot / std::sqrt(a * b);
  }
  // Lines of --format jsonl for the classes [first, end), temperature 0.01.
  static void expect_by_cosine(const std::string& out, int first, int end) {
    std::istringstream lines(out);
    std::string line;
    for (int row = 0; row < kRows; ++row) {
      ASSERT_TRUE(std::getline(lines, line)) << row;
      const auto found = nlohmann::json::parse(line).at("top").at(0);
      int best = first;
      double sum = 0.0;
      for (int c = first; c < end; ++c) {
        if (cosine(row, c) > cosine(row, best)) best = c;
      }
      for (int c = first; c < end; ++c) {
        sum += std::exp((cosine(row, c) - cosine(row, best)) / 0.01);
      }
      EXPECT_EQ(found.at("class"), "class" + std::to_string(best)) << line;
      EXPECT_NEAR(found.at("score").get<double>(), cosine(row, best), 1e-6) << line;
      EXPECT_NEAR(found.at("probability").get<double>(), 1.0 / sum, 1e-4) << line;
    }
  }
  void expect_refused(int status, const std::string& arguments, const std::string& named) const {
    const ProgramResult result = dem("predict --input x.csv --output out.csv " + arguments);
    EXPECT_EQ(result.status, status) << arguments << "\n" << result.err;
    EXPECT_NE(result.err.find(named), std::string::npos) << arguments << "\n" << result.err;
    EXPECT_FALSE(fs::exists(folder_ / "out.csv"));
  }
  static constexpr const char* kPredict =
      "predict --quiet --input x.csv --format jsonl --class-vectors texts.csv --temperature 0.01 ";
};

TEST_F(PredictVectors, NamesTheClassOfTheLargestCosine) {
  const ProgramResult found = dem(kPredict);
  ASSERT_EQ(found.status, 0) << found.err;
  expect_by_cosine(found.out, 0, 4);
  const ProgramResult grown = dem(std::string(kPredict) + "--add-classes more.csv");
  ASSERT_EQ(grown.status, 0) << grown.err;
  expect_by_cosine(grown.out, 0, 6);
  write("some.txt", "class1\nclass2\n");
  expect_by_cosine(dem(std::string(kPredict) + "--candidates some.txt").out, 1, 3);
}

TEST_F(PredictVectors, TakesNamesOfAFileOfTheirOwn) {
  std::string numbers, names;
  for (int c = 0; c < 4; ++c) {
    for (int d = 0; d < kDim; ++d) numbers += (d > 0 ? "," : "") + std::to_string(vector(c, d));
    numbers += '\n';
    names += "class" + std::to_string(c) + "\n";
  }
  write("numbers.csv", numbers);
  write("names.txt", names);
  const ProgramResult found = dem(
      "predict --quiet --input x.csv --format jsonl --class-vectors numbers.csv --names names.txt "
      "--temperature 0.01");
  ASSERT_EQ(found.status, 0) << found.err;
  expect_by_cosine(found.out, 0, 4);
}

TEST_F(PredictVectors, GivesGroupsAndMoreClassesARow) {
  write("groups.csv", "class0,low\nclass1,low\nclass2,high\nclass3,high\n");
  const ProgramResult groups = dem(std::string(kPredict) + "--groups groups.csv --topk 2");
  ASSERT_EQ(groups.status, 0) << groups.err;
  const auto first = nlohmann::json::parse(groups.out.substr(0, groups.out.find('\n')));
  EXPECT_NEAR(first.at("top").at(0).at("probability").get<double>() +
                  first.at("top").at(1).at("probability").get<double>(),
              1.0,
              1e-5);
}

TEST_F(PredictVectors, SavesAModelThatPredictsTheSameAndIsExported) {
  const ProgramResult direct = dem(std::string(kPredict) + "--save-model saved --metric euclidean");
  ASSERT_EQ(direct.status, 0) << direct.err;
  EXPECT_EQ(dem("predict --quiet --input x.csv --format jsonl --model saved").out, direct.out);
  const ProgramResult inspected = dem("inspect saved/model.safetensors --json");
  EXPECT_NE(inspected.out.find("texts.csv"), std::string::npos) << inspected.out;
  const ProgramResult exported =
      dem("export --save-ckpt saved --graph classify --output c.onnx --quiet");
  EXPECT_EQ(exported.status, 0) << exported.err;
  EXPECT_TRUE(fs::exists(folder_ / "c.onnx"));
}

TEST_F(PredictVectors, ASavedModelHasTheScoresOfTheRecipe) {
  write("all.csv", class_rows(0, 6));
  std::string labels = "class\n";
  for (int i = 0; i < kRows; ++i) labels += "class" + std::to_string(i % 6) + "\n";
  write("labels.csv", labels);
  ASSERT_EQ(dem("split --labels labels.csv --classes all.csv --unseen 2 -o split.csv").status, 0);
  const std::string data =
      " --quiet --features x.csv --labels labels.csv --classes all.csv --split split.csv ";
  const ProgramResult trained = dem("train --recipe class-vectors --save-ckpt trained" + data);
  ASSERT_EQ(trained.status, 0) << trained.err;
  const ProgramResult made = dem("predict --quiet --class-vectors all.csv --save-model saved");
  ASSERT_EQ(made.status, 0) << made.err;
  const auto scores = [&](const std::string& model) {
    const ProgramResult result = dem("eval --json --save-ckpt " + model + data);
    EXPECT_EQ(result.status, 0) << result.err;
    return nlohmann::json::parse(result.out).at("metrics");
  };
  const auto of_recipe = scores("trained"), of_vectors = scores("saved");
  for (const char* name : {"T1", "U", "S", "H"}) EXPECT_EQ(of_recipe[name], of_vectors[name]);
}

TEST_F(PredictVectors, RefusesWhatDoesNotGoTogether) {
  const std::string vectors = "--class-vectors texts.csv ";
  expect_refused(
      2, "", "--model: expected a model, or --class-vectors in place of it, got neither");
  expect_refused(2, vectors + "--model texts.csv", "got both");
  expect_refused(2, "--model m --temperature 0.1", "--temperature: expected --class-vectors");
  expect_refused(2, vectors + "--temperature 0", "--temperature: expected a number above 0");
  expect_refused(2, vectors + "--names n.txt --add-classes more.csv", "--names: expected one file");
  expect_refused(2, vectors + "--missing-descriptions mean", "--missing-descriptions: expected");
  expect_refused(2, vectors + "--reject-below 0.5", "expected a model with probabilities");
  expect_refused(2, vectors + "--candidates seen", "candidates: expected a model with classes");
  expect_refused(3, "--class-vectors x.csv", "x.csv");  // no names
  write("zeros.csv", "class,p,q,r,s,t,u\na,1,2,3,4,5,6\nb,0,0,0,0,0,0\n");
  expect_refused(2, "--class-vectors zeros.csv", "not all 0, got another one for \"b\"");
  write("narrow.csv", "class,p,q,r\na,1,2,3\nb,3,2,1\n");
  expect_refused(3, "--class-vectors narrow.csv", "x.csv");  // features of another width
}

}  // namespace
}  // namespace dem::test
