#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class Export : public CliTest {
 protected:
  void train(const std::string& mode) const {
    const ProgramResult result = dem("train --data-path data --dataset AwA --save-ckpt " + mode +
                                     " --train-mode " + mode + " --epoch-size 1 --batch-size 50");
    ASSERT_EQ(result.status, 0) << result.err;
  }
  [[nodiscard]] bool exists(const std::string& file) const { return fs::exists(folder_ / file); }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Export, EveryModeAndFormatGetsTheReferencesName) {
  make_data();
  for (const std::string mode : {"att", "word", "fusion"}) {
    train(mode);
    for (const auto& [format, ending] : {std::pair("ONNX", ".onnx"), {"MINDIR", ".mindir"}}) {
      const ProgramResult result = dem("export --save-ckpt " + mode + " --file-format " + format);
      EXPECT_EQ(result.status, 0) << mode << format << result.err;
      EXPECT_EQ(result.out, "DEM_" + mode + ending + "\n");
      EXPECT_TRUE(exists("DEM_" + mode + ending));
    }
    const std::string of_model = read_file(folder_ / ("DEM_" + mode + ".mindir"));
    const ProgramResult bare =
        dem("export --save-ckpt " + mode + "/train.ckpt --file-format mindir --output bare.mindir");
    EXPECT_EQ(bare.status, 0) << bare.err;
    EXPECT_EQ(read_file(folder_ / "bare.mindir"), of_model) << mode;
  }
}

TEST_F(Export, TheReferencesCommandLineRuns) {
  make_data();
  train("att");
  const ProgramResult result =
      dem("export --data_path=data --dataset=AwA --train_mode=att --save_ckpt=att/train.ckpt "
          "--file_format=ONNX --batch_size=64 --device_target=Ascend --device_id=3 "
          "--distribute=False --device_num=1 --epoch_size=100 --interval_step=500");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(exists("DEM_att.onnx"));
}

TEST_F(Export, ClassifyNeedsAModelWithClasses) {
  make_data();
  train("att");
  const ProgramResult result =
      dem("export --save-ckpt att --graph classify --topk 3 --output c.onnx --json");
  EXPECT_EQ(result.status, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["file"], "c.onnx");
  EXPECT_EQ(json["format"], "ONNX");
  EXPECT_EQ(json["graph"], "classify");
  EXPECT_EQ(json["train_mode"], "att");
  const std::string file = read_file(folder_ / "c.onnx");
  EXPECT_TRUE(contains(file, "top_ids"));
  EXPECT_TRUE(contains(file, "probabilities"));  // training ends with a temperature
  const ProgramResult bare = dem("export --save-ckpt att/train.ckpt --graph classify");
  EXPECT_EQ(bare.status, 2);
  EXPECT_TRUE(contains(bare.err, "bare weights")) << bare.err;
}

// Their order is that of the file, and its metadata say so.
TEST_F(Export, ClassifyMayKnowSomeClassesAndRejectRows) {
  make_data();
  train("att");
  const ProgramResult all = dem("export --save-ckpt att --graph classify --output all.onnx");
  ASSERT_EQ(all.status, 0) << all.err;
  const auto facts_of = [&](const std::string& file) {
    std::map<std::string, std::string> facts;
    const auto inspected = nlohmann::json::parse(dem("inspect --json " + file).out);
    for (const auto& [key, value] : inspected.at("metadata").items()) facts[key] = value;
    return facts;
  };
  const auto names = nlohmann::json::parse(facts_of("all.onnx").at("classes")).at("names");
  std::ofstream(folder_ / "some.txt") << names[9].get<std::string>() << '\n'
                                      << names[2].get<std::string>() << '\n';
  const ProgramResult some =
      dem("export --save-ckpt att --graph classify --candidates some.txt --reject-below 0.4 "
          "--output some.onnx");
  ASSERT_EQ(some.status, 0) << some.err;
  const auto facts = facts_of("some.onnx");
  EXPECT_EQ(nlohmann::json::parse(facts.at("classes")).at("names"),
            (nlohmann::json{names[9], names[2]}));
  EXPECT_EQ(facts.at("reject_below"), "0.4");
  EXPECT_TRUE(contains(dem("inspect some.onnx").out, "accepted"));
  const ProgramResult unseen =
      dem("export --save-ckpt att --graph classify --candidates unseen --output unseen.onnx");
  ASSERT_EQ(unseen.status, 0) << unseen.err;
  EXPECT_EQ(nlohmann::json::parse(facts_of("unseen.onnx").at("classes")).at("names").size(), 4U);
}

