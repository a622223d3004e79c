// dem train --grid, and selection on folds.
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Grid : public CliTest {
 protected:
  static constexpr const char* kNetwork =
      "--recipe gbu --hidden-dim 16 --batch-size 20 --epoch-size 4 --evaluation-interval 0 "
      "--select-folds 3 ";

  void SetUp() override { make_data("--layout gbu --dataset SYN --num-test-seen-images 40"); }

  [[nodiscard]] static std::string train_command(const std::string& options) {
    return "train --data-path data --dataset SYN --seed 5 " + options;
  }
  [[nodiscard]] ProgramResult train(const std::string& options) const {
    return dem(train_command(options));
  }
  void expect_refused(const std::string& options, const std::vector<std::string>& words) const {
    const ProgramResult result = train("--save-ckpt out " + options);
    EXPECT_EQ(result.status, 2) << options << result.err;
    for (const std::string& word : words) {
      EXPECT_NE(result.err.find(word), std::string::npos) << options << ": " << result.err;
    }
    EXPECT_FALSE(fs::exists(folder_ / "out/grid.jsonl"));
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return read_file(folder_ / name);
  }
  [[nodiscard]] Json summary(const std::string& folder) const {
    return Json::parse(file(folder + "/summary.json"));
  }
};

void expect_mean_and_error(const Json& point) {
  const auto values = point["values"].get<std::vector<double>>();
  const auto n = static_cast<double>(values.size());
  double mean = 0.0, squares = 0.0;
  for (const double value : values) mean += value / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  EXPECT_NEAR(point["mean"].get<double>(), mean, 1e-12);
  EXPECT_NEAR(point["standard_error"].get<double>(), std::sqrt(squares / (n - 1.0) / n), 1e-12);
}

TEST_F(Grid, OfARecipeThatLearnsAtOnceTakesTheBestPoint) {
  const ProgramResult result =
      train("--recipe ridge --grid lambda=0.001,1,1000 --save-ckpt out --json --quiet");
  ASSERT_EQ(result.status, 0) << result.err;
  const Json printed = Json::parse(result.out);
  const Json told = summary("out");
  ASSERT_EQ(told["grid"].size(), 3u);
  EXPECT_EQ(printed["grid"], told["grid"]);
  std::size_t best = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const Json& point = told["grid"][i];
    EXPECT_EQ(point["by"], "T1");
    EXPECT_EQ(point["values"].size(), 4u);
    expect_mean_and_error(point);
    if (point["mean"] > told["grid"][best]["mean"]) best = i;
  }
  const std::string lambda = told["grid"][best]["fields"]["lambda"];
  EXPECT_EQ(printed["grid_best"]["lambda"], lambda);
  EXPECT_EQ(told["recipe"]["settings"]["lambda"], lambda);
  EXPECT_EQ(told["selection"], "val");
  EXPECT_EQ(told["selected_accuracy"], told["grid"][best]["mean"]);
  // The model is that of the point alone.
  const ProgramResult alone =
      train("--recipe ridge --set lambda=" + lambda + " --save-ckpt alone --json --quiet");
  ASSERT_EQ(alone.status, 0) << alone.err;
  EXPECT_EQ(Json::parse(alone.out)["metrics"], printed["metrics"]);
}

