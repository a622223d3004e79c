// Files of one's own, from a split to predictions.
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "base/rng.h"
#include "cli_fixture.h"

namespace dem::test {
namespace {

constexpr int kNumClasses = 16;
constexpr int kImages = 12;  // a class
constexpr int kAttributes = 5;
constexpr int kFeatures = 10;

using Rows = std::vector<std::vector<double>>;

std::string line_of(const std::vector<double>& values) {
  std::ostringstream out;
  for (std::size_t i = 0; i < values.size(); ++i) out << (i > 0 ? "," : "") << values[i];
  return out.str();
}

Rows draw(std::size_t rows, std::size_t cols, Rng& rng) {
  Rows out(rows, std::vector<double>(cols));
  for (auto& row : out) {
    for (double& value : row) value = rng.normal();
  }
  return out;
}

class OwnData : public CliTest {
 protected:
  // Features are a linear map of attributes with some noise.
  void SetUp() override {
    Rng rng(3, Purpose::kSynthetic);
    const Rows attributes = draw(kNumClasses, kAttributes, rng);
    const Rows map = draw(kAttributes, kFeatures, rng);
    std::ofstream classes(folder_.file("classes.csv")), labels(folder_.file("labels.csv")),
        features(folder_.file("features.csv"));
    labels << "image,class,camera\n";
    for (std::size_t c = 0; c < kNumClasses; ++c) {
      classes << "kind " << c << ',' << line_of(attributes[c]) << '\n';
      for (int i = 0; i < kImages; ++i) {
        const std::string image = "img" + std::to_string(c) + '_' + std::to_string(i) + ".png";
        labels << image << ",kind " << c << ",cam" << i % 4 << '\n';
        std::vector<double> x(kFeatures);
        for (std::size_t d = 0; d < kFeatures; ++d) {
          for (std::size_t a = 0; a < kAttributes; ++a) x[d] += attributes[c][a] * map[a][d];
          x[d] += 0.2 * rng.normal();
        }
        features << image << ',' << line_of(x) << '\n';
      }
    }
  }
  [[nodiscard]] static std::string files(const std::string& split = " --split split.csv") {
    return " --features features.csv --labels labels.csv --classes classes.csv" + split;
  }
};

TEST_F(OwnData, GoesFromASplitToPredictions) {
  const ProgramResult split =
      dem("split --labels labels.csv --classes classes.csv --unseen 4 -o split.csv");
  ASSERT_EQ(split.status, 0) << split.err;
  EXPECT_NE(split.out.find("test_unseen 48 images of 4 classes\n"), std::string::npos) << split.out;
  EXPECT_NE(split.out.find("test_seen   24 images of 12 classes\n"), std::string::npos)
      << split.out;
  const ProgramResult train = dem("train" + files() + " --save-ckpt model --json");
  ASSERT_EQ(train.status, 0) << train.err;
  const auto result = nlohmann::json::parse(train.out);
  EXPECT_EQ(result["dataset"], "table");
  EXPECT_GT(result["metrics"]["T1"], 0.8);
  EXPECT_GT(result["metrics"]["H"], 0.6);
  const std::string fingerprint = result["split_fingerprint"];
  EXPECT_NE(split.out.find("split " + fingerprint), std::string::npos) << split.out;

  const ProgramResult eval = dem("eval --save-ckpt model" + files() + " --json");
  ASSERT_EQ(eval.status, 0) << eval.err;
  EXPECT_EQ(nlohmann::json::parse(eval.out)["metrics"]["T1"], result["metrics"]["T1"]);
  EXPECT_EQ(dem("doctor" + files()).status, 0);
  EXPECT_EQ(dem("stats" + files() + " -o table.stats").status, 0);
  EXPECT_EQ(dem("train --stats table.stats --save-ckpt again").status, 0);
}

TEST_F(OwnData, ASplitInJsonSaysHowItWasMade) {
  ASSERT_EQ(dem("split --labels labels.csv --unseen 0.25 --seed 7 --val 0.25 -o split.json").status,
            0);
  const auto split = nlohmann::json::parse(read_file(folder_.file("split.json")));
  EXPECT_EQ(split["about"]["seed"], 7);
  EXPECT_EQ(split["test_unseen"].size(), 48U);
  EXPECT_EQ(split["val"].size() + split["train"].size() + split["test_seen"].size(), 144U);
  const ProgramResult train =
      dem("train" + files(" --split split.json") + " --save-ckpt model --json");
  ASSERT_EQ(train.status, 0) << train.err;
  EXPECT_EQ(nlohmann::json::parse(train.out)["split_fingerprint"],
            split["about"]["split_fingerprint"]);
}

TEST_F(OwnData, ImagesOfOneCameraStayTogether) {
  ASSERT_EQ(
      dem("split --labels labels.csv --group-by camera --test-seen 0.25 -o split.json").status, 0);
  const auto split = nlohmann::json::parse(read_file(folder_.file("split.json")));
  const auto camera = [](const std::string& image) {
    return std::stoi(image.substr(image.find('_') + 1)) % 4;
  };
  std::set<int> trained, tested;
  const auto& trainval = split["trainval"];
  const auto& test_seen = split["test_seen"];
  for (const auto& image : trainval) trained.insert(camera(image));
  for (const auto& image : test_seen) tested.insert(camera(image));
  EXPECT_EQ(tested.size(), 1U);
  EXPECT_EQ(trained.size(), 3U);
  EXPECT_EQ(split["about"]["drawn"], "whole groups");
}

TEST_F(OwnData, UnseenClassesMayBeListed) {
  std::ofstream(folder_.file("unseen.txt")) << "kind 3\nkind 11\n";
  const ProgramResult split = dem("split --labels labels.csv --unseen unseen.txt -o split.csv");
  ASSERT_EQ(split.status, 0) << split.err;
  EXPECT_NE(split.out.find("test_unseen 24 images of 2 classes\n"), std::string::npos) << split.out;
}

TEST_F(OwnData, GroupsOfClassesArePredicted) {
  ASSERT_EQ(dem("train" + files("") + " --save-ckpt model").status, 0);
  std::ofstream groups(folder_.file("groups.csv"));
  groups << "class,group\n";
  for (int c = 0; c < kNumClasses; ++c) {
    groups << "kind " << c << (c % 2 == 0 ? ",even\n" : ",odd\n");
  }
  groups.close();
  const ProgramResult result =
      dem("predict --model model --input features.csv --groups groups.csv --topk 2 --format jsonl");
  ASSERT_EQ(result.status, 0) << result.err;
  std::istringstream lines(result.out);
  int row = 0, right = 0;
  for (std::string line; std::getline(lines, line); ++row) {
    const auto json = nlohmann::json::parse(line);
    const std::string own = row / kImages % 2 == 0 ? "even" : "odd";
    right += json["top"][0]["class"] == own ? 1 : 0;
    const double sum =
        json["top"][0]["probability"].get<double>() + json["top"][1]["probability"].get<double>();
    EXPECT_NEAR(sum, 1.0, 1e-5);
  }
  EXPECT_EQ(row, kNumClasses * kImages);
  EXPECT_GT(right, row * 9 / 10);
  const ProgramResult more =
      dem("predict --model model --input features.csv --groups groups.csv --topk 3");
  EXPECT_EQ(more.status, 2);
  EXPECT_NE(more.err.find("--topk: expected at most the number of groups, 2, got 3"),
            std::string::npos)
      << more.err;
}

TEST_F(OwnData, WordsMakeASpace) {
  std::ofstream vectors(folder_.file("words.vec"));
  vectors << "17 2\nkind 0.5 0.5\n";
  for (int c = 0; c < kNumClasses; ++c) vectors << "w" << c << ' ' << c << " 1\n";
  vectors.close();
  std::ofstream names(folder_.file("names.txt"));
  for (int c = 0; c < kNumClasses; ++c) names << "kind_w" << c << '\n';
  names << "kind_gnu\n";
  names.close();
  const ProgramResult made =
      dem("words --vectors words.vec --classes names.txt -o made.csv --smoothing 0");
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_NE(made.out.find("kind_gnu: no vector for \"gnu\"; made of \"kind\"\n"), std::string::npos)
      << made.out;
  EXPECT_NE(made.out.find("17 classes, 2 dimensions; words are missing of 1\n"), std::string::npos);
  EXPECT_NE(read_file(folder_.file("made.csv")).find("kind_w3,1.75,0.75\n"), std::string::npos);
  std::ofstream(folder_.file("names.txt")) << "gnu\n";
  const ProgramResult none = dem("words --vectors words.vec --classes names.txt -o none.csv");
  EXPECT_EQ(none.status, 3);
  EXPECT_NE(none.err.find("--vectors: expected a vector for a word of each class, got none for "
                          "\"gnu\""),
            std::string::npos)
      << none.err;
  EXPECT_FALSE(std::filesystem::exists(folder_.file("none.csv")));
}

TEST_F(OwnData, SplitRefusesWhatItCannotDo) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"-o split.csv", {"--labels FILE"}},
      {"--labels labels.csv -o split.xlsx", {"split.xlsx", ".json or .csv"}},
      {"--labels labels.csv --unseen 0.99 -o split.csv", {"--unseen", "two of the 16 classes"}},
      {"--labels labels.csv --unseen none.txt -o split.csv", {"none.txt"}},
      {"--labels labels.csv --test-seen 1 -o split.csv", {"--test-seen", "got 1"}},
      {"--labels labels.csv --group-by lens -o split.csv", {"labels.csv", "\"lens\""}},
      {"--labels none.csv -o split.csv", {"none.csv"}},
  };
  for (const auto& [options, texts] : cases) {
    const ProgramResult result = dem(std::string("split ") + options);
    EXPECT_NE(result.status, 0) << options;
    EXPECT_EQ(result.out, "") << options;
    for (const char* text : texts) {
      EXPECT_NE(result.err.find(text), std::string::npos) << options << '\n' << result.err;
    }
    EXPECT_FALSE(std::filesystem::exists(folder_.file("split.csv"))) << options;
  }
}

