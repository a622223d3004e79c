#include "grid_options.h"

#include <string>
#include <vector>

#include "processes.h"

namespace dem::cli {
namespace {

constexpr const char* kBy = "selection_by";
constexpr const char* kFolds = "selection_folds";

std::vector<GridAxis> axes_of(const TrainOptions& options) {
  std::vector<GridAxis> axes;
  try {
    for (const std::string& text : options.grid) axes.push_back(grid_axis_from_string(text));
  } catch (const Error& error) {
    throw Error(error.kind(), "--" + std::string(error.what()));
  }
  return axes;
}

std::vector<std::map<std::string, std::string>> points_of(std::span<const GridAxis> axes) {
  try {
    return grid_points(axes);
  } catch (const Error& error) {
    throw Error(error.kind(), "--" + std::string(error.what()));
  }
}

// Held-out classes judge, whatever the recipe has.
void select_on_folds(RecipeOptions& recipe) {
  const auto given = recipe.fields.find("selection");
  if (given == recipe.fields.end()) {
    recipe.fields["selection"] = {"val", "--grid"};
  } else if (given->second.text != "val") {
    throw Error(ErrorKind::kInvalidArgument,
                given->second.option +
                    ": expected val with --grid, whose points are judged on "
                    "held-out seen classes, got " +
                    given->second.text);
  }
}

// What learns at once has folds of its own, and says by --select-by what counts on them.
void take_judge(TrainOptions& options) {
  RecipeOptions& recipe = options.recipe;
  if (const auto given = recipe.fields.find(kFolds); given != recipe.fields.end()) {
    throw Error(ErrorKind::kInvalidArgument,
                given->second.option +
                    ": expected a recipe that trains in steps, since one that "
                    "learns at once has folds of its own");
  }
  if (const auto given = recipe.fields.find(kBy); given != recipe.fields.end()) {
    options.grid_by = selection_by_from_string(given->second.text);
    if (options.grid_by == SelectionBy::kAccuracy) {
      throw Error(ErrorKind::kInvalidArgument,
                  given->second.option +
                      ": expected T1 or H with --grid and a recipe that learns at once, got "
                      "accuracy");
    }
    recipe.fields.erase(given);
  }
}

bool is_at_once(const RecipeOptions& options, std::string_view layout) {
  RecipeOptions named = options;
  named.fields.erase(kBy);
  named.fields.erase(kFolds);
  return find_recipe(choices_of(named, layout, group().size()).recipe)->learn != nullptr;
}

// A field that an option gives, too.
void require_ungiven(const RecipeOptions& options, const GridAxis& axis) {
  const auto given = options.fields.find(axis.field);
  if (given == options.fields.end()) return;
  throw Error(
      ErrorKind::kInvalidArgument,
      "--grid " + axis.field + ": expected it once, got it with " + given->second.option + ", too");
}

GridPoint point_of(const RecipeOptions& options,
                   const std::map<std::string, std::string>& fields,
                   const std::function<Recipe(const RecipeOptions&)>& plan) {
  RecipeOptions changed = options;
  std::string where = "--grid";
  for (const auto& [field, text] : fields) {
    changed.fields[field] = {text, "--grid " + field};
    where += " " + field + "=" + text;
  }
  try {
    Recipe recipe = plan(changed);
    recipe.validate();
    return {fields, std::move(recipe)};
  } catch (const Error& error) {
    const std::string message = error.what();
    throw Error(error.kind(), message.starts_with("--") ? message : where + ": " + message);
  }
}

}  // namespace

void plan_grid(TrainOptions& options,
               std::string_view layout,
               const std::function<Recipe(const RecipeOptions&)>& plan) {
  if (options.seeds) {
    throw Error(ErrorKind::kInvalidArgument,
                "--grid: expected it without --seeds, got both: try the grid with one seed, then "
                "the best settings with several (--settings OUT/summary.json)");
  }
  const std::vector<GridAxis> axes = axes_of(options);
  for (const GridAxis& axis : axes) require_ungiven(options.recipe, axis);
  const auto points = points_of(axes);
  is_at_once(options.recipe, layout) ? take_judge(options) : select_on_folds(options.recipe);
  for (const auto& fields : points) {
    options.points.push_back(point_of(options.recipe, fields, plan));
  }
}

}  // namespace dem::cli
