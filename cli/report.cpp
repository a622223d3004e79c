#include "report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

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

// "50", or "49 of 50" where one has no test image.
std::string unseen_classes_text(const EvaluationResult& result) {
  const auto tested =
      std::count_if(result.per_class.begin(), result.per_class.end(), [](const ClassScore& score) {
        return score.zero_shot.has_value();
      });
  const std::string all = std::to_string(result.num_unseen_classes);
  return tested == result.num_unseen_classes ? all : std::to_string(tested) + " of " + all;
}

std::string scores_line(double unseen, double seen, double harmonic) {
  return "U " + percent(unseen) + "  S " + percent(seen) + "  H " + percent(harmonic);
}

std::string gamma_number(double gamma, const char* pattern = "%.6g") {
  return gamma == 0.0 ? "none" : format(pattern, gamma);
}

// Two that differ, with digits that show it.
std::string gamma_numbers(double taken, double own) {
  const bool alike = gamma_number(taken) == gamma_number(own);
  const char* pattern = alike ? "%.9g" : "%.6g";
  return gamma_number(taken, pattern) + "; the model's is " + gamma_number(own, pattern);
}

// A model has its gamma in float32.
bool is_own_gamma(const Model& model, const EvaluationResult& result) {
  return static_cast<float>(result.gamma) == model.gamma;
}

// Where U, S and H have a gamma, or the model has.
std::string gamma_text(const Model& model, const EvaluationResult& result) {
  if (!is_own_gamma(model, result)) {
    return "  (gamma " + gamma_numbers(result.gamma, double{model.gamma}) + ")";
  }
  if (result.gamma == 0.0) return "";
  std::string text = "  (gamma " + gamma_number(result.gamma);
  if (result.gamma_classes.empty()) return text + ")";
  text += " off the ";
  text += std::to_string(result.gamma_classes.size());
  text += " classes that the model has seen, ";
  text += std::to_string(result.trained_unseen.size());
  text += " of them unseen here)";
  return text;
}

std::string generalised_hits_text(const EvaluationResult& result) {
  std::string text;
  for (const auto& [k, scores] : result.generalised_hit_at) {
    const std::string at = "@" + std::to_string(k) + " ";
    text += (text.empty() ? "U" : "  U") + at + percent(scores.unseen) + "  S" + at +
            percent(scores.seen);
  }
  return text.empty() ? text : text + '\n';
}

std::string generalised_text(const Model& model, const EvaluationResult& result) {
  std::string text = scores_line(*result.unseen, *result.seen, *result.harmonic) +
                     gamma_text(model, result) + "\n";
  if (const auto& plain = result.uncalibrated) {
    text += "uncalibrated: " + scores_line(plain->unseen, plain->seen, plain->harmonic) + "\n";
  }
  text += "AUSUC " + percent(*result.ausuc);
  if (const auto& best = result.oracle) {
    text += "  oracle: gamma " + format("%.6g", best->gamma) + ", " +
            scores_line(best->unseen, best->seen, best->harmonic) +
            " (chosen on these test images: a bound)";
  }
  text += "\n" + generalised_hits_text(result);
  return text + std::to_string(*result.unseen_to_seen) + " of " +
         std::to_string(result.num_test_unseen) + " unseen images go to seen classes, " +
         std::to_string(*result.seen_to_unseen) + " of " + std::to_string(result.num_test_seen) +
         " seen ones to unseen classes\n";
}

std::string hubs_text(const Dataset& dataset, const char* name, const std::vector<Hub>& hubs) {
  if (hubs.empty()) return "";
  std::string text = std::string("largest ") + name + ":";
  for (const Hub& hub : hubs) {
    text += (&hub == hubs.data() ? " " : ", ") +
            dataset.classes.names[static_cast<std::size_t>(hub.class_id)] + " " +
            std::to_string(hub.images);
  }
  return text + "\n";
}

std::string calibration_text(const EvaluationResult& result) {
  if (!result.calibration_error) return "";
  std::string text = "calibration error of probabilities (ECE) " +
                     percent(*result.calibration_error) + " among unseen classes";
  if (const auto& all = result.generalised_calibration_error) {
    text += ", " + percent(*all) + " among all";
  }
  return text + "\n";
}

