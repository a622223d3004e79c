#include "train_input.h"

#include <string>
#include <string_view>

#include "ensemble_options.h"
#include "grid_options.h"
#include "processes.h"
#include "recipe_advice.h"
#include "train_seeds.h"

namespace dem::cli {
namespace {

void require_distribute(const TrainOptions& options) {
  if (group().size() == 1 || is_distributed(options.reference)) return;
  throw Error(ErrorKind::kInvalidArgument,
              "train: started as " + std::to_string(group().size()) +
                  " processes: expected --distribute, got none");
}

// Without --data-path the file of --stats says which data.
void require_own_data(const TrainOptions& options) {
  if (options.has_data || options.given.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              options.given[0] +
                  ": expected --data-path with it, since the file of --stats has "
                  "its own classes, got none");
}

// As resolve(), for the classes of a statistics file.
DatasetOptions resolve(const DataOptions& options, const SavedStatistics& saved) {
  DatasetOptions data;
  data.name = saved.dataset;
  data.layout = saved.layout;
  data.train_mode = train_mode_from_string(options.train_mode.value_or(saved.train_mode));
  return data;
}

// The command that gathers what a recipe learns from.
std::string gathering(const Recipe& recipe) {
  const auto by_image = [](const Recipe& r) { return r.feature_scaling == ScalingKind::kL2; };
  std::string command = "dem stats --recipe " + recipe.name;
  if (by_image(recipe) == by_image(make_recipe(recipe.name, "", TrainMode::kAttribute))) {
    return command;
  }
  return command + " --feature-scaling " + (by_image(recipe) ? "l2" : "none");
}

// What cannot be changed afterwards is chosen when statistics are gathered.
void require_gathered_for(const TrainOptions& options,
                          const Recipe& recipe,
                          const SavedStatistics& saved) {
  if (!learns_from_statistics(recipe)) {
    throw Error(ErrorKind::kInvalidArgument,
                "--stats " + options.stats +
                    ": expected a recipe that learns from statistics, got " + recipe.name +
                    ", which learns from single images (--data-path without --stats)");
  }
  const bool is_l2 = saved.row_scaling == ScalingKind::kL2;
  std::string got;
  const auto add = [&](bool differs, const char* what) {
    if (differs) got += (got.empty() ? "" : ", ") + std::string(what);
  };
  add(!options.has_data && !saved.suits(wants_original_attributes(options.data, recipe.name)),
      "another kind of attributes");
  add(is_l2 != (recipe.feature_scaling == ScalingKind::kL2),
      is_l2 ? "features through l2" : "features that did not go through l2");
  add(learns_at_once(recipe) && saved.statistics.second_moment.empty(), "no second moments");
  if (got.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              "--stats " + options.stats + ": expected statistics gathered for recipe " +
                  recipe.name + " (" + gathering(recipe) + "), got " + got);
}

// Options of steps where the recipe has none.
void require_steps(const TrainOptions& options, std::string_view layout) {
  const std::string& recipe = options.fit.recipe.name;
  const bool by_default = options.recipe.recipe.empty() && recipe == default_recipe(layout);
  if (options.given_steps.empty() || !learns_at_once(options.fit.recipe)) return;
  throw Error(
      ErrorKind::kInvalidArgument,
      options.given_steps[0] + ": " + recipe_phrase(recipe, by_default, layout) +
          " learns at once, in no steps; recipes that train in steps: " + recipes_in_steps(layout));
}

// Options of the statistics solver where there are batches.
void require_solver(const TrainOptions& options) {
  if (options.given_solver.empty() || options.fit.solver == Solver::kStatistics) return;
  throw Error(ErrorKind::kInvalidArgument,
              options.given_solver[0] + ": expected --solver statistics with it, got " +
                  std::string(to_string(options.fit.solver)));
}

// So is what becomes of missing descriptions.
void require_same_missing(const TrainOptions& options, const SavedStatistics& saved) {
  const MissingDescriptions wanted =
      missing_descriptions(options.data, recipe_for_missing(options.fit));
  if (saved.suits(wanted)) return;
  throw Error(ErrorKind::kInvalidArgument,
              "--stats " + options.stats +
                  ": expected statistics gathered with --missing-descriptions " +
                  std::string(to_string(wanted)) + ", got " +
                  std::string(to_string(saved.missing_descriptions)) + " for " +
                  std::to_string(saved.num_missing) +
                  " missing entries (--missing-descriptions of dem train takes the file's, "
                  "--data-path the descriptions of the data)");
}

// Of no effect but with a selection by held-out classes.
void require_selecting(const RecipeOptions& options, const Recipe& recipe) {
  for (const char* field : {"selection_by", "selection_folds"}) {
    const auto given = options.fields.find(field);
    if (given == options.fields.end() || recipe.selection == Selection::kValidation) continue;
    throw Error(ErrorKind::kInvalidArgument,
                given->second.option + ": expected --select val with it, got --select " +
                    std::string(to_string(recipe.selection)));
  }
}

// A recipe of the run for these data. Its errors name a file of settings.
Recipe recipe_of(const TrainOptions& options,
                 const RecipeOptions& recipe_options,
                 const DatasetOptions& data) {
  const std::string& file = options.recipe.file;
  try {
    RecipeChoices choices = choices_of(recipe_options, data.layout, group().size());
    choices.has_images = options.stats.empty();
    Recipe recipe = plan_recipe(choices, data.layout, data.name, data.train_mode);
    require_selecting(recipe_options, recipe);
    return recipe;
  } catch (const Error& error) {
    const std::string message = error.what();
    if (file.empty() || message.find(file) != std::string::npos) throw;
    throw Error(error.kind(), message + " (with --settings " + file + ")");
  }
}

// The members of an ensemble, and the first one's recipe.
void plan_members(TrainOptions& options, const DatasetOptions& data) {
  if (options.seeds || !options.grid.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                std::string("--ensemble: expected it without ") +
                    (options.seeds ? "--seeds" : "--grid") + ", got both");
  }
  options.fit.members = ensemble_members(
      options.ensemble, options.recipe.recipe, options.fit.seed, [&](const std::string& name) {
        RecipeOptions recipe = options.recipe;
        if (!name.empty()) recipe.recipe = name;
        return recipe_of(options, recipe, data);
      });
  options.fit.recipe = options.fit.members[0].recipe;
  if (!options.data.attributes) require_same_attributes(options.fit);
}

// Fills in options.fit's recipe, or what the run has several of: members, points of a grid, seeds.
void plan_run(TrainOptions& options, const DatasetOptions& data) {
  if (!options.ensemble.empty()) {
    plan_members(options, data);
  } else if (!options.grid.empty()) {
    plan_grid(options, data.layout, [&](const RecipeOptions& recipe) {
      return recipe_of(options, recipe, data);
    });
    options.fit.recipe = options.points[0].recipe;
  } else {
    options.fit.recipe = recipe_of(options, options.recipe, data);
  }
  if (options.seeds) check_seeds(options);
}

}  // namespace

