#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

class Usage : public CliTest {};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Usage, HelpGoesToStdoutWithStatusZero) {
  for (const char* arguments : {"--help",
                                "train --help",
                                "eval --help",
                                "synth --help",
                                "inspect --help",
                                "convert --help",
                                "stats --help"}) {
    const ProgramResult result = dem(arguments);
    EXPECT_EQ(result.status, 0) << arguments;
    EXPECT_TRUE(contains(result.out, "Usage:")) << arguments << result.out;
    EXPECT_EQ(result.err, "") << arguments;
  }
}

// Defaults that go by the recipe, and the model's where there is one.
TEST_F(Usage, HelpHasDefaults) {
  // As one line: help is wrapped.
  const auto help = [&](const std::string& command) {
    std::string text = dem(command + " --help").out, line;
    for (const char c : text) {
      const char plain = c == '\n' ? ' ' : c;
      if (plain != ' ' || line.empty() || line.back() != ' ') line += plain;
    }
    return line;
  };
  const std::string train = help("train"), eval = help("eval");
  for (const char* words :
       {"by default mindspore for layout dem, else auto",
        "--tune TEXT=quick",
        "the recipes auto and kernel-prototypes try",
        "by default last (mindspore-intended, tensorflow, gbu), test (mindspore), val (others)",
        "--missing-features TEXT=refuse"}) {
    EXPECT_TRUE(contains(train, words)) << words << train;
  }
  EXPECT_TRUE(contains(eval, "takes them as 0; by default as the model, or refuse")) << eval;
  EXPECT_TRUE(contains(eval, "by default as the model was trained")) << eval;
}

TEST_F(Usage, QuietLeavesTheScores) {
  make_data();
  const ProgramResult result =
      dem("train --data-path data --dataset AwA --epoch-size 2 --interval-step 1 --quiet "
          "--save-ckpt out");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(lines_starting_with(result.out, "epoch: "), 0) << result.out;
  EXPECT_EQ(lines_starting_with(result.out, "T1 "), 1) << result.out;
}

TEST_F(Usage, VersionIsOneLine) {
  const ProgramResult result = dem("--version");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "dem 0.1.0\n");
}