std::string interval_text(const std::map<std::string, Interval>& intervals) {
  std::string text;
  for (const char* name : {"T1", "U", "S", "H", "AUSUC"}) {
    const auto found = intervals.find(name);
    if (found == intervals.end()) continue;
    text += std::string("  ") + name + " " + percent(found->second.low) + " to " +
            percent(found->second.high);
  }
  return text;
}

std::string intervals_text(const ScoreIntervals& intervals) {
  if (intervals.replicates == 0) return "";
  return "95 % intervals (bootstrap, " + std::to_string(intervals.replicates) +
         " times)\n  other images:            " + interval_text(intervals.over_rows) +
         "\n  other classes and images:" + interval_text(intervals.over_classes_and_rows) + "\n";
}

nlohmann::ordered_json or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

nlohmann::ordered_json per_class_json(const Dataset& dataset, const EvaluationResult& result) {
  auto json = nlohmann::ordered_json::array();
  for (const ClassScore& score : result.per_class) {
    const auto id = static_cast<std::size_t>(score.class_id);
    json.push_back({{"class", dataset.classes.names[id]},
                    {"seen", bool{dataset.classes.seen[id]}},
                    {"samples", score.samples},
                    {"zero_shot", or_null(score.zero_shot)},
                    {"generalised", or_null(score.generalised)}});
  }
  return json;
}

nlohmann::ordered_json names_json(const Dataset& dataset, const std::vector<ClassId>& classes) {
  auto json = nlohmann::ordered_json::array();
  for (const ClassId c : classes) {
    json.push_back(dataset.classes.names[static_cast<std::size_t>(c)]);
  }
  return json;
}

nlohmann::ordered_json hubs_json(const Dataset& dataset, const std::vector<Hub>& hubs) {
  auto json = nlohmann::ordered_json::array();
  for (const Hub& hub : hubs) {
    json.push_back({{"class", dataset.classes.names[static_cast<std::size_t>(hub.class_id)]},
                    {"images", hub.images}});
  }
  return json;
}

nlohmann::ordered_json metrics_json(const Dataset& dataset, const EvaluationResult& result) {
  auto json = nlohmann::ordered_json::parse(result.to_json());
  const Hubness& hubness = result.hubness.at(result.metric);
  if (!hubness.n1_hubs.empty()) json["N1_hubs"] = hubs_json(dataset, hubness.n1_hubs);
  if (!hubness.n10_hubs.empty()) json["N10_hubs"] = hubs_json(dataset, hubness.n10_hubs);
  return json;
}

nlohmann::ordered_json run_json(const Dataset& dataset, const Model& model) {
  nlohmann::ordered_json json{{"dataset", dataset.name},
                              {"layout", dataset.layout},
                              {"recipe", provenance(model, "recipe")},
                              {"selection", provenance(model, "selection")}};
  const auto note = model.provenance.find("selection_note");
  if (note != model.provenance.end()) json["selection_note"] = note->second;
  const auto ensemble = model.provenance.find("ensemble");
  if (ensemble != model.provenance.end()) json["ensemble"] = ensemble->second;
  json["fingerprint"] = dataset.fingerprint;
  json["split_fingerprint"] = split_fingerprint(dataset);
  return json;
}

// "; T1 45.1 on held-out seen classes (3 folds: 40.0 50.2 45.1)".
std::string held_out_text(const Model& model) {
  const auto by = model.provenance.find("selected_by");
  if (by == model.provenance.end()) return "";
  std::string text = "; " + by->second + " " +
                     percent(std::stod(provenance(model, "selected_accuracy"))) +
                     " on held-out seen classes";
  std::istringstream values(provenance(model, "selected_values"));
  std::string each;
  int count = 0;
  for (double value = 0.0; values >> value; ++count) each += " " + percent(value);
  if (count > 1) text += " (" + std::to_string(count) + " folds:" + each + ")";
  return text;
}

}  // namespace

std::string reference_line(const Dataset& dataset, TrainMode mode, const EvaluationResult& result) {
  return "accuracy _ " + dataset.name + " _ " + std::string(to_string(mode)) + " = " +
         format("%.5f", result.accuracy);
}

