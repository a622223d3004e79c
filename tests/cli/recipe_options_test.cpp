// The options that change a recipe, as they come out in the run's summary.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

class RecipeOptionsOfTheProgram : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    make_data("--dataset AwA --seed 7 --quiet");
  }
  void write_settings(const std::string& text) { std::ofstream(folder_ / "settings.json") << text; }
  // What a run of these options says of itself, and its recipe.
  nlohmann::json summary(const std::string& options) {
    const ProgramResult result =
        dem("train --data-path data --dataset AwA --quiet --save-ckpt out " + options);
    EXPECT_EQ(result.status, 0) << options << result.err;
    return nlohmann::json::parse(read_file(folder_ / "out/summary.json"));
  }
  nlohmann::json recipe(const std::string& options) { return summary(options)["recipe"]; }
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
      {"--recipe ridge --set selection_threshold=0.3",
       "--set selection_threshold: recipe ridge has no selection_threshold; recipes that have it: "
       "mindspore (--recipe mindspore), "},
      {"--recipe ridge --set lamda=1",
       "--set lamda: recipe ridge has no lamda; its fields are lam"},
      {"--set lambda", "--set: expected NAME=VALUE, got lambda"},
      {"--set =1", "--set: expected NAME=VALUE, got =1"},
      {"--set beta2=0.5 --set beta2=0.6", "--set beta2: expected it once, got it twice"},
      {"--epoch-size 2 --set num_epochs=3", "got it twice, with --epoch-size"},
      {"--recipe ridge --tune quick",
       "--tune: recipe ridge has no tune; recipes that have it: auto"},
      {"--recipe kernel-prototypes --tune slow", "tune: expected quick"},
      {"--epoch-size 1.5", "--epoch-size: expected a whole number, got \"1.5\""},
      {"--learning-rate 0x2", "--learning-rate: expected a number, got \"0x2\""}};
  for (const auto& c : cases) {
    EXPECT_NE(refusal(c.options).find(c.named), std::string::npos) << c.options;
  }
}

TEST_F(RecipeOptionsOfTheProgram, AFileOfSettingsFixesFieldsAndOptionsWin) {
  write_settings(
      R"({"recipe": "tensorflow", "num_epochs": 2, "batch_size": 25, "learning_rate": 2.5e-3,
          "shuffle": false, "init_sigma": [0.1, 0.2], "l2_penalty": 0.125, "metric": "cosine"})");
  const nlohmann::json json = recipe("--settings settings.json --batch-size 20 --set beta2=0.5");
  EXPECT_EQ(json["name"], "tensorflow");
  EXPECT_EQ(json["num_epochs"], 2);
  EXPECT_EQ(json["max_steps"], 0);
  EXPECT_EQ(json["batch_size"], 20);
  EXPECT_EQ(json["learning_rate"], 2.5e-3);
  EXPECT_EQ(json["shuffle"], false);
  EXPECT_EQ(json["init_sigma"], (std::vector<double>{0.1, 0.2}));
  EXPECT_EQ(json["l2_penalty"], (std::vector<double>{0.125, 0.125}));
  EXPECT_EQ(json["metric"], "cosine");
  EXPECT_EQ(json["beta2"], 0.5);
}

// The second run has nothing left to choose, and the same model.
TEST_F(RecipeOptionsOfTheProgram, ASummaryFixesWhatItsRunChose) {
  const nlohmann::json first = summary("--recipe ridge --set \"lambda_grid=0.5 2\"");
  ASSERT_TRUE(first["chosen"].contains("lambda"));
  ASSERT_EQ(first["recipe"]["settings"]["lambda"], "auto");
  std::filesystem::copy_file(folder_ / "out/summary.json", folder_ / "first.json");
  const nlohmann::json second = summary("--settings first.json");
  EXPECT_EQ(second["recipe"]["name"], "ridge");
  EXPECT_EQ(second["recipe"]["settings"]["lambda"], first["chosen"]["lambda"]);
  EXPECT_EQ(second["chosen"], first["chosen"]);
  EXPECT_EQ(second["selection"], "given");
}

TEST_F(RecipeOptionsOfTheProgram, MistakesOfAFileNameItAndTheRecipesThatWereMeant) {
  const struct {
    const char *text, *options, *named;
  } cases[] = {{R"({"lambda": "many"})", "--recipe ridge", "(with --settings settings.json)"},
               {R"({"learning_rate": -1})", "--recipe gbu", "(with --settings settings.json)"},
               {R"({"lambda": 1})",
                "",
                "--settings settings.json: recipe mindspore, the default of layout dem, has no "
                "lambda; recipes that have it: "},
               {R"({"tune": "quick"})",
                "--recipe ridge",
                "--settings settings.json: recipe ridge has no tune; recipes that have it: auto"}};
  for (const auto& c : cases) {
    write_settings(c.text);
    const std::string text = refusal(std::string("--settings settings.json ") + c.options);
    EXPECT_NE(text.find(c.named), std::string::npos) << text;
  }
}

