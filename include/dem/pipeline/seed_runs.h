// A folder of runs with different seeds: OUT/seed_1000, OUT/seed_1001, ..., a model folder each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dem/data/dataset.h"
#include "dem/model/model.h"
#include "dem/pipeline/fit.h"

namespace dem {

struct SeedRun {
  std::uint64_t seed = 0;
  std::string folder;  // OUT/seed_<seed>
};

// "OUT/seed_7".
[[nodiscard]] std::string seed_folder(const std::string& output, std::uint64_t seed);

// The folders of that name in `path` that hold a model, by ascending seed. None where `path` is no
// folder, or has a model of its own.
[[nodiscard]] std::vector<SeedRun> seed_runs(const std::string& path);

// Writes the summary.json of a folder of such runs, which is there, whole or not at all. Throws
// Error{kIo}.
void save_seeds_summary(const std::string& json, const std::string& folder);

// The model in options.output, where a fit with the same recipe, dataset, seed, solver, first
// weights and version of dem has finished there; nothing where none has, or there is no folder.
// Throws Error{kInvalidArgument} naming the fact where a finished run is another one. In a group
// all ranks call it, with the same options, and get rank 0's.
[[nodiscard]] std::optional<Model> finished_run(const Dataset& dataset, const FitOptions& options);

// Whether the training state in options.output is that of a run with the same recipe, dataset and
// seed, which `options.resume` would go on with. False where there is none. In a group all ranks
// call it, with the same options, and get rank 0's.
[[nodiscard]] bool is_saved_run(const Dataset& dataset, const FitOptions& options);

}  // namespace dem