std::string scores_text(const Dataset& dataset,
                        const Model& model,
                        const EvaluationResult& result,
                        const std::string& compared_by) {
  const auto name_of = [&](Metric metric) {
    const bool is_named = metric == result.metric && !compared_by.empty();
    return is_named ? compared_by : std::string(to_string(metric));
  };
  std::string text = "T1 " + percent(result.t1) + "  (mean over " + unseen_classes_text(result) +
                     " unseen classes, chance " +
                     percent(1.0 / static_cast<double>(result.num_unseen_classes)) + ", " +
                     name_of(result.metric) + ")\n";
  for (const auto& [k, value] : result.hit_at) {
    text += (k == result.hit_at.begin()->first ? "hit@" : "  hit@") + std::to_string(k) + " " +
            percent(value);
  }
  if (!result.hit_at.empty()) text += '\n';
  if (result.harmonic) text += generalised_text(model, result);
  text += "hubness (k-occurrence skewness)";
  for (const auto& [metric, hubness] : result.hubness) {
    text += "  " + name_of(metric) + ": " + skewness_text(hubness);
  }
  text += '\n';
  const Hubness& hubness = result.hubness.at(result.metric);
  text += hubs_text(dataset, "N_1", hubness.n1_hubs) + hubs_text(dataset, "N_10", hubness.n10_hubs);
  return text + calibration_text(result) + intervals_text(result.intervals) +
         "split: " + split_fingerprint(dataset) + "\n";
}

std::string per_class_text(const Dataset& dataset, const EvaluationResult& result) {
  std::string text = "images  kind       T1    all  class\n";
  const auto cell = [](const std::optional<double>& accuracy) {
    return accuracy ? format("  %5.1f", 100.0 * *accuracy) : std::string("      -");
  };
  for (const ClassScore& score : result.per_class) {
    const auto id = static_cast<std::size_t>(score.class_id);
    text += format("%6.0f", static_cast<double>(score.samples)) +
            (dataset.classes.seen[id] ? "  seen  " : "  unseen") + cell(score.zero_shot) +
            cell(score.generalised) + "  " + dataset.classes.names[id] + "\n";
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
  text += held_out_text(model);
  if (selection == "test") text += "; chosen on the test data, so these scores are optimistic";
  const auto ensemble = model.provenance.find("ensemble");
  if (ensemble != model.provenance.end()) text += "; ensemble of " + ensemble->second;
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
  json["gamma"] = result.gamma;
  if (!is_own_gamma(model, result)) json["model_gamma"] = double{model.gamma};
  if (!result.gamma_classes.empty()) {
    json["gamma_classes"] = names_json(dataset, result.gamma_classes);
  }
  if (!result.trained_unseen.empty()) {
    json["trained_unseen"] = names_json(dataset, result.trained_unseen);
  }
  json["metrics"] = metrics_json(dataset, result);
  if (details.per_class) json["per_class"] = per_class_json(dataset, result);
  if (details.examples != nullptr) {
    json["examples"] = nlohmann::ordered_json::parse(examples_json(dataset, *details.examples));
  }
  return json.dump(2) + "\n";
}

std::string seen_scores_text(const Dataset& dataset, const SeenScores& scores) {
  std::string text = "no test images of unseen classes: T1, U, H and AUSUC cannot be told\nseen " +
                     percent(scores.among_seen) + "  (mean over classes of " +
                     std::to_string(scores.num_images) + " test images among " +
                     std::to_string(dataset.seen_classes.size()) + " seen classes; of images " +
                     percent(scores.per_image) + ")\n";
  if (scores.among_all) {
    text += "S " + percent(*scores.among_all) + "  (the same among all " +
            std::to_string(dataset.classes.size()) + " classes)\n";
  }
  return text + "split: " + split_fingerprint(dataset) + "\n";
}

std::string result_json(const Dataset& dataset,
                        const Model& model,
                        const std::optional<SeenScores>& scores) {
  nlohmann::ordered_json json = run_json(dataset, model);
  auto metrics = nlohmann::ordered_json::object();
  if (scores) {
    json["metric"] = to_string(model.metric);
    json["gamma"] = double{model.gamma};
    if (scores->among_all) metrics["S"] = *scores->among_all;
    metrics["seen_T1"] = scores->among_seen;
    metrics["seen_accuracy"] = scores->per_image;
  }
  json["metrics"] = std::move(metrics);
  return json.dump(2) + "\n";
}

std::string provenance(const Model& model, const std::string& key) {
  const auto found = model.provenance.find(key);
  return found == model.provenance.end() ? "unknown" : found->second;
}

}  // namespace dem::cli
