// dem train --ensemble and --hub-correction.
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

class EnsembleOfTheProgram : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    make_data("--layout gbu --dataset TOY --seed 7 --quiet");
  }
  [[nodiscard]] ProgramResult train(const std::string& options) const {
    return dem("train --data-path data --dataset TOY --quiet --save-ckpt out " + options);
  }
};

TEST_F(EnsembleOfTheProgram, OfRecipesIsAModelLikeAnyOther) {
  const ProgramResult trained = train("--ensemble auto,whitened,gp --json");
  ASSERT_EQ(trained.status, 0) << trained.err;
  const auto json = nlohmann::json::parse(trained.out);
  EXPECT_EQ(json["ensemble"], "auto, seed 1000; whitened, seed 1001; gp, seed 1002");
  const ProgramResult evaluated = dem("eval --data-path data --dataset TOY --save-ckpt out --json");
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_EQ(nlohmann::json::parse(evaluated.out)["metrics"]["T1"], json["metrics"]["T1"]);
  const ProgramResult told = dem("eval --data-path data --dataset TOY --save-ckpt out");
  EXPECT_NE(told.out.find("ensemble of auto, seed 1000"), std::string::npos) << told.out;
  const ProgramResult exported =
      dem("export --save-ckpt out --graph classify --topk 3 --output c.onnx");
  EXPECT_EQ(exported.status, 0) << exported.err;
  const ProgramResult refused = train("--settings out/summary.json");
  EXPECT_EQ(refused.status, 3);  // of data: the file is not what it has to be
  EXPECT_NE(refused.err.find("got that of an ensemble"), std::string::npos) << refused.err;
}

TEST_F(EnsembleOfTheProgram, OfSeedsTakesTheRecipesOptions) {
  const ProgramResult trained =
      train("--ensemble 3 --recipe dem --seed 5 --hidden-dim 8 --set iterations=10");
  ASSERT_EQ(trained.status, 0) << trained.err;
  const auto summary = nlohmann::json::parse(read_file(folder_ / "out/summary.json"));
  ASSERT_EQ(summary["ensemble"].size(), 3u);
  EXPECT_EQ(summary["ensemble"][2]["seed"], 7);
  EXPECT_EQ(summary["ensemble"][2]["recipe"]["settings"]["hidden_dim"], "8");
  EXPECT_TRUE(summary["chosen"].contains("gamma"));
}

TEST_F(EnsembleOfTheProgram, InStepsGoesOn) {
  const std::string options = "--ensemble 2 --recipe gbu --max-steps 3";
  ASSERT_EQ(train(options).status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/members/2/model.safetensors"));
  const std::string model = read_file(folder_ / "out/model.safetensors");
  // All members are finished: nothing is trained, and the model is the same.
  const ProgramResult again = train(options + " --resume");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(read_file(folder_ / "out/model.safetensors"), model);
}

TEST_F(EnsembleOfTheProgram, ResumesNothingWhereNothingIs) {
  const ProgramResult result = train("--ensemble 2 --recipe gbu --max-steps 3 --resume");
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find("out/members/1/last.safetensors"), std::string::npos) << result.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

// More lines a member than the pipe of a signalled run holds.
TEST_F(EnsembleOfTheProgram, AnInterruptOfTheSolverSaysWhichMembersAreWhole) {
  const std::string command =
      "exec " + kProgram +
      " train --data-path data --dataset TOY --save-ckpt out --ensemble 2 --recipe gbu "
      "--hidden-dim 8 --solver statistics --solver-method adam --tolerance 1e-300 "
      "--max-steps 3000 --evaluation-interval 1";
  const ProgramResult stopped =
      run(command, folder_.path(), SignalAfter{SIGINT, "iteration: ", 3010});
  EXPECT_EQ(stopped.status, 5) << stopped.err;
  EXPECT_NE(stopped.err.find("iterations of member 2 of 2; those before it are whole, in "
                             "out/members, and there is no state to go on from"),
            std::string::npos)
      << stopped.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/members/1/summary.json"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/members/2"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/model.safetensors"));
}

TEST_F(EnsembleOfTheProgram, OtherTextsAreRefused) {
  const struct {
    const char* options;
    const char* message;
  } kCases[] = {
      {"--ensemble 1", "expected 2 .. 100 members, got 1"},
      {"--ensemble 101", "expected 2 .. 100 members"},
      {"--ensemble auto", "two names of recipes or more"},
      {"--ensemble auto,", "two names of recipes or more"},
      {"--ensemble auto,,gp", "gp, cnzsl, class-vectors, got \"\"\n"},
      {"--ensemble auto,nothing", ", got \"nothing\""},
      {"--ensemble auto,rigde", "got \"rigde\" (did you mean ridge?)"},
      {"--ensemble auto,gp --recipe dem", "a number of members with --recipe dem"},
      {"--ensemble auto,gbu", "auto and gbu"},
      {"--ensemble auto,gp --set lambda=1", "gp has no lambda"},
      {"--ensemble 2 --seed 18446744073709551615", "as many above it"},
      {"--hub-correction val", "auto"},
      {"--recipe gp --hub-correction val", "recipe gp: hub_correction: expected none"},
      {"--recipe ridge --hub-correction=-1", "at least 0"},
      {"--recipe ridge --hub-correction much", "none, val or a number"},
  };
  for (const auto& c : kCases) {
    const ProgramResult result = train(c.options);
    EXPECT_EQ(result.status, 2) << c.options << "\n" << result.err;
    EXPECT_NE(result.err.find(c.message), std::string::npos) << c.options << "\n" << result.err;
  }
}

TEST_F(EnsembleOfTheProgram, HubCorrectionIsAFieldOfTheRecipe) {
  const ProgramResult trained = train("--recipe ridge --hub-correction 0.5");
  ASSERT_EQ(trained.status, 0) << trained.err;
  const auto summary = nlohmann::json::parse(read_file(folder_ / "out/summary.json"));
  EXPECT_EQ(summary["recipe"]["hub_correction"], "0.5");
  EXPECT_EQ(summary["chosen"]["hub_correction"], "0.5");
  const ProgramResult again = train("--settings out/summary.json");
  EXPECT_EQ(again.status, 0) << again.err;
  const ProgramResult chosen = train("--recipe ridge --hub-correction val");
  EXPECT_EQ(chosen.status, 0) << chosen.err;
}

}  // namespace
}  // namespace dem::test