Dataset load_training_data(TrainOptions& options, SavedStatistics& saved) {
  check(options.reference);
  require_distribute(options);
  if (options.fit.output.empty()) {
    throw Error(ErrorKind::kInvalidArgument, "--save-ckpt: expected a folder, got \"\"");
  }
  require_own_data(options);
  if (!options.stats.empty()) {
    saved = load_statistics(options.stats);
    options.fit.saved_statistics = &saved;
  }
  DatasetOptions data = options.has_data ? resolve(options.data) : resolve(options.data, saved);
  data.shard = {group().rank(), group().size()};
  plan_run(options, data);
  require_steps(options, data.layout);
  if (!options.stats.empty()) {
    require_gathered_for(options, options.fit.recipe, saved);
    for (const MemberRun& member : options.fit.members) {
      require_gathered_for(options, member.recipe, saved);
    }
  }
  if (!options.has_data) require_same_missing(options, saved);
  options.fit.solver = solver_from_string(
      options.solver.value_or(options.stats.empty() ? "minibatch" : "statistics"));
  require_solver(options);
  options.fit.statistics.method = solver_method_from_string(options.method);
  options.fit.exchange = exchange_from_string(options.exchange);
  options.fit.group = &group();
  options.fit.distributed_checkpoints =
      is_distributed(options.reference) && options.fit.members.empty();
  options.fit.validate();
  data.original_attributes = wants_original_attributes(options.data, options.fit.recipe.name);
  data.missing_descriptions = missing_descriptions(options.data, recipe_for_missing(options.fit));
  data.shuffle_classes = options.shuffle_classes;
  if (options.has_data) return load_dataset(data);
  Dataset dataset = dataset_without_images(saved);
  if (options.shuffle_classes) shuffle_class_embeddings(dataset, *options.shuffle_classes);
  return dataset;
}

}  // namespace dem::cli
