// dem eval: gamma, tables, hits.
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

class Eval : public CliTest {
 protected:
  // A closed form, and a model with a gamma.
  void SetUp() override {
    make_data("--layout gbu --dataset SYN --noise 0.8");
    const ProgramResult trained =
        dem("train --data-path data --dataset SYN --save-ckpt out --quiet "
            "--recipe kernel-prototypes");
    ASSERT_EQ(trained.status, 0) << trained.err;
  }
  [[nodiscard]] ProgramResult eval(const std::string& options) const {
    return dem("eval --data-path data --dataset SYN --save-ckpt out " + options);
  }
  [[nodiscard]] nlohmann::json scores(const std::string& options) const {
    const ProgramResult result = eval("--json " + options);
    EXPECT_EQ(result.status, 0) << result.err;
    return nlohmann::json::parse(result.out);
  }
  // The lines of a CSV file whose cells hold no commas.
  [[nodiscard]] std::vector<std::vector<std::string>> cells(const char* file) const {
    std::ifstream in(folder_ / file);
    std::vector<std::vector<std::string>> lines;
    for (std::string line; std::getline(in, line);) {
      std::istringstream parts(line);
      lines.emplace_back();
      for (std::string part; std::getline(parts, part, ',');) lines.back().push_back(part);
    }
    return lines;
  }
};

TEST_F(Eval, AnotherGammaThanTheModelsIsTakenAndSaid) {
  const auto own = scores(""), none = scores("--gamma none");
  const double gamma = own["gamma"];
  ASSERT_NE(gamma, 0.0);
  EXPECT_FALSE(own.contains("model_gamma"));
  EXPECT_EQ(none["gamma"], 0.0);
  EXPECT_EQ(none["model_gamma"], gamma);
  EXPECT_EQ(none["metrics"]["U"], own["metrics"]["uncalibrated"]["U"]);
  EXPECT_EQ(none["metrics"]["H"], own["metrics"]["uncalibrated"]["H"]);
  EXPECT_FALSE(none["metrics"].contains("uncalibrated"));
  EXPECT_EQ(none["metrics"]["T1"], own["metrics"]["T1"]);
  EXPECT_EQ(none["metrics"]["AUSUC"], own["metrics"]["AUSUC"]);
  const auto oracle = own["metrics"]["oracle"];
  std::ostringstream text;
  text.precision(17);
  text << "--gamma=" << oracle["gamma"].get<double>();
  EXPECT_NEAR(scores(text.str())["metrics"]["H"], oracle["H"].get<double>(), 1e-12);
  EXPECT_EQ(scores("--gamma -1e9")["metrics"]["U"], 0.0);

  const ProgramResult said = eval("--gamma none");
  EXPECT_NE(said.out.find("(gamma none; the model's is "), std::string::npos) << said.out;
  EXPECT_NE(eval("").out.find("uncalibrated: U "), std::string::npos);
  for (const char* gamma_text : {"nan", "inf", "1x", "\"\"", "none2"}) {
    const ProgramResult refused = eval(std::string("--gamma ") + gamma_text);
    EXPECT_EQ(refused.status, 2) << gamma_text;
    EXPECT_NE(refused.err.find("--gamma"), std::string::npos) << refused.err;
  }
}

// Classes c0 .. c7, 40 images each, of which those from `first_unseen` on are tested as unseen and
// a fourth of the others' images as seen.
void write_table(const std::string& folder, int first_unseen) {
  fs::create_directories(folder);
  std::ofstream features(folder + "/features.csv"), labels(folder + "/labels.csv");
  std::ofstream classes(folder + "/classes.csv"), split(folder + "/split.csv");
  labels << "label\n";
  split << "part\n";
  for (int c = 0; c < 8; ++c) {
    classes << 'c' << c;
    for (int d = 0; d < 4; ++d) classes << ',' << (c * 7 + d * 5) % 11 + 1;
    classes << '\n';
    for (int i = 0; i < 40; ++i) {
      for (int d = 0; d < 4; ++d) {
        features << (d > 0 ? "," : "") << (c * 7 + d * 5) % 11 + 1 + ((i * 13 + d * 29) % 17) / 6.0;
      }
      features << '\n';
      labels << 'c' << c << '\n';
      split << (c >= first_unseen ? "test_unseen" : i % 4 == 0 ? "test_seen" : "trainval") << '\n';
    }
  }
}

