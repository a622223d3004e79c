#include "dem/eval/score_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dem/base/error.h"

namespace dem {
namespace {

EvaluationResult result_of(double t1, std::optional<double> unseen, std::optional<double> seen) {
  EvaluationResult result;
  result.accuracy = 0.5 * t1;
  result.t1 = t1;
  result.unseen = unseen;
  result.seen = seen;
  if (unseen) {
    result.harmonic = harmonic_mean(*unseen, *seen);
    result.uncalibrated = SeenUnseenScores{0.5 * *unseen, *seen, 0.25};
    result.unseen_to_seen = 12;
  }
  result.hit_at[5] = 0.9;
  result.hubness[Metric::kEuclidean] = {.n1_skewness = 1.5, .n10_skewness = {}};
  return result;
}

// T1 0.77, 0.00, 0.35: mean 0.37333..., deviations 0.39667, -0.37333, -0.02333, squares
// 0.157344, 0.139378, 0.000544, sum 0.297267, over 2 0.148633, root 0.385530.
TEST(ScoreStatistics, MeanAndSampleDeviationOfAnExampleWorkedByHand) {
  const std::vector<EvaluationResult> runs = {
      result_of(0.77, {}, {}), result_of(0.0, {}, {}), result_of(0.35, {}, {})};
  const ScoreStatistics statistics(runs);
  EXPECT_EQ(statistics.num_runs(), 3);
  const ScoreStatistic* t1 = statistics.find("T1");
  ASSERT_NE(t1, nullptr);
  EXPECT_EQ(t1->n, 3);
  EXPECT_NEAR(t1->mean, 0.373333333, 1e-9);
  ASSERT_TRUE(t1->sd);
  EXPECT_NEAR(*t1->sd, 0.385529938, 1e-9);
  EXPECT_EQ(to_string(*t1), "37.3 ± 38.6");
  EXPECT_EQ(statistics.find("H"), nullptr);
}

TEST(ScoreStatistics, EveryNumberOfTheResultHasAStatistic) {
  const std::vector<EvaluationResult> runs = {result_of(0.5, 0.4, 0.8), result_of(0.7, 0.2, 0.6)};
  const ScoreStatistics statistics(runs);
  for (const char* name : {"accuracy",
                           "T1",
                           "U",
                           "S",
                           "H",
                           "uncalibrated/U",
                           "uncalibrated/H",
                           "unseen_to_seen",
                           "hit@5",
                           "N1_skewness",
                           "hubness/euclidean/N1_skewness"}) {
    EXPECT_NE(statistics.find(name), nullptr) << name;
  }
  EXPECT_EQ(named_scores(runs[0]).size(), statistics.all().size());
  EXPECT_DOUBLE_EQ(statistics.find("uncalibrated/U")->mean, 0.15);
  EXPECT_DOUBLE_EQ(*statistics.find("hit@5")->sd, 0.0);
}

TEST(ScoreStatistics, AScoreThatSomeRunsLackIsOfTheOthers) {
  const std::vector<EvaluationResult> runs = {
      result_of(0.5, {}, {}), result_of(0.7, 0.2, 0.6), result_of(0.6, 0.4, 0.6)};
  const ScoreStatistics statistics(runs);
  EXPECT_EQ(statistics.find("U")->n, 2);
  EXPECT_DOUBLE_EQ(statistics.find("U")->mean, 0.3);
  EXPECT_NEAR(*statistics.find("U")->sd, std::sqrt(0.02), 1e-15);
}

TEST(ScoreStatistics, OneRunHasNoDeviation) {
  const std::vector<EvaluationResult> runs = {result_of(0.5, 0.4, 0.8)};
  const ScoreStatistics statistics(runs);
  EXPECT_FALSE(statistics.find("T1")->sd);
  EXPECT_EQ(to_string(*statistics.find("T1")), "50.0");
  EXPECT_EQ(statistics.sd_json(), "{}");
}

TEST(ScoreStatistics, JsonHasTheFormOfAResult) {
  const std::vector<EvaluationResult> runs = {result_of(0.5, 0.4, 0.8), result_of(0.7, 0.2, 0.6)};
  const ScoreStatistics statistics(runs);
  const auto mean = nlohmann::ordered_json::parse(statistics.mean_json());
  const auto sd = nlohmann::ordered_json::parse(statistics.sd_json());
  const auto one = nlohmann::ordered_json::parse(runs[0].to_json());
  EXPECT_DOUBLE_EQ(mean["T1"].get<double>(), 0.6);
  EXPECT_DOUBLE_EQ(mean["uncalibrated"]["U"].get<double>(), 0.15);
  EXPECT_NEAR(sd["T1"].get<double>(), std::sqrt(0.02), 1e-15);
  std::vector<std::string> keys, wanted;
  for (const auto& [key, value] : mean.items()) keys.push_back(key);
  for (const auto& [key, value] : one.items()) wanted.push_back(key);
  EXPECT_EQ(keys, wanted);
}

TEST(ScoreStatistics, OnlyFractionsAreShownInPerCent) {
  EXPECT_TRUE(is_fraction("T1"));
  EXPECT_TRUE(is_fraction("uncalibrated/H"));
  EXPECT_FALSE(is_fraction("oracle/gamma"));
  EXPECT_FALSE(is_fraction("hubness/cosine/N10_skewness"));
  EXPECT_FALSE(is_fraction("unseen_to_seen"));
  EXPECT_EQ(to_string(ScoreStatistic{"N1_skewness", 2, 0.75, 0.1}), "0.75 ± 0.10");
}

TEST(ScoreStatistics, NoRunIsAnError) {
  EXPECT_THROW((void)ScoreStatistics(std::span<const EvaluationResult>()), Error);
}

}  // namespace
}  // namespace dem
