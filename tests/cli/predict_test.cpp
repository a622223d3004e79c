#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class Predict : public CliTest {
 protected:
  void make_model(const std::string& mode = "att") const {
    make_data();
    const ProgramResult trained = dem("train --data-path data --dataset AwA --train-mode " + mode +
                                      " --save-ckpt model --epoch-size 2 --select last --quiet");
    ASSERT_EQ(trained.status, 0) << trained.err;
    ASSERT_EQ(trained.err, "");
  }
  [[nodiscard]] ProgramResult predict(const std::string& arguments) const {
    return dem("predict --model model --quiet " + arguments);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  // Rows of 32 features, as the synthetic data have.
  static std::string csv_features(int rows) {
    std::ostringstream text;
    for (int i = 0; i < rows; ++i) {
      for (int d = 0; d < 32; ++d) text << (d > 0 ? "," : "") << ((i * 7 + d * 3) % 11) * 0.25;
      text << '\n';
    }
    return text.str();
  }
  static std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  void expect_refused(int status, const std::string& arguments, const std::string& named) const {
    const ProgramResult result = predict(arguments + " --output refused.out");
    EXPECT_EQ(result.status, status) << arguments << "\n" << result.err;
    EXPECT_NE(result.err.find(named), std::string::npos) << arguments << "\n" << result.err;
    EXPECT_EQ(lines_starting_with(result.err, "dem: "), 1) << result.err;
    EXPECT_FALSE(fs::exists(folder_ / "refused.out")) << arguments;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      EXPECT_EQ(entry.path().string().find(".tmp."), std::string::npos) << entry.path();
    }
  }

  static constexpr const char* kFeatures = "--input data/AwA_data/test_googlenet_bn.mat ";
};

TEST_F(Predict, WritesALineARowInOrder) {
  make_model();
  const ProgramResult result = predict(std::string(kFeatures) + "--topk 2");
  ASSERT_EQ(result.status, 0) << result.err;
  const auto out = lines(result.out);
  ASSERT_EQ(out.size(), 101u);
  EXPECT_EQ(out[0],
            "row,class,score,probability,margin,rejected,class_2,score_2,probability_2,"
            "distance,distance_2");
  for (std::size_t i = 1; i < out.size(); ++i) {
    EXPECT_EQ(out[i].rfind(std::to_string(i - 1) + ",", 0), 0u) << out[i];
    EXPECT_EQ(std::count(out[i].begin(), out[i].end(), ','), 10) << out[i];
  }
}

TEST_F(Predict, FileStandardInputAndPipeGiveTheSameBytes) {
  make_model();
  write("x.csv", csv_features(700));
  const ProgramResult from_file = predict("--input x.csv --output out.csv");
  ASSERT_EQ(from_file.status, 0) << from_file.err;
  EXPECT_EQ(from_file.out, "");
  const std::string expected = read_file(folder_ / "out.csv");
  EXPECT_EQ(lines(expected).size(), 701u);
  EXPECT_EQ(predict("--input - < x.csv").out, expected);
  EXPECT_EQ(predict("--input x.csv --output -").out, expected);
  const ProgramResult piped =
      run("cat x.csv | " + kProgram + " predict --model model --quiet --input -", folder_.path());
  EXPECT_EQ(piped.out, expected);
  for (const char* threads : {"1", "3"}) {
    EXPECT_EQ(predict("--input x.csv --threads " + std::string(threads)).out, expected) << threads;
  }
}

