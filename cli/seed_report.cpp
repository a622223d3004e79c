#include "seed_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace dem::cli {
namespace {

using Json = nlohmann::ordered_json;

ScoreStatistics statistics_of(const std::vector<SeedResult>& results) {
  std::vector<std::vector<NamedScore>> runs;
  for (const SeedResult& result : results) runs.push_back(named_scores(result.scores));
  return ScoreStatistics(runs);
}

// What other comparisons say, and a bound that test images chose.
bool is_shown(const std::string& name) {
  return !name.starts_with("hubness/") && !name.starts_with("oracle/");
}

}  // namespace

std::string seed_line(const SeedResult& result) {
  std::string text = "seed " + std::to_string(result.seed) + ":";
  const ScoreStatistics one{std::span(&result.scores, 1)};
  for (const char* name : {"T1", "U", "S", "H", "AUSUC"}) {
    const ScoreStatistic* score = one.find(name);
    if (score != nullptr) text += std::string("  ") + name + " " + to_string(*score);
  }
  return text + "\n";
}

std::string seeds_text(const std::vector<SeedResult>& results) {
  const ScoreStatistics statistics = statistics_of(results);
  std::size_t width = 0;
  for (const ScoreStatistic& score : statistics.all()) {
    if (is_shown(score.name)) width = std::max(width, score.name.size());
  }
  std::string text = "mean ± standard deviation of " + std::to_string(statistics.num_runs()) +
                     " seeds (fractions in per cent)\n";
  for (const ScoreStatistic& score : statistics.all()) {
    if (!is_shown(score.name)) continue;
    text += score.name + std::string(width + 2 - score.name.size(), ' ') + to_string(score);
    if (score.n < statistics.num_runs()) text += "  (" + std::to_string(score.n) + " of them)";
    text += '\n';
  }
  return text;
}

std::string seeds_json(const std::vector<SeedResult>& results) {
  auto runs = Json::array();
  auto seeds = Json::array();
  for (const SeedResult& result : results) {
    Json run{{"seed", result.seed}};
    run.update(Json::parse(result.json));
    runs.push_back(std::move(run));
    seeds.push_back(result.seed);
  }
  const ScoreStatistics statistics = statistics_of(results);
  Json json;
  for (const char* key : {"dataset", "layout", "recipe"}) json[key] = runs[0][key];
  json["seeds"] = std::move(seeds);
  json["runs"] = std::move(runs);
  json["mean"] = Json::parse(statistics.mean_json());
  json["sd"] = Json::parse(statistics.sd_json());
  return json.dump(2) + "\n";
}

}  // namespace dem::cli