// Whatever the test images are, the grid comes to the same.
TEST_F(Grid, OfANetworkTakesTheBestPointOfItsSelections) {
  const ProgramResult result = train(std::string(kNetwork) +
                                     "--grid learning_rate=1e-5,3e-3 --grid l2_penalty=0,1e-3 "
                                     "--save-ckpt out");
  ASSERT_EQ(result.status, 0) << result.err;
  const Json told = summary("out");
  ASSERT_EQ(told["grid"].size(), 4u);
  const Json* best = &told["grid"][0];
  for (const Json& point : told["grid"]) {
    EXPECT_EQ(point["values"], point["selection"]["values"]);
    expect_mean_and_error(point);
    if (point["mean"] > (*best)["mean"]) best = &point;
  }
  EXPECT_EQ(told["grid"][1]["fields"]["learning_rate"], "1e-5");  // the last axis is the fastest
  EXPECT_EQ(told["grid"][1]["fields"]["l2_penalty"], "1e-3");
  EXPECT_EQ(told["validation"], (*best)["selection"]);
  EXPECT_EQ(told["selection"], "val");
  EXPECT_EQ(lines_starting_with(result.out, "*"), 1) << result.out;
  EXPECT_EQ(lines_starting_with(result.out, "grid "), 5) << result.out;  // 4 points and a heading
  const std::string alone =
      std::string(kNetwork) +
      "--select val --set learning_rate=" + (*best)["fields"]["learning_rate"].get<std::string>() +
      " --set l2_penalty=" + (*best)["fields"]["l2_penalty"].get<std::string>();
  ASSERT_EQ(train(alone + " --save-ckpt alone").status, 0);
  EXPECT_EQ(summary("alone")["validation"], told["validation"]);
  EXPECT_EQ(file("alone/train.ckpt"), file("out/train.ckpt"));
}

TEST_F(Grid, IsJudgedByWhatIsAsked) {
  for (const char* recipe : {"--recipe ridge --gamma val --grid lambda=0.1,10",
                             "--recipe gbu --hidden-dim 16 --batch-size 20 --epoch-size 2 "
                             "--evaluation-interval 0 --grid learning_rate=1e-3,1e-2"}) {
    ASSERT_EQ(train(std::string(recipe) + " --select-by H --save-ckpt out --quiet").status, 0);
    const Json points = summary("out")["grid"];
    ASSERT_EQ(points.size(), 2U);
    for (const Json& point : points) EXPECT_EQ(point["by"], "H");
  }
}

TEST_F(Grid, GoesOnWhereItWasStopped) {
  const std::string options =
      std::string(kNetwork) + "--epoch-size 100 --grid learning_rate=1e-4,1e-3,1e-2 --save-ckpt ";
  ASSERT_EQ(train(options + "whole").status, 0);
  for (const int signal : {SIGINT, SIGKILL}) {
    fs::remove_all(folder_ / "parts");
    const ProgramResult stopped = run("exec " + kProgram + " " + train_command(options + "parts"),
                                      folder_.path(),
                                      SignalAfter{signal, "grid 1 of 3", 1});
    if (signal == SIGINT) {
      EXPECT_EQ(stopped.status, 130) << stopped.err;
      EXPECT_NE(stopped.err.find("1 of 3 points"), std::string::npos) << stopped.err;
    }
    const ProgramResult again = train(options + "parts --resume");
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_NE(again.out.find("(of the run before)"), std::string::npos) << again.out;
    for (const char* name : {"/grid.jsonl", "/model.safetensors", "/train.ckpt"}) {
      EXPECT_EQ(file("parts" + std::string(name)), file("whole" + std::string(name))) << name;
    }
    EXPECT_EQ(summary("parts")["grid"], summary("whole")["grid"]);
  }
  // All points are there: the model is what it was.
  const ProgramResult finished = train(options + "parts --resume");
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(file("parts/model.safetensors"), file("whole/model.safetensors"));
}