TEST_F(Usage, MistakesOfTheCommandLineHaveStatusTwoAndNameTheCulprit) {
  const struct {
    const char* arguments;
    const char* named;
  } cases[] = {
      {"", "command is required"},
      {"trian", "unknown command trian (did you mean train?)"},
      {"train --epoch-sise 3", "unknown option --epoch-sise (did you mean --epoch-size?)"},
      {"train --recipe rigde --data-path data --dataset AwA", "--recipe: expected one of auto, "},
      {"train --recipe rigde --data-path data --dataset AwA",
       "got \"rigde\" (did you mean ridge?)"},
      {"train --seed -1", "2^64 - 1, got -1"},
      {"synth --output x --seed 99999999999999999999", "2^64 - 1"},
      {"train --save-ckpt ''", "--save-ckpt: expected a folder"},
      {"train --xyzzy", "unknown option --xyzzy\n"},
      {"train examples", "examples"},
      {"train --save-ckpt= --quiet", "--save-ckpt=: expected a value, got none"},
      {"train --epoch-size many", "--epoch-size"},
      {"train --epoch-size", "--epoch-size"},
      {"train --train-mode colour", "colour"},
      {"train --recipe best --data-path data --dataset AwA", "best"},
      {"train --select luck --data-path data --dataset AwA", "luck"},
      {"train --metric taxicab --data-path data --dataset AwA", "taxicab"},
      {"train --feature-scaling log --data-path data --dataset AwA", "log"},
      {"train --output-bias 3 --data-path data --dataset AwA", "3"},
      {"train --layout csv --data-path data --dataset AwA", "csv"},
      {"train --batch-size 0 --data-path data --dataset AwA", "batch_size"},
      {"train --batch-size 100000 --data-path data --dataset AwA", "100000"},
      {"train --epoch-size -1 --data-path data --dataset AwA", "num_epochs"},
      {"train --learning-rate -1 --data-path data --dataset AwA", "learning_rate"},
      {"train --learning-rate nan --data-path data --dataset AwA", "learning_rate"},
      {"train --interval-step 0 --data-path data --dataset AwA", "--interval-step: "},
      {"train --save-seconds -1 --data-path data --dataset AwA", "--save-seconds: "},
      {"train --resume --init weights.ckpt --data-path data --dataset AwA", "init_file"},
      {"train --threads 5000", "5000"},
      {"train --shuffle --no-shuffle", "shuffle"},
      {"train --device-target GPU", "GPU"},
      {"train --device_target=Ascend", "Ascend"},
#ifdef DEM_HAS_MPI
      {"train --distribute True --device-num 8", "--device-num"},
#else
      {"train --distribute", "-DDEM_WITH_MPI=ON"},
      {"train --distribute True --device-num 8", "-DDEM_WITH_MPI=ON"},
#endif
      {"train --distribute=perhaps", "True or False, got perhaps"},
      {"train --device-num 8", "8"},
      {"eval --examples -1", "-1"},
      {"eval --curve same.csv --confusion ./same.csv", "--confusion: expected another file"},
      {"eval --curve ''", "--curve: expected a name, got none"},
      {"eval --confusion ''", "--confusion: expected a name, got none"},
      {"eval --curve -", "--curve: expected a file, got -"},
      {"train --settings ''", "--settings: expected a name, got none"},
      {"train --stats ''", "--stats: expected a name, got none"},
      {"train --max-seconds -1 --solver statistics --data-path data --dataset AwA",
       "--max-seconds: expected a finite number"},
      {"train --max-seconds 3 --data-path data --dataset AwA",
       "--max-seconds: expected --solver statistics with it, got minibatch"},
      {"train --tolerance 0.1 --data-path data --dataset AwA",
       "--tolerance: expected --solver statistics with it, got minibatch"},
      {"train --solver-method lbfgs --data-path data --dataset AwA",
       "--solver-method: expected --solver statistics with it, got minibatch"},
      {"train --recipe ridge --solver statistics --data-path data --dataset AwA",
       "--solver: recipe ridge learns at once, in no steps; recipes that train in steps: "},
      {"train --recipe ridge --max-seconds 120 --data-path data --dataset AwA",
       "--max-seconds: recipe ridge learns at once"},
      {"train --recipe ridge --save-seconds 5 --data-path data --dataset AwA",
       "--save-seconds: recipe ridge learns at once"},
      {"stats --data-path data --dataset AwA -o x --recipe cnzsl",
       "--recipe: expected a recipe that learns from statistics, got cnzsl"},
      {"synth", "--output"},
      {"synth --output data --layout table", "table"},
      {"synth --output data --noise -1", "noise"},
      {"inspect", "FILE"},
      {"convert", "IN"},
      {"convert a.ckpt", "OUT"},
      {"convert a.ckpt b.txt", ".txt"},
      {"convert a.ckpt b.npz --format onnx", "onnx"},
      {"convert data/AwA_data/test_labels.mat data/AwA_data/test_labels.mat --format npz",
       "another"},
  };
  make_data();
  for (const auto& [arguments, named] : cases) {
    const ProgramResult result = dem(arguments);
    EXPECT_EQ(result.status, 2) << arguments << "\n" << result.err;
    EXPECT_TRUE(contains(result.err, named)) << arguments << "\n" << result.err;
    EXPECT_EQ(result.out, "") << arguments;
  }
}

#ifndef DEM_HAS_MPI
TEST_F(Usage, ABuildWithoutMpiThatMpirunStartsNamesTheOptionThatItMisses) {
  const ProgramResult result = run("OMPI_COMM_WORLD_SIZE=2 " + kProgram + " train", folder_.path());
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(contains(result.err, "-DDEM_WITH_MPI=ON")) << result.err;
}
#endif

TEST_F(Usage, OptionsAreTakenWithUnderscoresToo) {
  make_data();
  const ProgramResult result = dem(
      "train --data_path=data --dataset AwA --train_mode att --save_ckpt out --device_target CPU "
      "--device_id 0 --distribute False --device_num 1 --epoch_size 1 --batch_size 50 "
      "--interval_step 8 --file_format ONNX");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(lines_starting_with(result.out, "epoch: 1 step: 8, loss is "), 1) << result.out;
}

}  // namespace
}  // namespace dem::test