TEST_F(Predict, JsonLinesAndNpyTellTheSame) {
  make_model();
  write("x.csv", csv_features(40));
  const auto csv = lines(predict("--input x.csv").out);
  const auto json = lines(predict("--input x.csv --format jsonl").out);
  ASSERT_EQ(json.size(), 40u);
  const ProgramResult npy = predict("--input x.csv --format npy --output ids.npy");
  ASSERT_EQ(npy.status, 0) << npy.err;
  const std::string bytes = read_file(folder_ / "ids.npy");
  EXPECT_NE(bytes.find("'descr': '<i4'"), std::string::npos);
  EXPECT_NE(bytes.find("'shape': (40, 1)"), std::string::npos);
  ASSERT_EQ(bytes.size(), 128u + 40 * 4);
  EXPECT_EQ(predict("--input x.csv --format npy").out, bytes);
  for (std::size_t i = 0; i < 40; ++i) {
    const std::string name = csv[i + 1].substr(csv[i + 1].find(',') + 1);
    const std::string quoted = "\"class\":\"" + name.substr(0, name.find(',')) + "\"";
    EXPECT_NE(json[i].find(quoted), std::string::npos) << json[i] << csv[i + 1];
    const auto id = static_cast<unsigned char>(bytes[128 + 4 * i]);
    EXPECT_NE(json[i].find("\"id\":" + std::to_string(id) + ","), std::string::npos) << json[i];
  }
}

TEST_F(Predict, SearchesCandidatesOnly) {
  make_model();
  const auto all = lines(predict(std::string(kFeatures)).out);
  const auto seen = lines(predict(std::string(kFeatures) + "--candidates seen --topk 8").out);
  const auto unseen = lines(predict(std::string(kFeatures) + "--candidates unseen --topk 4").out);
  EXPECT_EQ(seen.size(), all.size());
  EXPECT_EQ(unseen.size(), all.size());
  const std::string line = all[1].substr(2);
  const std::string name = line.substr(0, line.find(','));
  write("list.txt", name + "\n");
  const auto one = lines(predict(std::string(kFeatures) + "--candidates list.txt").out);
  for (std::size_t i = 1; i < one.size(); ++i) {
    EXPECT_EQ(one[i].find("," + name + ","), one[i].find(',')) << one[i];
    EXPECT_NE(one[i].find(",1,,false"), std::string::npos) << one[i];  // certain, and no margin
  }
}

TEST_F(Predict, MarksRejectedRows) {
  make_model();
  const std::string every = predict(std::string(kFeatures) + "--reject-below 1").out;
  EXPECT_EQ(every.find(",false"), std::string::npos);
  EXPECT_NE(every.find(",true"), std::string::npos);
  const ProgramResult npy =
      predict(std::string(kFeatures) + "--reject-below 1 --format npy --output ids.npy");
  ASSERT_EQ(npy.status, 0) << npy.err;
  EXPECT_EQ(read_file(folder_ / "ids.npy").substr(128), std::string(100 * 4, '\xff'));
}

TEST_F(Predict, NewClassesJoinAndAreSaved) {
  make_model();
  write("new.csv",
        "\"okapi, \"\"big\"\"\",1,0,1,0,1,0,1,0,1,0,1,0\nquagga,0,1,0,1,0,1,0,1,0,1,0,1\n");
  const std::string arguments = std::string(kFeatures) + "--topk 14 --add-classes new.csv ";
  const ProgramResult result = predict(arguments + "--save-model larger");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("\"okapi, \"\"big\"\"\""), std::string::npos);
  EXPECT_NE(predict(arguments + "--format jsonl").out.find(R"("class":"okapi, \"big\"")"),
            std::string::npos);
  const ProgramResult again =
      dem("predict --model larger --quiet " + std::string(kFeatures) + "--topk 14");
  EXPECT_EQ(again.out, result.out);
  EXPECT_TRUE(fs::exists(folder_ / "larger/train.ckpt"));
  // Twice is once too often.
  const ProgramResult twice =
      dem("predict --model larger --quiet --add-classes new.csv " + std::string(kFeatures));
  EXPECT_EQ(twice.status, 2) << twice.err;
  EXPECT_NE(twice.err.find("one that the model has"), std::string::npos) << twice.err;
  // Without features it only writes the model.
  const ProgramResult only = predict("--add-classes new.csv --save-model only");
  EXPECT_EQ(only.status, 0) << only.err;
  EXPECT_EQ(read_file(folder_ / "only/model.safetensors"),
            read_file(folder_ / "larger/model.safetensors"));
}

