#include "dem/pipeline/judged_point.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string JudgedPoint::to_json() const {
  Json json{{"fields", fields}, {"by", dem::to_string(by)}};
  if (!failure.empty()) {
    json[is_refused ? "refused" : "failure"] = failure;
    return json.dump();
  }
  json["mean"] = mean;
  if (standard_error) json["standard_error"] = *standard_error;
  json["values"] = values;
  if (gamma) json["gamma"] = *gamma;
  if (selection) json["selection"] = Json::parse(selection->to_json());
  return json.dump();
}

JudgedPoint judged_point_from_json(const std::string& json, const std::string& where) {
  try {
    const Json read = Json::parse(json);
    JudgedPoint point;
    read.at("fields").get_to(point.fields);
    point.by = selection_by_from_string(read.at("by").get<std::string>());
    point.is_refused = read.contains("refused");
    if (point.is_refused || read.contains("failure")) {
      read.at(point.is_refused ? "refused" : "failure").get_to(point.failure);
      return point;
    }
    read.at("mean").get_to(point.mean);
    if (read.contains("standard_error"))
      point.standard_error = read["standard_error"].get<double>();
    read.at("values").get_to(point.values);
    if (read.contains("gamma")) point.gamma = read["gamma"].get<double>();
    if (read.contains("selection")) {
      point.selection = selection_outcome_from_json(read["selection"].dump(), where);
    }
    return point;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kFormat,
                concat(where,
                       ": expected a point of a grid, got ",
                       json.substr(0, 80),
                       " (",
                       error.what(),
                       ")"));
  }
}

std::optional<std::size_t> best_point(const std::vector<JudgedPoint>& points) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].failure.empty()) continue;
    if (!best || points[i].mean > points[*best].mean) best = i;
  }
  return best;
}

}  // namespace dem
