#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli_fixture.h"

namespace dem::test {
namespace {

class Convert : public CliTest {
 protected:
  void train() const {
    make_data();
    const ProgramResult result =
        dem("train --data-path data --dataset AwA --epoch-size 1 --save-ckpt out --recipe gbu "
            "--quiet");
    ASSERT_EQ(result.status, 0) << result.err;
  }
};

TEST_F(Convert, ATrainedModelGoesThereAndBackAndEvaluatesAlike) {
  train();
  for (const char* step : {"out/train.ckpt a.npz", "a.npz b.safetensors", "b.safetensors c.ckpt"}) {
    const ProgramResult result = dem(std::string("convert ") + step);
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find("4 tensors"), std::string::npos) << result.out;
    EXPECT_EQ(result.err, "");
  }
  EXPECT_EQ(read_file(folder_ / "c.ckpt"), read_file(folder_ / "out/train.ckpt"));
  const auto scores_of = [&](const std::string& file) {
    const ProgramResult result =
        dem("eval --data-path data --dataset AwA --json --recipe gbu --save-ckpt " + file);
    EXPECT_EQ(result.status, 0) << result.err;
    return nlohmann::json::parse(result.out).at("metrics");
  };
  EXPECT_EQ(scores_of("a.npz"), scores_of("out/train.ckpt"));
  EXPECT_EQ(scores_of("b.safetensors"), scores_of("out/train.ckpt"));
}

TEST_F(Convert, WeightsOfATrainingStateAreWhatTheCheckpointHolds) {
  train();
  const ProgramResult result = dem("convert out/last.safetensors w.npz --weights-only --json");
  ASSERT_EQ(result.status, 0) << result.err;
  const nlohmann::json json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json.at("tensors").size(), 4u);
  EXPECT_EQ(json.at("left_out").size(), 8u) << json;
  EXPECT_FALSE(json.at("lost_metadata").empty());
}

TEST_F(Convert, WhatCannotBeConvertedHasStatusThreeAndLeavesNothing) {
  make_data();
  const ProgramResult result = dem("convert data/AwA_data/test_labels.mat a.npz");
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("test_labels.mat: expected a MindSpore checkpoint"), std::string::npos)
      << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.npz"));
}

}  // namespace
}  // namespace dem::test
