#include <nlohmann/json.hpp>

#include "base/text.h"
#include "dem/eval/scores.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

void put(Json& object, const std::string& key, const std::optional<double>& value) {
  if (value) object[key] = *value;
}

void put(Json& object, const Hubness& hubness) {
  put(object, "N1_skewness", hubness.n1_skewness);
  put(object, "N10_skewness", hubness.n10_skewness);
}

}  // namespace

std::string EvaluationResult::to_json() const {
  Json metrics = {{"accuracy", accuracy}, {"T1", t1}};
  put(metrics, "U", unseen);
  put(metrics, "S", seen);
  put(metrics, "H", harmonic);
  for (const auto& [k, rate] : hit_at) metrics[concat("hit@", k)] = rate;
  if (const auto own = hubness.find(metric); own != hubness.end()) put(metrics, own->second);
  Json by_metric = Json::object();
  for (const auto& [each, values] : hubness) {
    Json scores = Json::object();
    put(scores, values);
    if (!scores.empty()) by_metric[std::string(to_string(each))] = scores;
  }
  if (!by_metric.empty()) metrics["hubness"] = by_metric;
  return metrics.dump();
}

}  // namespace dem