TEST_F(Grid, PointsOfOtherDataOrSettingsAreJudgedAnew) {
  const std::string options = "--recipe ridge --grid lambda=0.1,10 --save-ckpt out ";
  ASSERT_EQ(train(options).status, 0);
  const auto saved = [&](const std::string& more) {
    const ProgramResult result = train(options + more);
    EXPECT_EQ(result.status, 0) << result.err;
    int count = 0;
    for (std::size_t at = 0; (at = result.out.find("(of the run before)", at)) != std::string::npos;
         ++at) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(saved("--resume"), 2);
  EXPECT_EQ(saved("--resume --metric cosine"), 0);
  EXPECT_EQ(saved("--resume --shuffle-classes 3"), 0);
  EXPECT_EQ(saved("--resume"), 2);
  EXPECT_EQ(saved(""), 0);
}

// 400 images: batches of 5000 are refused when the data are there.
TEST_F(Grid, APointThatIsRefusedForTheDataLeavesTheOthers) {
  const std::string network =
      "--recipe mindspore --epoch-size 2 --evaluation-interval 0 --select-folds 2 ";
  const std::string command = network + "--grid batch_size=5000,20 --save-ckpt out ";
  const ProgramResult result = train(command);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("refused with batch_size 5000: train: batch_size: expected at most"),
            std::string::npos)
      << result.out;
  const Json told = summary("out");
  ASSERT_EQ(told["grid"].size(), 2u);
  EXPECT_NE(told["grid"][0]["refused"].get<std::string>().find("batch_size"), std::string::npos);
  EXPECT_FALSE(told["grid"][0].contains("mean"));
  EXPECT_FALSE(told["grid"][1].contains("refused"));
  EXPECT_EQ(told["recipe"]["batch_size"], 20);
  EXPECT_NE(file("out/grid.jsonl").find("\"refused\":"), std::string::npos);
  const ProgramResult again = train(command + "--resume");
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(summary("out")["grid"], told["grid"]);
  const ProgramResult none = train(network + "--grid batch_size=5000,6000 --save-ckpt none");
  EXPECT_EQ(none.status, 2) << none.err;
  EXPECT_NE(none.err.find("--grid: expected a point that its recipe takes these data for"),
            std::string::npos)
      << none.err;
  EXPECT_NE(none.err.find("batch_size: expected at most"), std::string::npos) << none.err;
  EXPECT_FALSE(fs::exists(folder_ / "none/model.safetensors"));
}

// The saved state is that of the point which was the best of more, and no longer is.
TEST_F(Grid, ResumesWithFewerAndOtherValues) {
  const std::string command = std::string(kNetwork) + "--save-ckpt out ";
  ASSERT_EQ(train(command + "--grid learning_rate=1e-6,3e-3").status, 0);
  const Json first = summary("out");
  const std::string best = first["grid"][0]["mean"] >= first["grid"][1]["mean"] ? "1e-6" : "3e-3";
  const std::string other = best == "1e-6" ? "3e-3" : "1e-6";
  const ProgramResult fewer = train(command + "--resume --grid learning_rate=" + other);
  ASSERT_EQ(fewer.status, 0) << fewer.err;
  EXPECT_EQ(summary("out")["grid"].size(), 1u);
  EXPECT_EQ(summary("out")["grid"][0]["fields"]["learning_rate"], other);
  ASSERT_EQ(
      train("--save-ckpt alone " + std::string(kNetwork) + "--select val --learning-rate " + other)
          .status,
      0);
  EXPECT_EQ(file("out/train.ckpt"), file("alone/train.ckpt"));
  // The point that was left out is there still.
  const ProgramResult both = train(command + "--resume --grid learning_rate=1e-6,3e-3");
  ASSERT_EQ(both.status, 0) << both.err;
  EXPECT_NE(both.out.find("(of the run before)"), both.out.rfind("(of the run before)"));
  EXPECT_EQ(summary("out")["grid"], first["grid"]);
}

TEST_F(Grid, ALineThatIsNoPointIsNamedWithTheWayOut) {
  const std::string command = "--recipe ridge --grid lambda=0.1,10 --save-ckpt out ";
  ASSERT_EQ(train(command).status, 0);
  const std::string good = file("out/grid.jsonl");
  const std::size_t second = good.find('\n') + 1;
  for (const char* damage : {R"("mean":"high","m":)", R"("by":"luck","b":)", R"("x":)"}) {
    std::string text = good;
    const std::size_t at =
        text.find(std::string(damage).starts_with(R"("by")") ? "\"by\":" : "\"mean\":", second);
    text.replace(at, text.find(':', at) + 1 - at, damage);
    std::ofstream(folder_ / "out/grid.jsonl", std::ios::binary) << text;
    const ProgramResult result = train(command + "--resume");
    EXPECT_EQ(result.status, 3) << damage << result.err;
    EXPECT_NE(result.err.find("out/grid.jsonl: line 2: "), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("delete the line, and its point is judged anew"), std::string::npos)
        << result.err;
    EXPECT_NE(result.err.find("without --resume"), std::string::npos) << result.err;
  }
  // Without the line the other point is taken.
  std::ofstream(folder_ / "out/grid.jsonl", std::ios::binary) << good.substr(0, second);
  const ProgramResult result = train(command + "--resume");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(file("out/grid.jsonl"), good);
}

