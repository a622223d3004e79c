#include "cli_fixture.h"

namespace dem::test {
namespace {

class Stats : public CliTest {
 protected:
  void make_set(const std::string& folder, const std::string& images) const {
    const ProgramResult made = dem("synth --layout gbu --dataset TOY --output " + folder +
                                   " --num-train-images " + images +
                                   " --num-test-images 100 --num-seen-classes 8 "
                                   "--num-unseen-classes 4 --attribute-dim 12 --feature-dim 32");
    ASSERT_EQ(made.status, 0) << made.err;
  }
  void expect_failure(const std::string& arguments, int status, const std::string& words) const {
    const ProgramResult result = dem(arguments);
    EXPECT_EQ(result.status, status) << arguments << "\n" << result.err;
    EXPECT_NE(result.err.find(words), std::string::npos) << arguments << "\n" << result.err;
  }
};

TEST_F(Stats, AreGatheredMergedTrainedFromAndEvaluated) {
  make_set("a", "400");
  make_set("b", "300");
  ASSERT_EQ(
      dem("stats --data-path a --dataset TOY --recipe gbu -o a.stats --second-moment --quiet").out,
      "a.stats: 400 images of 8 of 12 classes, 32 feature dimensions, with second moments of 4 "
      "folds, 400 sampled images\n");
  ASSERT_EQ(dem("stats --data-path b --dataset TOY --recipe gbu -o b.stats --second-moment").status,
            0);
  const ProgramResult merged = dem("stats --merge a.stats b.stats -o ab.stats --json");
  ASSERT_EQ(merged.status, 0) << merged.err;
  EXPECT_NE(merged.out.find("\"images\": 700"), std::string::npos) << merged.out;
  EXPECT_NE(merged.out.find("\"folds\": 4"), std::string::npos) << merged.out;
  EXPECT_EQ(merged.out.find("\"sample_rows\": 0"), std::string::npos) << merged.out;
  const ProgramResult few =
      dem("stats --data-path a --dataset TOY -o few.stats --sample-rows 50 --json");
  EXPECT_NE(few.out.find("\"sample_rows\": 50"), std::string::npos) << few.out;
  EXPECT_NE(dem("inspect ab.stats").out.find("dem statistics"), std::string::npos);

  const ProgramResult trained =
      dem("train --stats ab.stats --recipe gbu --save-ckpt model --max-steps 40");
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_NE(trained.out.find("nothing was evaluated: no test images"), std::string::npos)
      << trained.out;
  EXPECT_NE(trained.out.find("selection: last (iteration "), std::string::npos) << trained.out;
  const ProgramResult evaluated = dem("eval --data-path a --dataset TOY --save-ckpt model");
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_EQ(lines_starting_with(evaluated.out, "T1 "), 1) << evaluated.out;

  const ProgramResult with =
      dem("train --stats ab.stats --data-path a --dataset TOY --recipe gbu --save-ckpt other "
          "--max-steps 40 --solver-method adam");
  ASSERT_EQ(with.status, 0) << with.err;
  EXPECT_EQ(lines_starting_with(with.out, "T1 "), 1) << with.out;
}

TEST_F(Stats, OfTheReferencesLayoutTrainTheSameModelAsTheImages) {
  make_data("--dataset CUB");
  const std::string from = "--data-path data --dataset CUB ";
  ASSERT_EQ(dem("stats " + from + "-o cub.stats").status, 0);
  ASSERT_EQ(dem("train --stats cub.stats --save-ckpt s --max-steps 20").status, 0);
  const ProgramResult images =
      dem("train " + from + "--solver statistics --select last --save-ckpt i --max-steps 20");
  ASSERT_EQ(images.status, 0) << images.err;
  EXPECT_EQ(run("cmp s/train.ckpt i/train.ckpt", folder_.path()).status, 0);
  const ProgramResult json = dem("train --stats cub.stats --save-ckpt s --max-steps 2 --json");
  EXPECT_EQ(json.out.front(), '{');
  EXPECT_NE(json.out.find("\"metrics\": {}"), std::string::npos) << json.out;
}

// Gathered for one recipe, trained from by those that take the other kind of attributes.
TEST_F(Stats, OfDataWithOneKindOfAttributesSuitEveryRecipe) {
  make_data("--dataset CUB");
  for (const std::string gathered : {"gbu", "ridge"}) {
    ASSERT_EQ(dem("stats --data-path data --dataset CUB --second-moment -o cub.stats --recipe " +
                  gathered)
                  .status,
              0);
    for (const std::string recipe : {"gbu --max-steps 2", "ridge --set lambda=1"}) {
      const ProgramResult trained = dem("train --stats cub.stats --save-ckpt m --recipe " + recipe);
      EXPECT_EQ(trained.status, 0) << gathered << ", " << recipe << "\n" << trained.err;
    }
  }
}

// Without a word, what is gathered is what the layout's recipe learns from.
TEST_F(Stats, AreGatheredForTheDefaultRecipe) {
  make_set("a", "400");
  const ProgramResult gathered = dem("stats --data-path a --dataset TOY -o a.stats");
  EXPECT_NE(gathered.out.find("with second moments of 4 folds, 400 sampled images"),
            std::string::npos)
      << gathered.out;
  EXPECT_NE(dem("inspect a.stats").out.find("l2"), std::string::npos);
  const ProgramResult trained = dem("train --stats a.stats --save-ckpt model");
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_NE(trained.err.find("recipe: auto"), std::string::npos) << trained.err;
  const ProgramResult evaluated = dem("eval --data-path a --dataset TOY --save-ckpt model --json");
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_NE(evaluated.out.find("\"recipe\": \"auto\""), std::string::npos) << evaluated.out;
}

TEST_F(Stats, ThatDoNotSuitARecipeAreRefusedWithTheCommandThatGathersThem) {
  make_set("a", "400");
  const std::string gather = "stats --data-path a --dataset TOY -o ";
  ASSERT_EQ(dem(gather + "auto.stats").status, 0);
  ASSERT_EQ(dem(gather + "gbu.stats --recipe gbu").status, 0);
  ASSERT_EQ(dem(gather + "l2.stats --no-second-moment").status, 0);
  const struct {
    const char *train, *words, *got;
  } cases[] = {
      {"gbu.stats",
       "for recipe auto (dem stats --recipe auto), got ",
       "features that did not go through l2, no second moments\n"},
      {"l2.stats", "for recipe auto (dem stats --recipe auto), got ", "got no second moments\n"},
      {"auto.stats --recipe gbu",
       "for recipe gbu (dem stats --recipe gbu), got ",
       "features through l2\n"},
      {"gbu.stats --recipe ridge",
       "for recipe ridge (dem stats --recipe ridge), got ",
       "no second moments\n"},
      {"gbu.stats --recipe gbu --feature-scaling l2",
       "for recipe gbu (dem stats --recipe gbu --feature-scaling l2), got ",
       "features that did not go through l2\n"}};
  for (const auto& c : cases) {
    for (const char* data : {"", "--data-path a --dataset TOY "}) {
      const std::string train = std::string("train --save-ckpt m ") + data + "--stats " + c.train;
      expect_failure(train, 2, c.words);
      expect_failure(train, 2, c.got);
    }
  }
  const std::string solve = "train --save-ckpt m --recipe ridge --set lambda=1 --stats ";
  ASSERT_EQ(dem(gather + "ridge.stats --recipe ridge").status, 0);
  EXPECT_EQ(dem(solve + "ridge.stats").status, 0);
  EXPECT_EQ(dem(solve + "auto.stats --feature-scaling l2").status, 0);
}

TEST_F(Stats, MistakesAreNamed) {
  make_set("a", "400");
  ASSERT_EQ(dem("stats --data-path a --dataset TOY --recipe gbu -o a.stats").status, 0);
  expect_failure("stats --data-path a --dataset TOY", 2, "--output");
  expect_failure("stats --data-path a --dataset TOY -o x --feature-scaling minmax", 2, "l2");
  expect_failure("stats --data-path a --dataset TOY -o x --rows test", 2, "trainval");
  expect_failure("stats --merge a.stats none -o x", 3, "none: cannot be read");
  expect_failure("stats --merge a.stats a.stats -o x", 2, "a second time");
  expect_failure("stats --merge a.stats --second-moment -o x", 2, "--second-moment");
  expect_failure("stats --merge a.stats --sample-rows 5 -o x", 2, "--sample-rows");
  for (const char* without : {"--recipe gbu", "--no-second-moment"}) {
    expect_failure("stats --data-path a --dataset TOY --sample-rows 5 -o x " + std::string(without),
                   2,
                   "--second-moment");
  }
  expect_failure("train --stats none", 3, "none: cannot be read");
  expect_failure("train --stats a.stats --dataset TOY", 2, "--data-path");
  expect_failure("train --stats a.stats --recipe gbu --select val", 2, "--select: ");
  expect_failure("train --stats a.stats --recipe gbu --solver minibatch", 2, "solver");
  expect_failure("train --stats a.stats --recipe gbu --precision bf16", 2, "precision");
  expect_failure("train --stats a.stats --recipe gbu --feature-scaling l2", 2, "l2");
  expect_failure("train --stats a.stats --recipe mindspore", 2, "--recipe mindspore");
  expect_failure("train --stats a.stats --recipe gbu --solver-method newton", 2, "lbfgs or adam");
  expect_failure("train --stats a/TOY/res101.mat", 3, "expected a safetensors file");
  expect_failure("train --stats a.stats --recipe cnzsl",
                 2,
                 "--stats a.stats: expected a recipe that learns from statistics, got cnzsl");
  expect_failure("stats --data-path a --dataset TOY -o no/such/file", 3, "--output no/such/file");
  ASSERT_EQ(dem("synth --layout gbu --dataset TOY --output other --feature-dim 16 "
                "--num-train-images 100 --num-test-images 40 --num-seen-classes 8 "
                "--num-unseen-classes 4 --attribute-dim 12")
                .status,
            0);
  expect_failure("train --stats a.stats --recipe gbu --data-path other --dataset TOY --save-ckpt m",
                 3,
                 "--stats a.stats: expected 16 feature dimensions, as dataset TOY has, got 32");
}

}  // namespace
}  // namespace dem::test