// Data whose "unseen" classes the model was trained on: gamma is what the model has, off what it
// has seen, and all that goes without gamma does.
TEST_F(Eval, OtherSeenClassesThanTheModelsAreSaid) {
  write_table(folder_ / "tables/plain", 7);
  write_table(folder_ / "tables/mix", 5);
  const std::string train =
      "train --data-path tables --dataset plain --recipe ridge --set lambda=1 --quiet ";
  ASSERT_EQ(dem(train + "--gamma 0.3 --save-ckpt with").status, 0);
  ASSERT_EQ(dem(train + "--gamma none --save-ckpt without").status, 0);
  const std::string mix = "eval --data-path tables --dataset mix --save-ckpt ";
  const auto scores_of = [&](const std::string& options) {
    const ProgramResult refused = dem(mix + options + " --json");
    EXPECT_EQ(refused.status, 2);
    EXPECT_EQ(refused.out, "");
    EXPECT_NE(refused.err.find("trained on 2 of the 3 classes that are unseen there (c5, c6)"),
              std::string::npos)
        << refused.err;
    EXPECT_NE(refused.err.find("(--force evaluates it)"), std::string::npos) << refused.err;
    const ProgramResult result = dem(mix + options + " --json --force");
    EXPECT_EQ(result.status, 0) << result.err;
    return nlohmann::json::parse(result.out);
  };
  const auto with = scores_of("with"), without = scores_of("without");
  EXPECT_NEAR(with["gamma"].get<double>(), 0.3, 1e-6);
  EXPECT_FALSE(with.contains("model_gamma"));
  EXPECT_EQ(with["gamma_classes"].size(), 7u);
  EXPECT_EQ(with["trained_unseen"], (nlohmann::json{"c5", "c6"}));
  EXPECT_EQ(without["trained_unseen"], with["trained_unseen"]);
  for (const char* name : {"T1", "AUSUC", "oracle", "accuracy"}) {
    EXPECT_EQ(with["metrics"][name], without["metrics"][name]) << name;
  }
  for (const char* name : {"U", "S", "H"}) {
    EXPECT_EQ(with["metrics"]["uncalibrated"][name], without["metrics"][name]) << name;
  }
  const ProgramResult text = dem(mix + "with --force");
  EXPECT_NE(text.out.find("(gamma 0.3 off the 7 classes that the model has seen, 2 of them unseen "
                          "here)"),
            std::string::npos)
      << text.out;
  EXPECT_NE(text.err.find("(c5, c6)"), std::string::npos) << text.err;
  EXPECT_EQ(scores_of("with --gamma none")["model_gamma"], with["gamma"]);
}

// The mean is over what was tested, whatever else there is.
TEST_F(Eval, UnseenClassesWithoutImagesAreNotCounted) {
  write_table(folder_ / "tables/some", 5);
  // c6 and c7 lose their images.
  for (const char* file : {"features.csv", "labels.csv", "split.csv"}) {
    std::istringstream all(read_file(folder_ / ("tables/some/" + std::string(file))));
    const int kept = 6 * 40 + (std::string(file) == "features.csv" ? 0 : 1);
    std::ofstream out(folder_ / ("tables/some/" + std::string(file)));
    std::string line;
    for (int i = 0; i < kept && std::getline(all, line); ++i) out << line << '\n';
  }
  const ProgramResult result =
      dem("train --data-path tables --dataset some --recipe ridge --set lambda=1 --save-ckpt some");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("(mean over 1 of 3 unseen classes, chance 33.3"), std::string::npos)
      << result.out;
}

TEST_F(Eval, TheModelsOwnGammaGivenIsTheModels) {
  const double gamma = scores("")["gamma"];
  std::ostringstream text;
  text.precision(9);
  text << "--gamma=" << gamma;
  EXPECT_FALSE(scores(text.str()).contains("model_gamma"));
  EXPECT_EQ(eval(text.str()).out.find("the model's is"), std::string::npos);
}

TEST_F(Eval, CurveAndConfusionAreTables) {
  const auto json = scores("--curve curve.csv --confusion confusion.csv");
  const auto curve = cells("curve.csv"), confusion = cells("confusion.csv");
  ASSERT_GT(curve.size(), 2u);
  EXPECT_EQ(curve[0], (std::vector<std::string>{"gamma", "unseen", "seen", "harmonic"}));
  double area = 0.0, best = 0.0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    best = std::max(best, std::stod(curve[i][3]));
    if (i == 1) continue;
    area += (std::stod(curve[i - 1][2]) - std::stod(curve[i][2])) *
            (std::stod(curve[i - 1][1]) + std::stod(curve[i][1])) / 2;
  }
  EXPECT_NEAR(area, json["metrics"]["AUSUC"].get<double>(), 1e-12);
  EXPECT_NEAR(best, json["metrics"]["oracle"]["H"].get<double>(), 1e-12);

  double right = 0.0, zero_shot = 0.0, unseen_to_seen = 0.0;
  for (std::size_t i = 1; i < confusion.size(); ++i) {
    const auto& line = confusion[i];
    ASSERT_EQ(line.size(), 6u);
    const double images = std::stod(line[5]);
    if (line[0] == "zero-shot") {
      zero_shot += images;
      if (line[1] == line[3]) right += images;
    } else if (line[2] == "unseen" && line[4] == "seen") {
      unseen_to_seen += images;
    }
  }
  EXPECT_NEAR(right / zero_shot, json["metrics"]["accuracy"].get<double>(), 1e-12);
  EXPECT_EQ(unseen_to_seen, json["metrics"]["unseen_to_seen"].get<double>());
}

