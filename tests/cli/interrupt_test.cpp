#include <csignal>
#include <filesystem>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class Interrupt : public CliTest {
 protected:
  [[nodiscard]] std::string command(const std::string& out, const std::string& more = "") const {
    return "exec " + kProgram +
           " train --data-path data --dataset AwA --batch-size 20 --learning-rate 1e-3 "
           "--interval-step 1000 --epoch-size " +
           std::to_string(epochs_) + " --save-ckpt " + out + " " + more;
  }
  // As if never stopped: weights, optimiser state and log agree to the byte.
  void expect_same_run(const std::string& a, const std::string& b) const {
    for (const char* file : {"/train.ckpt", "/last.safetensors", "/model.safetensors"}) {
      EXPECT_EQ(read_file(folder_ / (a + file)), read_file(folder_ / (b + file))) << file;
    }
  }
  // Epochs of a run that takes about two seconds here, so that a signal comes in the middle.
  void choose_epochs() {
    epochs_ = 200;
    const auto started = std::chrono::steady_clock::now();
    ASSERT_EQ(run(command("probe"), folder_.path()).status, 0);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    epochs_ = static_cast<int>(200 * 2.0 / seconds.count()) + 1;
  }

  int epochs_ = 0;
};

TEST_F(Interrupt, CtrlCSavesAndResumeContinuesBitForBit) {
  make_data();
  choose_epochs();
  ASSERT_EQ(run(command("whole"), folder_.path()).status, 0);
  const ProgramResult stopped =
      run(command("parts"), folder_.path(), SIGINT, std::chrono::milliseconds(700));
  ASSERT_EQ(stopped.status, 130) << stopped.err;
  EXPECT_NE(stopped.err.find("--resume"), std::string::npos) << stopped.err;
  EXPECT_FALSE(fs::exists(folder_ / "parts/summary.json"));
  const ProgramResult again = run(command("parts", "--resume"), folder_.path());
  ASSERT_EQ(again.status, 0) << again.err;
  expect_same_run("whole", "parts");
}

TEST_F(Interrupt, ResumeContinuesBitForBitAfterAKill) {
  make_data();
  choose_epochs();
  ASSERT_EQ(run(command("whole"), folder_.path()).status, 0);
  ASSERT_EQ(run(command("parts", "--save-seconds 0.1"),
                folder_.path(),
                SIGKILL,
                std::chrono::milliseconds(900))
                .status,
            128 + SIGKILL);
  ASSERT_TRUE(fs::exists(folder_ / "parts/last.safetensors"));
  // What is there in between is a whole, readable model.
  EXPECT_EQ(dem("eval --data-path data --dataset AwA --save-ckpt parts").status, 0);
  const ProgramResult again = run(command("parts", "--resume"), folder_.path());
  ASSERT_EQ(again.status, 0) << again.err;
  expect_same_run("whole", "parts");
}

TEST_F(Interrupt, ResumeRefusesAnotherRecipeSeedOrDataset) {
  make_data();
  epochs_ = 2;
  ASSERT_EQ(run(command("out"), folder_.path()).status, 0);
  for (const char* change : {"--seed 5", "--beta1 0.5", "--train-mode word"}) {
    const ProgramResult result =
        run(command("out", std::string("--resume ") + change), folder_.path());
    EXPECT_NE(result.status, 0) << change;
    EXPECT_NE(result.err.find("last.safetensors"), std::string::npos) << change << result.err;
  }
  const ProgramResult missing = run(command("nowhere", "--resume"), folder_.path());
  EXPECT_EQ(missing.status, 3) << missing.err;
}

TEST_F(Interrupt, AFinishedRunCanBeMadeLonger) {
  make_data();
  epochs_ = 6;
  ASSERT_EQ(run(command("whole"), folder_.path()).status, 0);
  epochs_ = 2;
  ASSERT_EQ(run(command("parts"), folder_.path()).status, 0);
  epochs_ = 6;
  ASSERT_EQ(run(command("parts", "--resume"), folder_.path()).status, 0);
  EXPECT_EQ(read_file(folder_ / "whole/train.ckpt"), read_file(folder_ / "parts/train.ckpt"));
}

}  // namespace
}  // namespace dem::test
