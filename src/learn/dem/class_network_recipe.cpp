// Recipe `dem`: the paper's network (Zhang, Xiang and Gong, CVPR 2017) with everything chosen by
// itself, from class statistics.
//
// The squared error that the paper minimises by batches is a function of class counts and means
// (class_statistics.h), so that L-BFGS minimises it over all images at once.
#include "learn/dem/class_network_recipe.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dem/base/log.h"
#include "learn/closed_form_problem.h"
#include "learn/closed_form_recipe.h"
#include "learn/dem/network_model.h"
#include "learn/dem/network_selection.h"
#include "learn/field_text.h"
#include "learn/grid_notes.h"
#include "learn/judging_folds.h"
#include "learn/kernel/clear_gain.h"
#include "learn/kernel/fold_problems.h"
#include "learn/settings_grid.h"

namespace dem {
namespace {

constexpr Index kClassesForTwoFolds = 600;  // from here on two folds say as much as four of fewer
constexpr double kDefaultShrinkage = 0.6;

template <typename Value, typename FromText>
std::vector<Value> grid_values(const Recipe& recipe, const std::string& name, FromText&& from) {
  std::vector<Value> values;
  for (const Choice& choice : grid_of(recipe, {name})) values.push_back(from(choice.at(name)));
  return values;
}

std::vector<double> grid_numbers(const Recipe& recipe, const std::string& name) {
  std::vector<double> numbers = grid_values<double>(
      recipe, name, [&](const std::string& text) { return number_from_text<double>(text, name); });
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<Index> grid_counts(const Recipe& recipe, const std::string& name) {
  return grid_values<Index>(
      recipe, name, [&](const std::string& text) { return number_from_text<Index>(text, name); });
}

// The default where a grid has it, else the grid's middle one.
template <typename Value>
Value near_default(const std::vector<Value>& grid, Value value) {
  return std::find(grid.begin(), grid.end(), value) != grid.end() ? value : grid[grid.size() / 2];
}

struct WantedNetwork {
  NetworkSettings defaults;
  NetworkGrids grids;
};

WantedNetwork wanted_network(const Recipe& recipe) {
  WantedNetwork wanted;
  NetworkGrids& grids = wanted.grids;
  grids.spaces = grid_values<SpaceKind>(recipe, "space", space_kind_from_string);
  grids.shrinkages = grid_numbers(recipe, "shrinkage");
  grids.comparisons = grid_values<Metric>(recipe, "comparison", metric_from_string);
  grids.hidden_dims = grid_counts(recipe, "hidden_dim");
  grids.lambdas = grid_numbers(recipe, "lambda");
  grids.iterations = grid_counts(recipe, "iterations");
  std::sort(grids.iterations.begin(), grids.iterations.end());
  NetworkSettings& defaults = wanted.defaults;
  defaults.space = near_default(grids.spaces, defaults.space);
  defaults.shrinkage = near_default(grids.shrinkages, kDefaultShrinkage);
  defaults.comparison = near_default(grids.comparisons, defaults.comparison);
  defaults.hidden_dim = near_default(grids.hidden_dims, defaults.hidden_dim);
  defaults.lambda = near_default(grids.lambdas, defaults.lambda);
  defaults.iterations = near_default(grids.iterations, defaults.iterations);
  return wanted;
}

// What output_relu comes to in the plain space.
bool relu_of_plain(const Recipe& recipe, bool is_never_negative) {
  const std::string& text = recipe.settings.at("output_relu");
  return text == "auto" ? is_never_negative : text == "true";
}

std::vector<std::unique_ptr<NetworkFold>> network_folds(const Recipe& recipe,
                                                        const LearningData& data,
                                                        Index num_seen) {
  std::vector<std::unique_ptr<NetworkFold>> folds;
  const Index repeats = data.num_repeats(std::clamp<Index>((150 + num_seen - 1) / num_seen, 1, 4));
  for (Index repeat = 0; repeat < repeats; ++repeat) {
    for (const ScoredFold& fold : data.scored_folds(repeat)) {
      if (!can_judge(fold)) continue;
      const ClosedFormProblem problem = make_problem(recipe, data, fold.statistics, Shifts::kOne);
      folds.push_back(std::make_unique<NetworkFold>(problem, fold));
      if (num_seen > kClassesForTwoFolds && folds.size() == kFewestFolds) return folds;
    }
  }
  if (folds.size() < kFewestFolds) folds.clear();
  return folds;
}

std::string settings_text(const NetworkSettings& s) {
  return concat(to_string(s.space),
                s.space == SpaceKind::kWhitened ? concat(" space of shrinkage ", s.shrinkage)
                                                : std::string(" space"),
                ", hidden_dim ",
                s.hidden_dim,
                s.output_relu ? ", ReLU out" : "",
                ", lambda ",
                s.lambda,
                ", ",
                s.iterations,
                " iterations, by ",
                to_string(s.comparison));
}

Provenance network_facts(const NetworkSettings& s) {
  return {{"space", std::string(to_string(s.space))},
          {"shrinkage", concat(s.shrinkage)},
          {"comparison", std::string(to_string(s.comparison))},
          {"hidden_dim", concat(s.hidden_dim)},
          {"lambda", concat(s.lambda)},
          {"iterations", concat(s.iterations)},
          {"output_relu", s.output_relu ? "true" : "false"}};
}

void note_network_choice(const Recipe& recipe, const NetworkChoice& choice) {
  JudgedPoints judged{{}, {}, choice.best_point};
  for (const auto& point : choice.points) {
    judged.points.push_back(network_facts(point.settings));
    judged.values.push_back(point.value);
  }
  warn_of_equals(judged);
  if (!choice.took_default) note_ends(recipe, judged);
}

bool is_one_point(const NetworkGrids& grids) {
  return grids.spaces.size() == 1 && grids.shrinkages.size() == 1 &&
         grids.comparisons.size() == 1 && grids.hidden_dims.size() == 1 &&
         grids.lambdas.size() == 1 && grids.iterations.size() == 1;
}

// Nothing where there is nothing to choose, or nothing to choose by.
std::optional<NetworkChoice> network_choice_on_folds(const Recipe& recipe,
                                                     const LearningData& data,
                                                     const WantedNetwork& wanted) {
  if (is_one_point(wanted.grids)) return std::nullopt;
  const Index num_seen = num_learned(data.statistics);
  const auto folds = network_folds(recipe, data, num_seen);
  if (folds.empty()) {
    log(LogLevel::kWarning,
        concat("recipe ",
               recipe.name,
               ": nothing to choose by (",
               num_seen,
               " classes with images; it takes two folds of two held-out classes, from images or "
               "from statistics with a sample): its default settings are taken"));
    return std::nullopt;
  }
  const NetworkChoice choice = choose_network(
      folds, wanted.defaults, wanted.grids, standard_errors_wanted(num_seen), data.seed);
  log(LogLevel::kInfo,
      concat("dem, on ",
             folds.size(),
             " folds of held-out seen classes: ",
             settings_text(choice.settings),
             ": T1 ",
             100.0 * choice.t1,
             "; mean reciprocal rank of the best ",
             choice.rank,
             ", of the defaults ",
             choice.default_rank,
             choice.took_default ? ", no clear gain: the defaults" : ""));
  note_network_choice(recipe, choice);
  return choice;
}

}  // namespace

Recipe make_class_network(std::string_view, TrainMode) {
  Recipe recipe = closed_form_recipe({{"space", "auto"},
                                      {"space_grid", "plain whitened"},
                                      {"shrinkage", "auto"},
                                      {"shrinkage_grid", "0.3 0.6 0.9"},
                                      {"comparison", "auto"},
                                      {"comparison_grid", "cosine euclidean"},
                                      {"hidden_dim", "auto"},
                                      {"hidden_dim_grid", "0 256"},
                                      {"lambda", "auto"},
                                      {"lambda_grid", "0.01 0.03 0.1 0.3 1 3 10 30"},
                                      {"iterations", "auto"},
                                      {"iterations_grid", "0 10 30 100"},
                                      {"output_relu", "auto"}},
                                     Metric::kEuclidean);
  recipe.gamma.by = GammaChoice::By::kValidation;
  return recipe;
}

void check_class_network(const Recipe& recipe) {
  require_validation(recipe);
  require_field(
      recipe.metric == Metric::kEuclidean,
      recipe,
      "metric",
      concat("euclidean, which setting comparison (auto, euclidean or cosine) changes, got ",
             to_string(recipe.metric)));
  check_words(recipe, "space", {"plain", "whitened"});
  check_words(recipe, "comparison", {"euclidean", "cosine"});
  check_numbers(recipe, {"lambda", "shrinkage"});
  check_counts(recipe, {"hidden_dim", "iterations"});
  for (const double shrinkage : grid_numbers(recipe, "shrinkage")) {
    require_field(shrinkage <= 1.0, recipe, "shrinkage", concat("at most 1, got ", shrinkage));
  }
  const std::string& relu = recipe.settings.at("output_relu");
  require_field(relu == "auto" || relu == "true" || relu == "false",
                recipe,
                "output_relu",
                concat("auto, true or false, got \"", relu, '"'));
  require_field(relu != "true" || recipe.settings.at("space") == "plain",
                recipe,
                "output_relu",
                "auto or false unless space is plain, since prototypes of another space are "
                "negative too, got true");
}

Learned learn_class_network(const Recipe& recipe, const LearningData& data) {
  const ClosedFormProblem problem = problem_of_all(recipe, data);
  const NetworkFold all(problem);
  WantedNetwork wanted = wanted_network(recipe);
  wanted.grids.relu_of_plain = relu_of_plain(recipe, all.is_never_negative());
  wanted.defaults.output_relu =
      wanted.defaults.space == SpaceKind::kPlain && wanted.grids.relu_of_plain;
  const std::optional<NetworkChoice> choice = network_choice_on_folds(recipe, data, wanted);
  const NetworkSettings settings = choice ? choice->settings : wanted.defaults;
  const VisualSpace space = all.space(settings.space, settings.shrinkage);
  Learned learned;
  descend(all.inputs().rows,
          space.targets,
          settings,
          data.seed,
          std::vector{settings.iterations},
          [&](Index, const SolvedNetwork& network) {
            learned = network_model(problem, all, space, network, settings.comparison);
          });
  learned.facts = network_facts(settings);
  if (choice) learned.selected_accuracy = choice->t1;
  return learned;
}

}  // namespace dem
