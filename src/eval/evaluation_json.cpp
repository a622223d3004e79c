#include <nlohmann/json.hpp>

#include "base/text.h"
#include "dem/eval/scores.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

void put(Json& object, const std::string& key, const std::optional<double>& value) {
  if (value) object[key] = *value;
}

Json scores_json(double unseen, double seen, double harmonic) {
  return {{"U", unseen}, {"S", seen}, {"H", harmonic}};
}

// All of the generalised protocol, in the order of the documentation.
void put_generalised(Json& metrics, const EvaluationResult& result) {
  put(metrics, "U", result.unseen);
  put(metrics, "S", result.seen);
  put(metrics, "H", result.harmonic);
  if (result.uncalibrated) {
    const SeenUnseenScores& scores = *result.uncalibrated;
    metrics["uncalibrated"] = scores_json(scores.unseen, scores.seen, scores.harmonic);
  }
  put(metrics, "AUSUC", result.ausuc);
  if (result.oracle) {
    metrics["oracle"] = {{"gamma", result.oracle->gamma}};
    metrics["oracle"].update(
        scores_json(result.oracle->unseen, result.oracle->seen, result.oracle->harmonic));
  }
  if (result.unseen_to_seen) metrics["unseen_to_seen"] = *result.unseen_to_seen;
  if (result.seen_to_unseen) metrics["seen_to_unseen"] = *result.seen_to_unseen;
}

void put_hits(Json& metrics, const EvaluationResult& result) {
  for (const auto& [k, rate] : result.hit_at) metrics[concat("hit@", k)] = rate;
  for (const auto& [k, scores] : result.generalised_hit_at) {
    metrics[concat("U@", k)] = scores.unseen;
    metrics[concat("S@", k)] = scores.seen;
    metrics[concat("H@", k)] = scores.harmonic;
  }
}

void put(Json& object, const Hubness& hubness) {
  put(object, "N1_skewness", hubness.n1_skewness);
  put(object, "N10_skewness", hubness.n10_skewness);
}

Json json_of(const std::map<std::string, Interval>& intervals) {
  Json json = Json::object();
  for (const auto& [name, interval] : intervals) json[name] = {interval.low, interval.high};
  return json;
}

}  // namespace

std::string EvaluationResult::to_json() const {
  Json metrics = {{"accuracy", accuracy}, {"T1", t1}};
  put_generalised(metrics, *this);
  put_hits(metrics, *this);
  put(metrics, "ECE", calibration_error);
  put(metrics, "ECE_generalised", generalised_calibration_error);
  if (const auto own = hubness.find(metric); own != hubness.end()) put(metrics, own->second);
  Json by_metric = Json::object();
  for (const auto& [each, values] : hubness) {
    Json scores = Json::object();
    put(scores, values);
    if (!scores.empty()) by_metric[std::string(to_string(each))] = scores;
  }
  if (!by_metric.empty()) metrics["hubness"] = by_metric;
  if (intervals.replicates > 0) {
    metrics["intervals"] = {{"method", "percentile bootstrap"},
                            {"level", 0.95},
                            {"replicates", intervals.replicates},
                            {"over_rows", json_of(intervals.over_rows)},
                            {"over_classes_and_rows", json_of(intervals.over_classes_and_rows)}};
  }
  return metrics.dump();
}

}  // namespace dem
