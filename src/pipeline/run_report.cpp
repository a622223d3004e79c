#include "dem/pipeline/run_report.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/text.h"
#include "dem/base/threads.h"
#include "dem/base/version.h"
#include "dem/linalg/backend.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

// What learns at once has no steps and no epochs, and where an earlier run selected, this one says
// nothing of it.
Json json_of(const TrainSummary& summary, bool has_steps, bool selected_before) {
  Json json = Json::parse(summary.to_json());
  if (has_steps) {
    if (selected_before) json.erase("selected");
    return json;
  }
  return {{"stop_reason", json["stop_reason"]}, {"seconds", json["seconds"]}};
}

void add(Provenance& facts, const char* name, const std::string& value) {
  if (!value.empty()) facts[name] = value;
}

Json json_of(const MemberReport& member) {
  Json json{{"recipe", Json::parse(member.recipe.to_json())},
            {"seed", member.seed},
            {"weight", member.weight},
            {"selection", member.selection}};
  if (member.selected_accuracy) json["selected_accuracy"] = *member.selected_accuracy;
  if (!member.recipe.network) json["chosen"] = member.chosen;
  return json;
}

Json json_of(const std::vector<MemberReport>& members) {
  Json json = Json::array();
  for (const MemberReport& member : members) json.push_back(json_of(member));
  return json;
}

// "auto, seed 1000; whitened, seed 1001"
std::string text_of(const std::vector<MemberReport>& members) {
  std::vector<std::string> texts;
  for (const MemberReport& member : members) {
    texts.push_back(concat(member.recipe.name, ", seed ", member.seed));
  }
  return join(texts, "; ");
}

// Which kind of attributes, where the data have both.
std::string attributes_text(const RunReport& report) {
  if (report.original_attributes) return "original";
  return report.has_original_attributes ? "normalised" : "";
}

}  // namespace

Provenance RunReport::provenance() const {
  Provenance facts = chosen;
  facts["status"] = finished() ? "finished" : "unfinished";
  if (summary.stop_reason == StopReason::kOutOfTime) {
    facts["stop_reason"] = to_string(summary.stop_reason);
  }
  facts["selection"] = selection;
  add(facts, "selection_note", selection_note);
  if (selected_accuracy) facts["selected_accuracy"] = concat(*selected_accuracy);
  if (validation) {
    facts["selected_by"] = to_string(validation->by);
    facts["selected_folds"] = std::to_string(validation->values.size());
    facts["selected_values"] = join(validation->values, " ");
    facts["selected_distance"] = concat(validation->distance);
  }
  if (!grid.empty()) facts["grid_points"] = std::to_string(grid.size());
  add(facts, "calibration", calibration);
  facts["dem_version"] = version();
  facts["recipe"] = recipe.name;
  facts["recipe_json"] = recipe.to_json();
  facts["solver"] = solver;
  add(facts, "solver_method", solver_method);
  add(facts, "init_file", init_file);
  facts["seed"] = std::to_string(seed);
  if (!members.empty()) {
    facts["ensemble"] = text_of(members);
    facts["ensemble_json"] = json_of(members).dump();
  }
  facts["dataset"] = dataset;
  facts["layout"] = layout;
  facts["train_mode"] = to_string(train_mode);
  if (const auto kind = attributes_text(*this); !kind.empty()) facts["attributes"] = kind;
  if (missing_descriptions != MissingDescriptions::kKeep) {
    facts["missing_descriptions"] = to_string(missing_descriptions);
  }
  if (num_missing > 0) facts["missing_entries"] = std::to_string(num_missing);
  if (missing_features != MissingFeatures::kRefuse) {
    facts["missing_features"] = to_string(missing_features);
  }
  if (zeroed_features > 0) facts["zeroed_features"] = std::to_string(zeroed_features);
  facts["data_fingerprint"] = data_fingerprint;
  add(facts, "statistics_fingerprints", join(statistics_fingerprints, " "));
  if (shuffle_classes) facts["shuffle_classes"] = std::to_string(*shuffle_classes);
  if (ranks > 1) facts["ranks"] = std::to_string(ranks);
  facts["blas"] = blas_description();
  facts["threads"] = std::to_string(num_threads());
  if (recipe.network && members.empty()) {
    facts["epochs"] = std::to_string(summary.epochs);
    facts["steps"] = std::to_string(summary.steps);
    facts["selected_epoch"] = std::to_string(summary.selected_epoch);
  }
  return facts;
}

std::string RunReport::to_json() const {
  Json json;
  json["dataset"] = dataset;
  json["layout"] = layout;
  json["train_mode"] = to_string(train_mode);
  if (const auto kind = attributes_text(*this); !kind.empty()) json["attributes"] = kind;
  if (missing_descriptions != MissingDescriptions::kKeep) {
    json["missing_descriptions"] = to_string(missing_descriptions);
  }
  if (num_missing > 0) json["missing_entries"] = num_missing;
  if (missing_features != MissingFeatures::kRefuse) {
    json["missing_features"] = to_string(missing_features);
  }
  if (zeroed_features > 0) json["zeroed_features"] = zeroed_features;
  json["recipe"] = Json::parse(recipe.to_json());
  json["selection"] = selection;
  if (!selection_note.empty()) json["selection_note"] = selection_note;
  if (selected_accuracy) json["selected_accuracy"] = *selected_accuracy;
  if (validation) json["validation"] = Json::parse(validation->to_json());
  for (const JudgedPoint& point : grid) json["grid"].push_back(Json::parse(point.to_json()));
  if (shuffle_classes) json["shuffle_classes"] = *shuffle_classes;
  if (!recipe.network || !members.empty()) json["chosen"] = chosen;
  if (!calibration.empty()) json["calibration"] = calibration;
  json["solver"] = solver;
  if (!solver_method.empty()) json["solver_method"] = solver_method;
  if (!init_file.empty()) json["init_file"] = init_file;
  if (!statistics_fingerprints.empty()) {
    json["statistics_fingerprints"] = join(statistics_fingerprints, " ");
  }
  json["seed"] = seed;
  if (!members.empty()) json["ensemble"] = json_of(members);
  json["data_fingerprint"] = data_fingerprint;
  json["files"] = files;
  json["dem_version"] = version();
  json["blas"] = blas_description();
  json["threads"] = num_threads();
  if (ranks > 1) json["ranks"] = ranks;
  if (evaluation) json["metrics"] = Json::parse(evaluation->to_json());
  json["summary"] = json_of(summary, recipe.network && members.empty(), selection == "val");
  return json.dump(2) + "\n";
}

void save_summary(const RunReport& report, const std::string& folder) {
  write_file_atomically((std::filesystem::path(folder) / "summary.json").string(),
                        report.to_json());
}

}  // namespace dem
