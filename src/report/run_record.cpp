#include "dem/report/run_record.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/atomic_file.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const RunKey& key) {
  return {{"dataset", key.dataset},
          {"recipe", key.recipe},
          {"seed", key.seed},
          {"settings", key.settings},
          {"data_fingerprint", key.data_fingerprint},
          {"dem_version", key.dem_version}};
}

RunKey key_of(const Json& json) {
  return {json.at("dataset").get<std::string>(),
          json.at("recipe").get<std::string>(),
          json.at("seed").get<std::uint64_t>(),
          json.at("settings").get<std::string>(),
          json.at("data_fingerprint").get<std::string>(),
          json.at("dem_version").get<std::string>()};
}

}  // namespace

const NamedScore* RunRecord::find(std::string_view name) const noexcept {
  for (const NamedScore& score : scores) {
    if (score.name == name) return &score;
  }
  return nullptr;
}

void RunRecord::take_result(const std::string& json) {
  try {
    const Json parsed = Json::parse(json);
    result = json;
    selection = parsed.at("selection").get<std::string>();
    split = parsed.value("split_fingerprint", std::string());
    scores = named_scores(parsed.at("metrics").dump());
    if (parsed.contains("gamma")) scores.push_back({"gamma", parsed.at("gamma").get<double>()});
  } catch (const Json::exception& problem) {
    throw Error(ErrorKind::kFormat,
                concat("result of a run: expected the JSON object of an evaluation, got: ",
                       problem.what()));
  }
}

void save_run(const RunRecord& record, const std::string& path) {
  Json json = {{"key", json_of(record.key)},
               {"error", record.error},
               {"seconds", record.seconds},
               {"peak_bytes", record.peak_bytes},
               {"feature_dim", record.feature_dim}};
  if (!record.result.empty()) json["result"] = Json::parse(record.result);
  write_file_atomically(path, json.dump(2) + "\n");
}

std::optional<RunRecord> load_run(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  try {
    const Json json = Json::parse(text.str());
    RunRecord record;
    record.key = key_of(json.at("key"));
    record.error = json.at("error").get<std::string>();
    record.seconds = json.at("seconds").get<double>();
    record.peak_bytes = json.at("peak_bytes").get<Index>();
    record.feature_dim = json.at("feature_dim").get<Index>();
    if (json.contains("result")) record.take_result(json.at("result").dump(2));
    return record;
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace dem
