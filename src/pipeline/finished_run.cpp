#include <filesystem>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/seed_runs.h"
#include "pipeline/begin_report.h"
#include "pipeline/same_run.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

std::string fact_of(const Provenance& facts, const char* name) {
  const auto found = facts.find(name);
  return found == facts.end() ? "none" : found->second;
}

void require_facts(const std::string& file, const Provenance& expected, const Provenance& got) {
  for (const char* fact : {"recipe_json",
                           "seed",
                           "dataset",
                           "train_mode",
                           "data_fingerprint",
                           "statistics_fingerprints",
                           "shuffle_classes",
                           "solver",
                           "solver_method",
                           "init_file",
                           "dem_version"}) {
    const std::string wanted = fact_of(expected, fact);
    if (wanted == fact_of(got, fact)) continue;
    throw Error(
        ErrorKind::kInvalidArgument,
        concat(file, ": to resume, expected ", fact, " ", wanted, ", got ", fact_of(got, fact)));
  }
}

// A summary is written last.
std::optional<Model> load_finished(const Dataset& dataset, const FitOptions& options) {
  const fs::path folder(options.output);
  const std::string file = (folder / "model.safetensors").string();
  std::error_code none;
  if (!fs::is_regular_file(folder / "summary.json", none) || !fs::is_regular_file(file, none)) {
    return std::nullopt;
  }
  Model model = load_model(file);
  if (fact_of(model.provenance, "status") != "finished") return std::nullopt;
  require_facts(file, begin_report(dataset, options).provenance(), model.provenance);
  return model;
}

}  // namespace

std::optional<Model> finished_run(const Dataset& dataset, const FitOptions& options) {
  Communicator& group = options.group != nullptr ? *options.group : self_communicator();
  std::optional<Model> model;
  agree(group, [&] {
    if (group.is_root()) model = load_finished(dataset, options);
  });
  Index found = model ? 1 : 0;
  group.sum(std::span(&found, 1));
  if (found == 0) return std::nullopt;
  if (!model) model.emplace();
  take_from_root(group, *model);
  return model;
}

}  // namespace dem