TEST_F(Grid, RefusesWhatCannotBe) {
  expect_refused("--recipe ridge --grid lambda", {"--grid: expected FIELD=VALUE", "got lambda"});
  expect_refused("--recipe ridge --grid lambda=1,,2", {"--grid", "between commas"});
  expect_refused("--recipe ridge --grid lambda=1,1", {"lambda: expected 1 once"});
  expect_refused("--recipe ridge --grid learning_rate=1,2",
                 {"--grid learning_rate", "has no learning_rate", "gbu"});
  expect_refused("--recipe gbu --grid learning_rate=1e-3,fast", {"learning_rate=fast", "a number"});
  expect_refused("--recipe gbu --grid learning_rate=1e-3,-1", {"learning_rate=-1"});
  expect_refused("--recipe gbu --grid batch_size=1,2 --grid batch_size=3",
                 {"--grid: expected batch_size once"});
  expect_refused("--recipe gbu --grid batch_size=1,2 --batch-size 4",
                 {"--grid batch_size: expected it once", "--batch-size"});
  expect_refused("--recipe gbu --grid batch_size=1,2 --set batch_size=4", {"batch_size", "twice"});
  expect_refused("--recipe gbu --grid selection_by=T1,H", {"says how points are judged"});
  expect_refused("--recipe gbu --grid batch_size=1,2 --select last", {"--select: expected val"});
  expect_refused("--recipe ridge --grid lambda=1,2 --select-by accuracy", {"--select-by"});
  expect_refused("--recipe ridge --grid lambda=1,2 --select-folds 4", {"--select-folds"});
  expect_refused("--recipe ridge --grid lambda=1,2 --seeds 2", {"--grid", "--seeds"});
  std::string many = "1";
  for (int i = 2; i <= 101; ++i) many += "," + std::to_string(i);
  expect_refused("--recipe gbu --grid batch_size=" + many + " --grid num_epochs=" + many,
                 {"at most 10000 points", "101 x 101"});
}

TEST_F(Grid, SelectionOptionsNeedASelectionByHeldOutClasses) {
  expect_refused("--recipe gbu --select-by H", {"--select-by: expected --select val"});
  expect_refused("--recipe gbu --select-folds 2", {"--select-folds: expected --select val"});
  expect_refused("--recipe gbu --select val --select-by U", {"--select-by", "T1"});
  expect_refused("--recipe ridge --select-by H", {"--select-by", "has no selection_by"});
  expect_refused("--recipe gbu --gamma val", {"gamma", "selection val"});
}

TEST_F(Grid, SelectionSaysByWhatAndOnWhat) {
  const ProgramResult result =
      train(std::string(kNetwork) + "--select val --select-by H --save-ckpt out");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("epoch: 1 H = "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("epoch: 1 accuracy = "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("; H "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("on held-out seen classes"), std::string::npos) << result.out;
  EXPECT_EQ(summary("out")["validation"]["by"], "H");
  const ProgramResult four =
      train(std::string(kNetwork) + "--select val --select-folds 4 --save-ckpt four");
  ASSERT_EQ(four.status, 0) << four.err;
  EXPECT_EQ(summary("four")["validation"]["values"].size(), 4u);
  EXPECT_NE(four.out.find("(4 folds:"), std::string::npos) << four.out;
}

}  // namespace
}  // namespace dem::test
