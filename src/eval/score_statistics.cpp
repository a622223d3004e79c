#include "dem/eval/score_statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

std::string format_number(double value, int decimals) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

ScoreStatistic statistic_of(const std::string& name, std::span<const double> values) {
  ScoreStatistic out{name, static_cast<Index>(values.size()), 0.0, {}};
  const auto n = static_cast<double>(values.size());
  for (const double value : values) out.mean += value;
  out.mean /= n;
  if (values.size() < 2) return out;
  double squares = 0.0;
  for (const double value : values) squares += (value - out.mean) * (value - out.mean);
  out.sd = std::sqrt(squares / (n - 1.0));
  return out;
}

// A flat object of paths, "/uncalibrated/H", as the nested one that it is of.
template <typename Value>
std::string nested_json(std::span<const ScoreStatistic> scores, Value&& value_of) {
  Json flat = Json::object();
  for (const ScoreStatistic& score : scores) {
    if (const std::optional<double> value = value_of(score)) flat["/" + score.name] = *value;
  }
  return flat.empty() ? "{}" : flat.unflatten().dump();
}

}  // namespace

std::vector<NamedScore> named_scores(const EvaluationResult& result) {
  return named_scores(result.to_json());
}

std::vector<NamedScore> named_scores(const std::string& metrics_json) {
  const Json metrics = Json::parse(metrics_json, nullptr, false);
  if (!metrics.is_object()) {
    throw Error(ErrorKind::kFormat,
                concat("scores: expected a JSON object, got ", metrics_json.substr(0, 40)));
  }
  Json scores = Json::object();
  for (const auto& [name, value] : metrics.items()) {
    if (name != "intervals" && !value.is_array()) scores[name] = value;  // lists are of hubs
  }
  std::vector<NamedScore> out;
  if (scores.empty()) return out;
  const Json flat = scores.flatten();
  for (const auto& [path, value] : flat.items()) {
    if (value.is_number()) out.push_back({path.substr(1), value.template get<double>()});
  }
  return out;
}

bool is_fraction(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('/') + 1);
  return last != "gamma" && last != "unseen_to_seen" && last != "seen_to_unseen" &&
         last.find("skewness") == std::string_view::npos;
}

std::string to_string(const ScoreStatistic& score) {
  const bool fraction = is_fraction(score.name);
  const double unit = fraction ? 100.0 : 1.0;
  const int decimals = fraction ? 1 : 2;
  const std::string mean = format_number(unit * score.mean, decimals);
  return score.sd ? mean + " ± " + format_number(unit * *score.sd, decimals) : mean;
}

ScoreStatistics::ScoreStatistics(std::span<const EvaluationResult> runs) {
  std::vector<std::vector<NamedScore>> scores;
  for (const EvaluationResult& run : runs) scores.push_back(named_scores(run));
  add_runs(scores);
}

ScoreStatistics::ScoreStatistics(std::span<const std::vector<NamedScore>> runs) {
  add_runs(runs);
}

void ScoreStatistics::add_runs(std::span<const std::vector<NamedScore>> runs) {
  if (runs.empty()) {
    throw Error(ErrorKind::kInvalidArgument, "ScoreStatistics: expected a run, got none");
  }
  num_runs_ = static_cast<Index>(runs.size());
  std::vector<std::string> names;
  std::vector<std::vector<double>> values;
  for (const std::vector<NamedScore>& run : runs) {
    for (const NamedScore& score : run) {
      const auto found = std::find(names.begin(), names.end(), score.name);
      const auto place = static_cast<std::size_t>(found - names.begin());
      if (found == names.end()) {
        names.push_back(score.name);
        values.emplace_back();
      }
      values[place].push_back(score.value);
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    scores_.push_back(statistic_of(names[i], values[i]));
  }
}

const ScoreStatistic* ScoreStatistics::find(std::string_view name) const noexcept {
  const auto found = std::find_if(scores_.begin(), scores_.end(), [&](const ScoreStatistic& score) {
    return score.name == name;
  });
  return found == scores_.end() ? nullptr : &*found;
}

std::string ScoreStatistics::mean_json() const {
  return nested_json(scores_,
                     [](const ScoreStatistic& score) { return std::optional(score.mean); });
}

std::string ScoreStatistics::sd_json() const {
  return nested_json(scores_, [](const ScoreStatistic& score) { return score.sd; });
}

}  // namespace dem
