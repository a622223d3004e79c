#include "pipeline/fold_history.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/trainer.h"

namespace dem {
namespace {

BestMoment moment_at(std::span<const FoldHistory> runs, std::size_t place) {
  BestMoment out;
  const auto n = static_cast<double>(runs.size());
  for (const FoldHistory& run : runs) {
    const bool goes_on = place < run.evaluations.size();
    const HeldOutEvaluation& at = goes_on ? run.evaluations[place] : run.evaluations.back();
    out.values.push_back(at.value);
    out.value += at.value / n;
    out.distance += at.distance / n;
    out.gamma += at.gamma / n;
    out.steps.push_back(goes_on ? std::optional(at.step) : std::nullopt);
  }
  return out;
}

}  // namespace

std::optional<BestMoment> best_moment(std::span<const FoldHistory> runs) {
  std::size_t longest = 0;
  for (const FoldHistory& run : runs) {
    if (run.evaluations.empty()) return std::nullopt;
    longest = std::max(longest, run.evaluations.size());
  }
  std::optional<BestMoment> best;
  for (std::size_t place = 0; place < longest; ++place) {
    BestMoment moment = moment_at(runs, place);
    if (std::isnan(moment.value)) continue;
    if (best && !Judgement(moment.value, moment.distance)
                     .is_better_than(Judgement(best->value, best->distance))) {
      continue;
    }
    best = std::move(moment);
  }
  return best;
}

float mean_temperature(std::span<const FoldHistory> runs) {
  double sum = 0.0;
  Index count = 0;
  for (const FoldHistory& run : runs) {
    if (run.temperature <= 0.0f) continue;
    sum += std::log(double{run.temperature});
    ++count;
  }
  if (count == 1 && runs.size() == 1) return runs[0].temperature;  // to the last bit
  return count == 0 ? 0.0f : static_cast<float>(std::exp(sum / static_cast<double>(count)));
}

std::string histories_to_json(std::span<const FoldHistory> runs) {
  auto json = nlohmann::json::array();
  for (const FoldHistory& run : runs) {
    auto evaluations = nlohmann::json::array();
    for (const HeldOutEvaluation& at : run.evaluations) {
      evaluations.push_back({at.step, at.value, at.distance, at.gamma});
    }
    json.push_back(
        {{"temperature", double{run.temperature}}, {"evaluations", std::move(evaluations)}});
  }
  return json.dump();
}

std::vector<FoldHistory> histories_from_json(const std::string& json, const std::string& where) {
  try {
    std::vector<FoldHistory> runs;
    for (const auto& run : nlohmann::json::parse(json)) {
      FoldHistory history;
      history.temperature = static_cast<float>(run.at("temperature").get<double>());
      for (const auto& at : run.at("evaluations")) {
        history.evaluations.push_back({at.at(0).get<Index>(),
                                       at.at(1).get<double>(),
                                       at.at(2).get<double>(),
                                       at.at(3).get<double>()});
      }
      runs.push_back(std::move(history));
    }
    return runs;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kFormat,
                concat(where,
                       ": expected the evaluations of a selection, got ",
                       json.substr(0, 80),
                       " (",
                       error.what(),
                       ")"));
  }
}

}  // namespace dem
