// Options that several sub-commands share, and what they mean.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>

#include "dem/dem.h"

namespace dem::cli {

// How the program talks and how many threads it uses. `quiet`: no progress, no lines of epochs, no
// messages but errors.
struct OutputOptions {
  bool json = false;
  bool quiet = false;
  int threads = 0;
};
void add_output_options(CLI::App& app, OutputOptions& options);
// Refuses what is no whole number of 0 .. 2^64 - 1, which the parser would wrap or cut off.
[[nodiscard]] CLI::Validator seed_range();

// Sets threads and where messages go: standard error, nowhere when quiet or on a rank but 0. All
// ranks call it, and throw alike.
void apply(const OutputOptions& options);

// Throws Error{kIo} where something that was printed did not get out.
void check_output();

// Where the data are.
struct DataOptions {
  DatasetOptions dataset;
  std::optional<std::string> name;                  // empty: CUB, or "table" of named files
  std::optional<std::string> train_mode;            // empty: att
  std::vector<std::string> more_spaces;             // NAME or NAME=FILE
  std::optional<std::string> descriptions;          // empty: auto
  std::optional<std::string> attributes;            // empty: the model's kind, or the recipe's
  std::string attributes_of_model;                  // empty: unknown
  std::optional<std::string> missing_descriptions;  // empty: the recipe's
  std::optional<std::string> missing_features;      // empty: refuse, or as the model's
};
// The names of the options of DataOptions.
inline constexpr const char* kDataOptions[] = {"--data-path",
                                               "--dataset",
                                               "--train-mode",
                                               "--layout",
                                               "--features",
                                               "--labels",
                                               "--classes",
                                               "--split",
                                               "--descriptions",
                                               "--attributes",
                                               "--word-vectors",
                                               "--space",
                                               "--index-base",
                                               "--missing-descriptions",
                                               "--missing-features"};
// Those of some names that the command line has, in their order.
[[nodiscard]] std::vector<std::string> given_of(const CLI::App& app,
                                                std::span<const char* const> names);
// `has_model`: a model says what nobody gives.
void add_data_options(CLI::App& app, DataOptions& options, bool has_model = false);
// Those of them that say how data are read, and not where they are.
void add_reading_options(CLI::App& app, DataOptions& options, bool has_model = false);
// What these say.
[[nodiscard]] DatasetOptions reading_options(const DataOptions& options);
// With the mode parsed and the layout found. Throws Error.
[[nodiscard]] DatasetOptions resolve(const DataOptions& options);
// Whether un-normalised attributes are chosen, else whether the model has them or the recipe takes
// them.
[[nodiscard]] bool wants_original_attributes(const DataOptions& options, std::string_view recipe);
// What is chosen, else the recipe's.
[[nodiscard]] MissingDescriptions missing_descriptions(const DataOptions& options,
                                                       const std::string& recipe);
void add_missing_features(CLI::App& app, std::optional<std::string>& missing, bool has_model);
// What is chosen, else what the model was trained with, where it says so.
[[nodiscard]] MissingFeatures missing_features(const std::optional<std::string>& chosen,
                                               const Model& model);
void add_missing_descriptions(CLI::App& app, std::optional<std::string>& missing, bool has_model);

// Options of the reference that choose hardware or belong to another of its scripts. They are
// accepted so that its command lines run unchanged.
struct ReferenceOptions {
  std::string device_target = "CPU";
  int device_id = 0;
  std::string distribute = "False";
  std::optional<int> device_num;
};
void add_reference_options(CLI::App& app, ReferenceOptions& options);
[[nodiscard]] bool is_distributed(const ReferenceOptions& options);
// Joins the other processes where --distribute asks for it. All ranks call it, and throw alike for
// what --distribute cannot be.
void join_if_asked(const ReferenceOptions& options);
// Throws Error{kUnsupported} for what this build cannot do, Error{kInvalidArgument} for another
// number of processes than --device-num.
void check(const ReferenceOptions& options);

}  // namespace dem::cli