TEST_F(Predict, FusionModelsNeedBothSpaces) {
  make_model("fusion");
  std::string words = "okapi", attributes = "okapi";
  for (int i = 0; i < 20; ++i) words += ",0.5";
  for (int i = 0; i < 12; ++i) attributes += ",1";
  write("words.csv", words + "\n");
  write("attributes.csv", attributes + "\n");
  const ProgramResult good =
      predict(std::string(kFeatures) +
              "--topk 13 --add-classes word=words.csv --add-classes attribute=attributes.csv");
  ASSERT_EQ(good.status, 0) << good.err;
  EXPECT_NE(good.out.find("okapi"), std::string::npos);
  expect_refused(2, std::string(kFeatures) + "--add-classes word=words.csv", "none for attribute");
  expect_refused(3, std::string(kFeatures) + "--add-classes words.csv", "32 columns");
}

TEST_F(Predict, BadInputIsRefusedWithOneMessage) {
  make_model();
  write("narrow.csv", "1,2\n");
  write("ragged.csv", csv_features(3) + "1,2\n");
  write("nan.csv", csv_features(9) + csv_features(1).replace(0, 1, "nan"));
  write("text.csv", "a,b\nc,d\n");
  write("junk.bin", "no file of features");
  write("unknown.txt", "no such class\n");
  expect_refused(3, "--input missing.npy", "missing.npy");
  expect_refused(3, "--input narrow.csv", "expected 32 columns, got 2");
  expect_refused(3, "--input ragged.csv", "line 4");
  expect_refused(3, "--input nan.csv", "row 9, column 0");
  expect_refused(3, "--input text.csv", "text.csv");
  expect_refused(3, "--input junk.bin", "junk.bin");
  expect_refused(3, "--input - < /dev/null", "standard input");
  expect_refused(3, std::string(kFeatures) + "--variable nothing", "nothing");
  expect_refused(3, "--input data/AwA_data/attribute/Z_s_con.mat", "[n, 32] or [32, n]");
  expect_refused(2, std::string(kFeatures) + "--topk 0", "got 0");
  expect_refused(2, std::string(kFeatures) + "--topk 13", "12 candidates");
  write("empty.txt", "\n");
  expect_refused(2, std::string(kFeatures) + "--candidates empty.txt", "names of classes");
  expect_refused(2, std::string(kFeatures) + "--candidates unknown.txt", "no such class");
  expect_refused(3, std::string(kFeatures) + "--candidates unsen", "all, seen, unseen or a file");
  expect_refused(3, std::string(kFeatures) + "--candidates nowhere.txt", "nowhere.txt");
  expect_refused(2, std::string(kFeatures) + "--reject-below 1.5", "1.5");
  expect_refused(2, std::string(kFeatures) + "--reject-below 0.5 --metric cosine", "probabilities");
  expect_refused(2, std::string(kFeatures) + "--format xml", "csv, jsonl or npy");
  expect_refused(2, std::string(kFeatures) + "--metric taxi", "taxi");
  expect_refused(2, "", "--input");
  expect_refused(2, std::string(kFeatures) + "--names unknown.txt", "--add-classes");
}

TEST_F(Predict, AModelWithoutTemperatureGivesOneWarningAndNoProbabilities) {
  make_model();
  const ProgramResult result =
      dem("predict --model model --metric cosine --output out.csv " + std::string(kFeatures));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(lines_starting_with(result.err, "dem: warning: probabilities are left empty"), 1)
      << result.err;
  EXPECT_NE(read_file(folder_ / "out.csv").find(",,"), std::string::npos);
}

TEST_F(Predict, CtrlCLeavesNoOutput) {
  make_model();
  // A pipe that never ends: the program waits for it.
  const ProgramResult stopped =
      run("mkfifo pipe; sleep 20 > pipe & timeout --preserve-status -s INT 1 " + kProgram +
              " predict --model model --input - --output out.csv --quiet < pipe",
          folder_.path());
  EXPECT_EQ(stopped.status, 130) << stopped.err;
  EXPECT_EQ(stopped.err, "");
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    EXPECT_NE(entry.path().filename().string().rfind("out.csv", 0), 0u) << entry.path();
  }
}

TEST_F(Predict, AFullDeviceIsAnError) {
  make_model();
  const ProgramResult result = predict(std::string(kFeatures) + "> /dev/full");
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find("standard output"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace dem::test
