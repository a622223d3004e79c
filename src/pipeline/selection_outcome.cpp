#include "dem/pipeline/selection_outcome.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

std::string SelectionOutcome::to_json() const {
  const nlohmann::ordered_json json{{"by", dem::to_string(by)},
                                    {"folds", values.size()},
                                    {"steps", steps},
                                    {"value", value},
                                    {"values", values},
                                    {"distance", distance},
                                    {"gamma", gamma},
                                    {"temperature", double{temperature}},
                                    {"held_out_classes", held_out_classes},
                                    {"held_out_images", held_out_images}};
  return json.dump();
}

SelectionOutcome selection_outcome_from_json(const std::string& json, const std::string& where) {
  try {
    const auto read = nlohmann::json::parse(json);
    SelectionOutcome out;
    out.by = selection_by_from_string(read.at("by").get<std::string>());
    read.at("steps").get_to(out.steps);
    read.at("value").get_to(out.value);
    read.at("values").get_to(out.values);
    read.at("distance").get_to(out.distance);
    read.at("gamma").get_to(out.gamma);
    out.temperature = static_cast<float>(read.at("temperature").get<double>());
    read.at("held_out_classes").get_to(out.held_out_classes);
    read.at("held_out_images").get_to(out.held_out_images);
    return out;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kFormat,
                concat(where,
                       ": expected what a selection came to, got ",
                       json.substr(0, 80),
                       " (",
                       error.what(),
                       ")"));
  }
}

}  // namespace dem
