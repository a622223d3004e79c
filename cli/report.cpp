#include "report.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

namespace dem::cli {
namespace {

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::string percent(double fraction) {
  return format("%.1f", 100.0 * fraction);
}

std::string skewness_text(const Hubness& hubness) {
  const auto value = [](const std::optional<double>& v) {
    return v ? format("%.2f", *v) : std::string("-");
  };
  return "N_1 " + value(hubness.n1_skewness) + "  N_10 " + value(hubness.n10_skewness);
}

nlohmann::ordered_json per_class_json(const Dataset& dataset, const EvaluationResult& result) {
  auto json = nlohmann::ordered_json::array();
  for (const ClassScore& score : result.per_class) {
    const auto id = static_cast<std::size_t>(score.class_id);
    json.push_back({{"class", dataset.classes.names[id]},
                    {"seen", bool{dataset.classes.seen[id]}},
                    {"samples", score.samples},
                    {"accuracy", score.accuracy}});
  }
  return json;
}

nlohmann::ordered_json run_json(const Dataset& dataset, const Model& model) {
  nlohmann::ordered_json json{{"dataset", dataset.name},
                              {"layout", dataset.layout},
                              {"recipe", provenance(model, "recipe")},
                              {"selection", provenance(model, "selection")}};
  const auto note = model.provenance.find("selection_note");
  if (note != model.provenance.end()) json["selection_note"] = note->second;
  json["fingerprint"] = dataset.fingerprint;
  return json;
}

}  // namespace

std::string reference_line(const Dataset& dataset, TrainMode mode, const EvaluationResult& result) {
  return "accuracy _ " + dataset.name + " _ " + std::string(to_string(mode)) + " = " +
         format("%.5f", result.accuracy);
}

std::string scores_text(const EvaluationResult& result) {
  std::string text = "T1 " + percent(result.t1) + "  (mean over " +
                     std::to_string(result.num_unseen_classes) + " unseen classes, chance " +
                     percent(1.0 / static_cast<double>(result.num_unseen_classes)) + ", " +
                     std::string(to_string(result.metric)) + ")\n";
  for (const auto& [k, value] : result.hit_at) {
    text += (k == result.hit_at.begin()->first ? "hit@" : "  hit@") + std::to_string(k) + " " +
            percent(value);
  }
  if (!result.hit_at.empty()) text += '\n';
  if (result.harmonic) {
    text += "U " + percent(*result.unseen) + "  S " + percent(*result.seen) + "  H " +
            percent(*result.harmonic) + "\n";
  }
  text += "hubness (k-occurrence skewness)";
  for (const auto& [metric, hubness] : result.hubness) {
    text += "  " + std::string(to_string(metric)) + ": " + skewness_text(hubness);
  }
  text += "\n";
  return text;
}

std::string per_class_text(const Dataset& dataset, const EvaluationResult& result) {
  std::string text;
  for (const ClassScore& score : result.per_class) {
    const auto id = static_cast<std::size_t>(score.class_id);
    text += dataset.classes.names[id] + (dataset.classes.seen[id] ? "\tseen\t" : "\tunseen\t") +
            std::to_string(score.samples) + "\t" + percent(score.accuracy) + "\n";
  }
  return text;
}

std::string selection_text(const Model& model) {
  const std::string selection = provenance(model, "selection");
  std::string text = "selection: " + selection;
  if (const auto epoch = model.provenance.find("selected_epoch"); epoch != model.provenance.end()) {
    const bool by_iterations = provenance(model, "solver") == "statistics";
    text += (by_iterations ? " (iteration " : " (epoch ") + epoch->second + ")";
  }
  if (selection == "test") text += "; chosen on the test data, so these scores are optimistic";
  const auto note = model.provenance.find("selection_note");
  if (note != model.provenance.end()) text += "; " + note->second;
  if (provenance(model, "status") == "unfinished") text += "; training is not finished";
  return text;
}

std::string result_json(const Dataset& dataset,
                        const Model& model,
                        const EvaluationResult& result,
                        const ResultDetails& details) {
  nlohmann::ordered_json json = run_json(dataset, model);
  json["metric"] = to_string(result.metric);
  json["metrics"] = nlohmann::ordered_json::parse(result.to_json());
  if (details.per_class) json["per_class"] = per_class_json(dataset, result);
  if (details.examples != nullptr) {
    json["examples"] = nlohmann::ordered_json::parse(examples_json(dataset, *details.examples));
  }
  return json.dump(2) + "\n";
}

std::string result_json(const Dataset& dataset, const Model& model) {
  nlohmann::ordered_json json = run_json(dataset, model);
  json["metrics"] = nlohmann::ordered_json::object();
  return json.dump(2) + "\n";
}

std::string provenance(const Model& model, const std::string& key) {
  const auto found = model.provenance.find(key);
  return found == model.provenance.end() ? "unknown" : found->second;
}

}  // namespace dem::cli