TEST_F(Eval, HitsAreThoseAskedFor) {
  const auto metrics = scores("--hits 1,3,7")["metrics"];
  EXPECT_TRUE(metrics.contains("hit@3"));
  EXPECT_FALSE(metrics.contains("hit@2"));
  EXPECT_FALSE(metrics.contains("hit@7")) << "there are 4 unseen classes";
  EXPECT_TRUE(metrics.contains("U@7"));
  for (const char* hits : {"0", "1,x", "\"\"", "1.5", ",", "-1", "1,2,", "1,,2"}) {
    EXPECT_EQ(eval(std::string("--hits=") + hits).status, 2) << hits;
  }
  const ProgramResult many = eval("--hits 3,1000");
  EXPECT_EQ(many.status, 0);
  EXPECT_NE(many.err.find("--hits: 1000 is left out"), std::string::npos) << many.err;
  EXPECT_EQ(many.err.find("--hits: 3"), std::string::npos) << many.err;
  EXPECT_EQ(eval("").err.find("--hits"), std::string::npos);
}

TEST_F(Eval, PerClassHasBothProtocols) {
  const auto json = scores("--per-class");
  double unseen = 0.0, seen = 0.0, t1 = 0.0;
  int num_unseen = 0, num_seen = 0;
  for (const auto& entry : json["per_class"]) {
    (entry["seen"] ? seen : unseen) += entry["generalised"].get<double>();
    ++(entry["seen"] ? num_seen : num_unseen);
    if (!entry["seen"]) t1 += entry["zero_shot"].get<double>();
    EXPECT_EQ(entry["zero_shot"].is_null(), entry["seen"].get<bool>());
  }
  EXPECT_NEAR(unseen / num_unseen, json["metrics"]["U"].get<double>(), 1e-12);
  EXPECT_NEAR(seen / num_seen, json["metrics"]["S"].get<double>(), 1e-12);
  EXPECT_NEAR(t1 / num_unseen, json["metrics"]["T1"].get<double>(), 1e-12);
}

TEST_F(Eval, ATableThatCannotBeWrittenIsAnError) {
  for (const char* option : {"--curve", "--confusion"}) {
    for (const char* path : {"no/such/folder.csv", "data", "/dev/full"}) {
      const ProgramResult result = eval("--json " + std::string(option) + " " + path);
      EXPECT_EQ(result.status, 3) << option << path;
      EXPECT_NE(result.err.find(path), std::string::npos) << result.err;
      // What shows only in the end costs the table alone.
      EXPECT_EQ(result.out.empty(), std::string(path) != "/dev/full") << option << path;
    }
  }
  EXPECT_NE(dem("eval --data-path data --dataset SYN --save-ckpt out > /dev/full").status, 0);
}

TEST_F(Eval, DataWithoutSeenTestImagesHaveNoCurve) {
  make_data();  // layout dem
  ASSERT_EQ(dem("train --data-path data --dataset AwA --save-ckpt awa --epoch-size 1 --layout dem")
                .status,
            0);
  const std::string awa = "eval --data-path data --dataset AwA --save-ckpt awa --layout dem ";
  const ProgramResult refused = dem(awa + "--curve curve.csv");
  EXPECT_EQ(refused.status, 2) << refused.err;
  EXPECT_NE(refused.err.find("--curve"), std::string::npos) << refused.err;
  EXPECT_FALSE(fs::exists(folder_ / "curve.csv"));
  const ProgramResult gamma = dem(awa + "--gamma 0.1");
  EXPECT_EQ(gamma.status, 2) << gamma.err;
  EXPECT_NE(gamma.err.find("--gamma: expected data with test images of seen classes"),
            std::string::npos)
      << gamma.err;
  const ProgramResult confusion = dem(awa + "--confusion confusion.csv");
  EXPECT_EQ(confusion.status, 0) << confusion.err;
  EXPECT_GT(cells("confusion.csv").size(), 1u);
}

}  // namespace
}  // namespace dem::test
