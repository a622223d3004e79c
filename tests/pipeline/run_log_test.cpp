#include "pipeline/run_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "support/program.h"

namespace dem {
namespace {

Index count_lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

StepReport step(Index n) {
  return {.epoch = 1, .step_in_epoch = n, .step = n, .loss = 0.5};
}

TEST(RunLog, ResumingKeepsWhatTheStateHasBehindIt) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "log.jsonl";
  RunLog log(path);
  log.start();
  log.add_step(FitPhase::kSelect, step(10));
  for (const Index n : {1, 2, 3}) log.add_step(FitPhase::kTrain, step(n));
  EXPECT_EQ(test::read_file(path), "");  // kept until flush()
  log.flush();
  EXPECT_EQ(count_lines(test::read_file(path)), 4);
  std::ofstream(path, std::ios::app) << "{\"phase\":\"train\",\"st";  // the machine stopped here

  RunLog resumed(path);
  resumed.resume(FitPhase::kTrain, 2);
  EXPECT_EQ(count_lines(test::read_file(path)), 3);
  resumed.add_step(FitPhase::kTrain, step(3));
  resumed.flush();
  EXPECT_EQ(count_lines(test::read_file(path)), 4);

  RunLog earlier(path);
  earlier.resume(FitPhase::kSelect, 10);
  EXPECT_EQ(count_lines(test::read_file(path)), 1);
}

TEST(RunLog, WithoutAPathKeepsNothing) {
  RunLog log("");
  log.start();
  log.add_step(FitPhase::kTrain, step(1));
  EXPECT_NO_THROW(log.flush());
}

}  // namespace
}  // namespace dem
