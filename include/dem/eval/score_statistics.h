// Scores of several runs, of other seeds say: mean and standard deviation of every number.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/eval/scores.h"

namespace dem {

// A number of an evaluation by its name in EvaluationResult::to_json(); of an object within that
// both names, "uncalibrated/H", "hubness/cosine/N1_skewness".
struct NamedScore {
  std::string name;
  double value = 0.0;
};

// All scores of a result, in the order of to_json(), without their intervals.
[[nodiscard]] std::vector<NamedScore> named_scores(const EvaluationResult& result);
// The same of to_json() itself, of which there may be more objects. Throws Error{kFormat} for what
// is no JSON object.
[[nodiscard]] std::vector<NamedScore> named_scores(const std::string& metrics_json);

// Whether a score of this name is a fraction in [0, 1], shown in per cent: all but counts of
// images, skewness and gamma.
[[nodiscard]] bool is_fraction(std::string_view name);

struct ScoreStatistic {
  std::string name;
  Index n = 0;  // runs that have the score; at least 1
  double mean = 0.0;
  std::optional<double> sd;  // of the sample, with divisor n - 1; empty where n is 1
};

// "67.9 ± 1.2" of a fraction, in per cent with one decimal; of another number with two: "0.75 ±
// 0.10". Without a standard deviation the mean alone.
[[nodiscard]] std::string to_string(const ScoreStatistic& score);

// A value: the statistics of every score that some run has.
//
//   const ScoreStatistics of_seeds(results);  // std::vector<EvaluationResult>
//   std::cout << "T1 " << to_string(*of_seeds.find("T1")) << '\n';  // T1 67.9 ± 1.2
class ScoreStatistics {
 public:
  // Throws Error{kInvalidArgument} for no run.
  explicit ScoreStatistics(std::span<const EvaluationResult> runs);
  explicit ScoreStatistics(std::span<const std::vector<NamedScore>> runs);

  [[nodiscard]] Index num_runs() const { return num_runs_; }
  // In the order of the first run; scores that it lacks follow.
  [[nodiscard]] std::span<const ScoreStatistic> all() const { return scores_; }
  // Null where no run has it.
  [[nodiscard]] const ScoreStatistic* find(std::string_view name) const noexcept;
  // Objects of the form of EvaluationResult::to_json(): means, and standard deviations where there
  // are.
  [[nodiscard]] std::string mean_json() const;
  [[nodiscard]] std::string sd_json() const;

 private:
  void add_runs(std::span<const std::vector<NamedScore>> runs);

  Index num_runs_ = 0;
  std::vector<ScoreStatistic> scores_;
};

}  // namespace dem