TEST_F(Export, AirIsRefusedWithTheCommandsThatLeadThere) {
  make_data();
  train("word");
  const ProgramResult result = dem("export --save_ckpt=word --file_format=AIR --batch_size=10");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  for (const char* part :
       {"AIR",
        "CANN",
        "dem export --save-ckpt word --file-format ONNX --batch-size 10 --output DEM_word.onnx\n",
        "atc --framework=5 --model=DEM_word.onnx --output=DEM_word --soc_version="}) {
    EXPECT_TRUE(contains(result.err, part)) << part << "\n" << result.err;
  }
  EXPECT_FALSE(exists("DEM_word.onnx"));
}

TEST_F(Export, MistakesHaveOneErrorAndLeaveNoFile) {
  make_data();
  train("att");
  const struct {
    const char* arguments;
    int status;
    const char* named;
  } cases[] = {
      {"--file-format TFLITE", 2, "TFLITE"},
      {"--graph both", 2, "both"},
      {"--graph classify --file-format MINDIR", 2, "ONNX"},
      {"--batch-size -1", 2, "batch_size"},
      {"--graph classify --topk -1", 2, "top_k"},
      {"--candidates seen", 2, "--candidates: expected --graph classify with it, got embed"},
      {"--reject-below 0.5", 2, "--reject-below: expected --graph classify with it, got embed"},
      {"--file-format MINDIR --candidates seen", 2, "--candidates: expected --graph classify"},
      {"--graph classify --file-format MINDIR --candidates seen", 2, "ONNX"},
      {"--graph classify --candidates nowhere", 3, "candidates: expected all, seen, unseen or a"},
      {"--graph classify --reject-below 2", 2, "reject_below: expected a probability, got 2"},
      {"--save-ckpt att/train.ckpt --graph classify --candidates seen", 2, "bare weights"},
      {"--train-mode word", 2, "expected att"},
      {"--train-mode colour", 2, "colour"},
      {"--save-ckpt att/train.ckpt --train-mode fusion", 2, "3 layers"},
      {"--save-ckpt att/train.ckpt --recipe best", 2, "best"},
      {"--save-ckpt nowhere", 3, "nowhere"},
      {"--save-ckpt 'no where' --file-format AIR --graph classify --topk 3 --train-mode word "
       "--recipe gbu",
       2,
       "dem export --save-ckpt 'no where' --file-format ONNX --graph classify --topk 3 "
       "--train-mode word --recipe gbu --batch-size 1 --output DEM_word.onnx\n"},
      {"--save-ckpt data/AwA_data/test_labels.mat", 3, "fc1.weight"},
      {"--output no/where.onnx", 3, "no/where.onnx"},
  };
  const std::string long_name(300, 'a');
  const ProgramResult too_long = dem("export --save-ckpt " + long_name);
  EXPECT_EQ(too_long.status, 3) << too_long.err;
  EXPECT_TRUE(contains(too_long.err, "expected a model file")) << too_long.err;
  for (const auto& [arguments, status, named] : cases) {
    const ProgramResult result = dem(std::string("export --save-ckpt att ") + arguments);
    EXPECT_EQ(result.status, status) << arguments << "\n" << result.err;
    EXPECT_TRUE(contains(result.err, named)) << arguments << "\n" << result.err;
    EXPECT_EQ(lines_starting_with(result.err, "dem: "), 1) << result.err;
    EXPECT_EQ(result.out, "") << arguments;
    EXPECT_FALSE(exists("DEM_att.onnx") || exists("DEM_att.mindir")) << arguments;
  }
}

TEST_F(Export, HelpNamesTheGraphs) {
  const ProgramResult result = dem("export --help");
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(contains(result.out, "classify")) << result.out;
  EXPECT_EQ(result.err, "");
}

}  // namespace
}  // namespace dem::test