TEST_F(OwnData, AttributesInAnotherOrderThanTheModelsAreRefused) {
  const auto write_classes = [&](const char* heading) {
    std::ifstream old(folder_.file("classes.csv"));
    std::stringstream rows;
    rows << old.rdbuf();
    std::ofstream(folder_.file("named.csv")) << heading << rows.str();
  };
  const std::string options =
      " --features features.csv --labels labels.csv --classes named.csv --split split.csv";
  ASSERT_EQ(dem("split --labels labels.csv -o split.csv").status, 0);
  write_classes("class,a,b,c,d,e\n");
  ASSERT_EQ(dem("train --save-ckpt model" + options).status, 0);
  EXPECT_EQ(dem("eval --save-ckpt model" + options).status, 0);
  write_classes("class,a,c,b,d,e\n");
  const ProgramResult result = dem("eval --save-ckpt model" + options);
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("dimensions of the model in its order, got \"c\" for \"b\""),
            std::string::npos)
      << result.err;
}

TEST_F(OwnData, FilesThatAreNotAllNamedNeedAFolder) {
  const ProgramResult result = dem("train --labels labels.csv --save-ckpt model");
  EXPECT_NE(result.status, 0);
  EXPECT_NE(result.err.find("--features: expected files of features, labels and classes"),
            std::string::npos)
      << result.err;
}

}  // namespace
}  // namespace dem::test
