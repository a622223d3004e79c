// dem stats: class statistics of a dataset's training images, as a file to train from.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "output_file.h"

namespace dem::cli {
namespace {

struct StatsOptions {
  OutputOptions output;
  DataOptions data;
  GatherOptions gather;
  // Empty: what the recipe takes.
  std::optional<std::string> row_scaling;
  std::optional<bool> second_moment;
  std::string recipe;  // empty: the layout's default
  std::vector<std::string> merge;
  std::string file;
  std::vector<std::string> given;  // options that choose data
};

void add_options(CLI::App& app, StatsOptions& options) {
  add_data_options(app, options.data);
  app.add_option("--recipe",
                 options.recipe,
                 "The recipe to train with, which says what is gathered, of which kind of "
                 "attributes (gbu: un-normalised, where the data have them) and what becomes of "
                 "missing ones; by default the layout's: mindspore for layout dem, else auto");
  app.add_option("--rows",
                 options.gather.rows,
                 "Whose statistics: trainval, all training rows, or train, those outside the "
                 "data's validation list")
      ->capture_default_str();
  app.add_option(
      "--feature-scaling",
      options.row_scaling,
      "none, or l2, which goes by single images (by default the recipe's; other scalings "
      "are fitted by dem train)");
  app.add_flag_function(
      "--second-moment,!--no-second-moment",
      [&options](std::int64_t count) { options.second_moment = count > 0; },
      "Gather within-class second moments by fold of classes, too, 4 x feature_dim^2 numbers, and "
      "a sample of the images' features (by default for recipes that learn at once)");
  app.add_option("--sample-rows",
                 options.gather.sample_rows,
                 "Images in the sample that goes with second moments, at most; 0: none, the file "
                 "then has no "
                 "image's features")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--merge", options.merge, "Merge files of other images instead of reading data")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1, -1);
  app.add_option("-o,--output", options.file, "File to write (safetensors)")
      ->required()
      ->check(some_name());
  add_output_options(app, options.output);
  app.footer(
      "Example:\n"
      "  dem stats --data-path data --dataset AWA2 -o awa2.stats\n"
      "  dem train --stats awa2.stats --save-ckpt awa2.model");
}

// Those of the options that say which images, as given on the command line.
std::vector<std::string> given_data_options(const CLI::App& app) {
  std::vector<std::string> given = given_of(app, kDataOptions);
  constexpr const char* kOwn[] = {
      "--recipe", "--rows", "--feature-scaling", "--second-moment", "--sample-rows"};
  const std::vector<std::string> own = given_of(app, kOwn);
  given.insert(given.end(), own.begin(), own.end());
  return given;
}

SavedStatistics merge(const StatsOptions& options) {
  if (!options.given.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                options.given[0] + ": expected no --merge with it, which reads no data, got both");
  }
  std::vector<SavedStatistics> parts;
  for (const std::string& path : options.merge) parts.push_back(load_statistics(path));
  return merge_statistics(parts, options.merge);
}

// What a recipe learns from, but for what was asked.
GatherOptions gather_options(const StatsOptions& options, const Recipe& recipe) {
  GatherOptions gather = options.gather;
  gather.second_moment = options.second_moment.value_or(learns_at_once(recipe));
  const bool by_image = recipe.feature_scaling == ScalingKind::kL2;
  gather.row_scaling = options.row_scaling ? scaling_kind_from_string(*options.row_scaling)
                       : by_image          ? ScalingKind::kL2
                                           : ScalingKind::kNone;
  const bool sample_given =
      std::find(options.given.begin(), options.given.end(), "--sample-rows") != options.given.end();
  if (sample_given && !gather.second_moment) {
    throw Error(ErrorKind::kInvalidArgument,
                "--sample-rows: expected second moments, which a sample goes with "
                "(--second-moment), got none");
  }
  return gather;
}

SavedStatistics gather(const StatsOptions& options) {
  DatasetOptions data = resolve(options.data);
  const std::string name = options.recipe.empty() ? default_recipe(data.layout) : options.recipe;
  const Recipe recipe = make_recipe(name, data.name, data.train_mode);
  if (!learns_from_statistics(recipe)) {
    throw Error(ErrorKind::kInvalidArgument,
                "--recipe: expected a recipe that learns from statistics, got " + name +
                    ", which learns from single images (dem train --recipe " + name + ")");
  }
  const GatherOptions gather = gather_options(options, recipe);
  data.original_attributes = wants_original_attributes(options.data, name);
  data.missing_descriptions = missing_descriptions(options.data, name);
  return gather_statistics(data, gather);
}

// Images in each fold; empty without folds.
std::vector<Index> images_by_fold(const SavedStatistics& saved) {
  if (!saved.folds) return {};
  std::vector<Index> images(saved.folds->parts.size());
  for (std::size_t c = 0; c < saved.folds->counts.size(); ++c) {
    images[static_cast<std::size_t>(saved.folds->fold_of_class[c])] += saved.folds->counts[c];
  }
  return images;
}

void print_result(const StatsOptions& options, const SavedStatistics& saved) {
  const ClassStatistics& statistics = saved.statistics;
  const auto seen = std::count(saved.classes.seen.begin(), saved.classes.seen.end(), true);
  if (options.output.json) {
    const nlohmann::ordered_json json{{"file", options.file},
                                      {"dataset", saved.dataset},
                                      {"fingerprints", saved.fingerprints},
                                      {"rows", saved.rows},
                                      {"images", statistics.num_images()},
                                      {"classes_with_images", seen},
                                      {"classes", saved.classes.size()},
                                      {"feature_dim", statistics.feature_dim()},
                                      {"second_moment", !statistics.second_moment.empty()},
                                      {"folds", saved.folds ? saved.folds->num_folds() : 0},
                                      {"images_by_fold", images_by_fold(saved)},
                                      {"sample_rows", saved.sample.size()}};
    std::cout << json.dump(2) << '\n';
    return;
  }
  std::cout << options.file << ": " << statistics.num_images() << " images of " << seen << " of "
            << saved.classes.size() << " classes, " << statistics.feature_dim()
            << " feature dimensions"
            << (statistics.second_moment.empty() ? "" : ", with second moment");
  if (saved.folds) std::cout << "s of " << saved.folds->num_folds() << " folds";
  if (saved.sample.size() > 0) std::cout << ", " << saved.sample.size() << " sampled images";
  std::cout << '\n';
}

int run_stats(const StatsOptions& options) {
  apply(options.output);
  require_output_file("--output", options.file);
  const SavedStatistics saved = options.merge.empty() ? gather(options) : merge(options);
  save_statistics(saved, options.file);
  print_result(options, saved);
  return 0;
}

}  // namespace

void add_stats(CLI::App& program, Command& command_to_run) {
  auto options = std::make_shared<StatsOptions>();
  CLI::App* app = program.add_subcommand(
      "stats", "Gather class statistics of training images, or merge such files");
  add_options(*app, *options);
  app->callback([app, options, &command_to_run] {
    options->given = given_data_options(*app);
    command_to_run = [options] { return run_stats(*options); };
  });
}

}  // namespace dem::cli