// What happened, gamma counted in; a kernel recipe also measures what was given.
TEST_F(RecipeOptionsOfTheProgram, SelectionSaysWhatWasChosen) {
  const std::string all =
      " --set kernel=linear --set lambda=0.1 --set shrinkage=0.6 --set kappa=0 --set hub=0 --set "
      "hub_fraction=0.1 --set blend=1 --set gaussian=0 --set strength=1 --set exponent=1";
  const struct {
    std::string options;
    const char* selection;
  } cases[] = {{"--recipe auto", "val"},
               {"--recipe auto --tune none", "default"},
               {"--recipe auto --tune none --gamma none" + all, "given"},
               {"--recipe auto --gamma none" + all, "given"},
               {"--recipe auto --gamma val" + all, "val"},
               {"--recipe ridge", "val"},
               {"--recipe ridge --set lambda=1", "given"},
               {"--recipe ridge --set lambda=1 --gamma 0.2", "given"},
               {"--recipe ridge --set lambda=1 --gamma val", "val"},
               {"--recipe ridge --set lambda_grid=1", "given"}};
  for (const auto& [options, selection] : cases) {
    const nlohmann::json json = summary(options);
    EXPECT_EQ(json["selection"], selection) << options;
    EXPECT_TRUE(json["selection"] == "val" || !json.contains("selected_accuracy")) << options;
  }
}

// Nothing of steps, and no solver that it has not.
TEST_F(RecipeOptionsOfTheProgram, ASummaryOfWhatLearnsAtOnceHasNoSteps) {
  const nlohmann::json json = summary("--recipe ridge");
  EXPECT_EQ(json["solver"], "at once");
  EXPECT_EQ(json["summary"].size(), 2u) << json["summary"];
  EXPECT_EQ(json["summary"]["stop_reason"], "finished");
  EXPECT_TRUE(json["summary"].contains("seconds"));
}

// Of a network every field is taken; where an option changes one, those that follow it give way.
TEST_F(RecipeOptionsOfTheProgram, ASummaryOfANetworkFixesItsFields) {
  const nlohmann::json first =
      recipe("--recipe gbu --max-steps 2 --select test --set selection_threshold=0.25");
  std::filesystem::copy_file(folder_ / "out/summary.json", folder_ / "first.json");
  EXPECT_EQ(recipe("--settings first.json"), first);
  const nlohmann::json longer = recipe("--settings first.json --epoch-size 1");
  EXPECT_EQ(longer["num_epochs"], 1);
  EXPECT_EQ(longer["max_steps"], 0);
}

TEST_F(RecipeOptionsOfTheProgram, MistakesOfAFileNameIt) {
  const struct {
    const char* file;
    const char* options;
    const char* named;
  } cases[] = {
      {R"({"recipe": "ridge", "lamda": 1})",
       "",
       "--settings settings.json: recipe ridge has no lamda; its fields are lambda"},
      {R"({"recipe": "ridge"})",
       "--recipe eszsl",
       "--recipe: expected ridge, whose settings --settings settings.json has, got eszsl"},
      {R"({"recipe": "rigde"})", "", "rigde"},
      {R"({"recipe": "ridge", "lambda": "x"})", "", "lambda"},
  };
  for (const auto& c : cases) {
    write_settings(c.file);
    const std::string message = refusal(std::string("--settings settings.json ") + c.options);
    EXPECT_NE(message.find(c.named), std::string::npos) << c.file << message;
  }
}

// Where nobody names a recipe, the message says which one was meant.
TEST_F(RecipeOptionsOfTheProgram, OfStepsNameARecipeThatHasThem) {
  ASSERT_EQ(dem("synth --output data --layout gbu --dataset TOY --num-train-images 100 "
                "--num-test-images 20 --num-seen-classes 6 --num-unseen-classes 3 "
                "--attribute-dim 5 --feature-dim 8 --quiet")
                .status,
            0);
  const struct {
    const char *options, *words;
  } cases[] = {
      {"--learning-rate 1e-3",
       "--learning-rate: recipe auto, the default of layout gbu, has no learning_rate; recipes "
       "that have it: gbu (--recipe gbu), mindspore, "},
      {"--set beta2=0.9", "--set beta2: recipe auto, the default of layout gbu, has no beta2; "},
      {"--set lamda=1", "--set lamda: recipe auto, the default of layout gbu, has no lamda; its "},
      {"--resume",
       "--resume: recipe auto, the default of layout gbu, learns at once, in no steps; recipes "
       "that train in steps: gbu (--recipe gbu), mindspore, "},
      {"--solver statistics", "--solver: recipe auto, the default of layout gbu, learns at once"}};
  for (const auto& c : cases) {
    const ProgramResult result =
        dem("train --data-path data --dataset TOY --save-ckpt out " + std::string(c.options));
    EXPECT_EQ(result.status, 2) << c.options;
    EXPECT_NE(result.err.find(c.words), std::string::npos) << result.err;
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
