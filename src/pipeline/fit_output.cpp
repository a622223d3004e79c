#include "pipeline/fit_output.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "dem/base/version.h"
#include "dem/exchange/model_file.h"
#include "dem/linalg/backend.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

void make_folder(const std::string& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    throw Error(ErrorKind::kIo, concat(folder, ": cannot be made: ", problem.message()));
  }
}

void remove_file(const std::string& path) {
  std::error_code problem;
  std::filesystem::remove(path, problem);
  if (problem) {
    throw Error(ErrorKind::kIo, concat(path, ": cannot be removed: ", problem.message()));
  }
}

// What the recipe's settings came to, "auto" or not.
Json chosen_settings(const Recipe& recipe, const Provenance& facts) {
  Json chosen = Json::object();
  for (const auto& [name, value] : recipe.settings) {
    if (const auto found = facts.find(name); found != facts.end()) chosen[name] = found->second;
  }
  return chosen;
}

}  // namespace

std::vector<MatrixView<const float>> network_inputs(const ClassTable& classes,
                                                    const NetworkSpec& spec) {
  std::vector<MatrixView<const float>> inputs;
  for (const NetworkInput& input : spec.inputs) {
    inputs.push_back(classes.space(input.space).view());
  }
  return inputs;
}

FitOutput::FitOutput(const FitOptions& options,
                     const Dataset& dataset,
                     const FeatureMap& feature_map)
    : options_(options),
      dataset_(dataset),
      feature_map_(feature_map),
      last_save_(std::chrono::steady_clock::now()) {}

void FitOutput::open() {
  is_open_ = true;
  if (options_.output.empty()) return;
  make_folder(options_.output);
  remove_file(file("summary.json"));
  // A state of another run that this one does not replace must not be taken for this one's.
  if (options_.solver == Solver::kStatistics || learns_at_once(options_.recipe)) {
    remove_file(file("last.safetensors"));
  }
  if (learns_at_once(options_.recipe)) remove_file(file("log.jsonl"));
}

std::string FitOutput::file(const char* name) const {
  return options_.output.empty() ? "" : (std::filesystem::path(options_.output) / name).string();
}

bool FitOutput::is_due() const {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - last_save_;
  return !options_.output.empty() && passed.count() >= options_.save_seconds;
}

Model FitOutput::make_model(Network network, Provenance facts) const {
  const Recipe& recipe = options_.recipe;
  return make_model({.feature_map = feature_map_.clone(),
                     .class_map = ClassMap(
                         NetworkMap{std::move(network), recipe.network->float16_unseen_embeddings}),
                     .metric = recipe.metric},
                    std::move(facts));
}

Model FitOutput::make_model(Learned learned, Provenance facts) const {
  const Recipe& recipe = options_.recipe;
  Model model;
  model.feature_map = std::move(learned.feature_map);
  model.class_map = std::move(learned.class_map);
  model.metric = learned.metric;
  model.classes = dataset_.classes.with_spaces(model.class_map.spaces());
  model.prototypes.scale = std::move(learned.scale);
  model.prototypes.offset = std::move(learned.offset);
  model.provenance = std::move(facts);
  model.provenance.insert(
      {{"dem_version", std::string(version())},
       {"recipe", recipe.name},
       {"recipe_json", recipe.to_json()},
       {"solver", learns_at_once(recipe) ? "closed form" : std::string(to_string(options_.solver))},
       {"seed", std::to_string(options_.seed)},
       {"dataset", dataset_.name},
       {"layout", dataset_.layout},
       {"train_mode", std::string(to_string(dataset_.train_mode))},
       {"data_fingerprint", dataset_.fingerprint},
       {"blas", blas_description()},
       {"threads", std::to_string(num_threads())}});
  if (options_.group != nullptr && options_.group->size() > 1) {
    model.provenance["ranks"] = std::to_string(options_.group->size());
  }
  if (options_.solver == Solver::kStatistics && !learns_at_once(recipe)) {
    model.provenance["solver_method"] = to_string(options_.statistics.method);
  }
  if (options_.saved_statistics != nullptr) {
    model.provenance["statistics_fingerprints"] =
        join(options_.saved_statistics->fingerprints, " ");
  }
  if (dataset_.shuffled_with) {
    model.provenance["shuffle_classes"] = std::to_string(*dataset_.shuffled_with);
  }
  model.update_prototypes();
  return model;
}

void FitOutput::save(const TrainingState& state, const Network& network) {
  if (options_.output.empty()) return;
  save_training_state(state, network, file("last.safetensors"));
  Network selected = network.clone();
  const std::vector<float>& weights =
      state.best_parameters.empty() ? state.parameters : state.best_parameters;
  std::copy(weights.begin(), weights.end(), selected.parameters().begin());
  save_model_folder(
      make_model(std::move(selected), {{"status", "unfinished"}, {"selection", "none yet"}}),
      options_.output);
  last_save_ = std::chrono::steady_clock::now();
}

void FitOutput::finish(const FitResult& result) {
  if (options_.output.empty()) return;
  save_model_folder(result.model, options_.output);
  if (!result.summary.finished()) return;
  const auto& facts = result.model.provenance;
  Json summary;
  summary["dataset"] = dataset_.name;
  summary["layout"] = dataset_.layout;
  summary["train_mode"] = to_string(dataset_.train_mode);
  summary["recipe"] = Json::parse(options_.recipe.to_json());
  summary["selection"] = facts.at("selection");
  if (const auto note = facts.find("selection_note"); note != facts.end()) {
    summary["selection_note"] = note->second;
  }
  for (const char* number : {"selected_accuracy", "shuffle_classes"}) {
    const auto found = facts.find(number);
    if (found != facts.end()) summary[number] = Json::parse(found->second);
  }
  if (learns_at_once(options_.recipe)) summary["chosen"] = chosen_settings(options_.recipe, facts);
  summary["solver"] = facts.at("solver");
  for (const char* fact : {"solver_method", "statistics_fingerprints"}) {
    if (const auto found = facts.find(fact); found != facts.end()) summary[fact] = found->second;
  }
  summary["seed"] = options_.seed;
  summary["data_fingerprint"] = dataset_.fingerprint;
  summary["files"] = dataset_.files;
  summary["dem_version"] = version();
  summary["blas"] = blas_description();
  summary["threads"] = num_threads();
  if (options_.group != nullptr && options_.group->size() > 1) {
    summary["ranks"] = options_.group->size();
  }
  summary["summary"] = Json::parse(result.summary.to_json());
  write_file_atomically(file("summary.json"), summary.dump(2) + "\n");
}

}  // namespace dem
