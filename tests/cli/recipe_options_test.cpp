// The options that change a recipe, as they come out in the run's summary.
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

class RecipeOptionsOfTheProgram : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    ASSERT_EQ(dem("synth --output data --dataset AwA --seed 7 --quiet").status, 0);
  }
  // The recipe that a run of these options had.
  nlohmann::json recipe(const std::string& options) {
    const ProgramResult result =
        dem("train --data-path data --dataset AwA --quiet --save-ckpt out " + options);
    EXPECT_EQ(result.status, 0) << options << result.err;
    return nlohmann::json::parse(read_file(folder_ / "out/summary.json"))["recipe"];
  }
  std::string refusal(const std::string& options) {
    const ProgramResult result =
        dem("train --data-path data --dataset AwA --quiet --save-ckpt out " + options);
    EXPECT_EQ(result.status, 2) << options;
    return result.err;
  }
};

TEST_F(RecipeOptionsOfTheProgram, EachChangesItsField) {
  const nlohmann::json json = recipe(
      "--epoch-size 3 --max-steps 2 --batch-size 20 --learning-rate +0.5e-3 --beta1 0.25 "
      "--weight-decay 1e-3 --clip 0.75 --precision float32 --hidden-dim 12 "
      "--feature-scaling minmax --output-bias mean --metric cosine --select last "
      "--evaluation-interval 5 --no-shuffle --set beta2=0.5 --set \"init_sigma=0.1, 0.2\"");
  EXPECT_EQ(json["num_epochs"], 3);
  EXPECT_EQ(json["max_steps"], 2);
  EXPECT_EQ(json["batch_size"], 20);
  EXPECT_EQ(json["learning_rate"], 0.5e-3);
  EXPECT_EQ(json["beta1"], 0.25);
  EXPECT_EQ(json["l2_penalty"], (std::vector<double>{1e-3, 1e-3}));
  EXPECT_EQ(json["clip_norm"], 0.75);
  EXPECT_EQ(json["precision"], "float32");
  EXPECT_EQ(json["hidden_dim"], 12);
  EXPECT_EQ(json["feature_scaling"], "minmax");
  EXPECT_EQ(json["output_bias"], "mean");
  EXPECT_EQ(json["metric"], "cosine");
  EXPECT_EQ(json["selection"], "last");
  EXPECT_EQ(json["evaluation_interval"], 5);
  EXPECT_EQ(json["shuffle"], false);
  EXPECT_EQ(json["beta2"], 0.5);
  EXPECT_EQ(json["init_sigma"], (std::vector<double>{0.1, 0.2}));
  EXPECT_EQ(recipe("--epoch-size 1 --shuffle")["shuffle"], true);
}

TEST_F(RecipeOptionsOfTheProgram, MistakesNameTheOption) {
  const struct {
    const char* options;
    const char* named;
  } cases[] = {
      {"--recipe ridge --epoch-size 3", "--epoch-size: recipe ridge has no num_epochs"},
      {"--recipe ridge --weight-decay 3", "--weight-decay: recipe ridge has no l2_penalty"},
      {"--recipe ridge --no-shuffle", "--no-shuffle: recipe ridge has no shuffle"},
      {"--recipe ridge --set selection_threshold=0.3", "got \"selection_threshold\""},
      {"--recipe ridge --set lamda=1", "got \"lamda\""},
      {"--set lambda", "--set: expected NAME=VALUE, got lambda"},
      {"--set =1", "--set: expected NAME=VALUE, got =1"},
      {"--set beta2=0.5 --set beta2=0.6", "--set beta2: expected it once, got it twice"},
      {"--epoch-size 2 --set num_epochs=3", "got it twice, with --epoch-size"},
      {"--epoch-size 1.5", "--epoch-size: expected a whole number, got \"1.5\""},
      {"--learning-rate 0x2", "--learning-rate: expected a number, got \"0x2\""}};
  for (const auto& c : cases) {
    EXPECT_NE(refusal(c.options).find(c.named), std::string::npos) << c.options;
  }
}

// A finished run of a network says how long it was, also where the solver had nothing to do.
TEST_F(RecipeOptionsOfTheProgram, ARunWithoutStepsSaysSo) {
  const ProgramResult trained =
      dem("train --data-path data --dataset AwA --quiet --save-ckpt out --solver statistics "
          "--tolerance 1e30 --select last");
  ASSERT_EQ(trained.status, 0) << trained.err;
  const std::string facts = dem("inspect out/model.safetensors").out;
  for (const char* fact : {"epochs", "steps", "selected_epoch"}) {
    EXPECT_NE(facts.find(fact), std::string::npos) << fact << facts;
  }
  EXPECT_NE(facts.find("status"), std::string::npos);
}

}  // namespace
}  // namespace dem::test
