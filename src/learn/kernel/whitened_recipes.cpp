// Recipes whitened and gp: prototypes by kernel ridge regression, and class means as a Gaussian
// process, in the space whitened by the shrunk covariance within classes.
//
// Everything but the choice of settings comes from counts, means and one second moment; settings
// are chosen on folds of held-out seen classes.
#include <algorithm>
#include <functional>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "learn/closed_form_problem.h"
#include "learn/closed_form_recipe.h"
#include "learn/families.h"
#include "learn/grid_notes.h"
#include "learn/kernel/gp_selection.h"
#include "learn/kernel/whitened_model.h"
#include "learn/kernel/whitened_selection.h"
#include "learn/settings_grid.h"

namespace dem {
namespace {

constexpr double kLeastRidge = 1e-6;  // products are in single precision
constexpr NumberRange kRidge{kLeastRidge, false};
constexpr NumberRange kPart{0.0, true, 1.0};
constexpr NumberRange kBlend{0.0, false};
constexpr const char* kKernelGrid = "linear gaussian-0.3 gaussian-1 gaussian-3";

void check_fields(const Recipe& recipe, Metric metric, const std::string& reason) {
  require_validation(recipe);
  require_field(recipe.metric == metric,
                recipe,
                "metric",
                concat(to_string(metric), reason, ", got ", to_string(recipe.metric)));
  const ScalingKind scaling = recipe.feature_scaling;
  require_field(scaling == ScalingKind::kNone || scaling == ScalingKind::kL2,
                recipe,
                "feature_scaling",
                concat("none or l2, got ", to_string(scaling)));
  check_texts(recipe, "kernel", kKernelSpecs, [](const std::string& text) {
    const auto spec = kernel_spec_in(text);
    return spec ? std::optional(to_string(*spec)) : std::nullopt;
  });
  check_range(recipe, "shrinkage", kPart);
}

void check_whitened(const Recipe& recipe) {
  check_fields(recipe, Metric::kCosine, " (setting comparison is what decides)");
  check_range(recipe, "lambda", kRidge);
  check_range(recipe, "blend", kBlend);
  check_words(recipe, "comparison", {"cosine", "euclidean"});
}

void check_gp(const Recipe& recipe) {
  check_fields(recipe, Metric::kDot, ", its score");
  check_range(recipe, "explained", kPart);
  check_words(recipe, "log_determinant", {"yes", "no"});
}

Recipe space_recipe(std::map<std::string, std::string> settings, Metric metric) {
  Recipe recipe = closed_form_recipe(std::move(settings), metric);
  recipe.feature_scaling = ScalingKind::kNone;
  recipe.gamma.by = GammaChoice::By::kValidation;
  return recipe;
}

Recipe make_whitened(std::string_view, TrainMode) {
  return space_recipe({{"kernel", "auto"},
                       {"kernel_grid", kKernelGrid},
                       {"lambda", "auto"},
                       {"lambda_grid", "0.01 0.03 0.1 0.3 1 3"},
                       {"shrinkage", "auto"},
                       {"shrinkage_grid", "0.1 0.3 0.6 0.8 0.9 0.95"},
                       {"comparison", "auto"},
                       {"comparison_grid", "cosine euclidean"},
                       {"blend", "auto"},
                       {"blend_grid", "0 1 4"}},
                      Metric::kCosine);
}

Recipe make_gp(std::string_view, TrainMode) {
  return space_recipe({{"kernel", "auto"},
                       {"kernel_grid", kKernelGrid},
                       {"explained", "auto"},
                       {"explained_grid", "0.3 0.6 0.8 0.9 0.97"},
                       {"shrinkage", "auto"},
                       {"shrinkage_grid", "0.1 0.3 0.6 0.9"},
                       {"log_determinant", "yes"},
                       {"log_determinant_grid", "yes no"}},
                      Metric::kDot);
}

std::vector<double> numbers(const Recipe& recipe, const std::string& name) {
  std::vector<double> values;
  for (const std::string& text : values_of(recipe, name)) values.push_back(number_in_text(text));
  return values;
}

std::vector<KernelSpec> kernels(const Recipe& recipe) {
  std::vector<KernelSpec> specs;
  for (const std::string& text : values_of(recipe, "kernel")) {
    specs.push_back(kernel_spec_in(text).value());
  }
  return specs;
}

WhitenedGrids whitened_grids(const Recipe& recipe, Index num_classes) {
  WhitenedGrids grids{numbers(recipe, "shrinkage"),
                      kernels_for(kernels(recipe), num_classes),
                      numbers(recipe, "lambda"),
                      {},
                      numbers(recipe, "blend")};
  for (const std::string& text : values_of(recipe, "comparison")) {
    grids.comparisons.push_back(metric_from_string(text));
  }
  grids.given_gamma = given_gamma(gamma_for(recipe.gamma, num_classes));
  return grids;
}

GpGrids gp_grids(const Recipe& recipe, Index num_classes) {
  GpGrids grids{kernels(recipe), numbers(recipe, "explained"), numbers(recipe, "shrinkage"), {}};
  for (const std::string& text : values_of(recipe, "log_determinant")) {
    grids.log_determinants.push_back(text == "yes");
  }
  grids.given_gamma = given_gamma(gamma_for(recipe.gamma, num_classes));
  return grids;
}

// The default where the grid has it, else its first value.
template <typename T>
T start_of(const std::vector<T>& grid, const T& usual) {
  return std::find(grid.begin(), grid.end(), usual) != grid.end() ? usual : grid[0];
}

WhitenedSettings whitened_start(const WhitenedGrids& grids) {
  const WhitenedSettings usual;
  return {start_of(grids.kernels, usual.kernel),
          start_of(grids.lambdas, usual.lambda),
          start_of(grids.shrinkages, usual.shrinkage),
          start_of(grids.comparisons, usual.comparison),
          start_of(grids.blends, usual.blend)};
}

GpSettings gp_start(const GpGrids& grids) {
  const GpSettings usual;
  return {start_of(grids.kernels, usual.kernel),
          start_of(grids.explained, usual.explained),
          start_of(grids.shrinkages, usual.shrinkage),
          start_of(grids.log_determinants, usual.log_determinant)};
}

Provenance facts_of(const WhitenedSettings& settings) {
  return {{"kernel", to_string(settings.kernel)},
          {"lambda", concat(settings.lambda)},
          {"shrinkage", concat(settings.shrinkage)},
          {"comparison", std::string(to_string(settings.comparison))},
          {"blend", concat(settings.blend)}};
}

Provenance facts_of(const GpSettings& settings) {
  return {{"kernel", to_string(settings.kernel)},
          {"explained", concat(settings.explained)},
          {"shrinkage", concat(settings.shrinkage)},
          {"log_determinant", settings.log_determinant ? "yes" : "no"}};
}

template <typename Judged>
JudgedPoints judged_of(const std::vector<Judged>& all, std::size_t best) {
  JudgedPoints judged{{}, {}, best};
  for (const Judged& one : all) {
    judged.points.push_back(facts_of(one.settings));
    judged.values.push_back(one.value);
  }
  return judged;
}

void log_defaults(const Recipe& recipe, const LearningData& data, const Provenance& facts) {
  log(LogLevel::kWarning,
      concat("recipe ",
             recipe.name,
             ": nothing to choose by (",
             num_learned(data.statistics),
             " classes with images; it takes two folds of two held-out classes, from images or "
             "from statistics with a sample): its default settings are taken, ",
             text_of(facts)));
}

void log_no_signal(const Recipe& recipe, std::size_t num_folds, const Provenance& facts) {
  log(LogLevel::kWarning,
      concat("recipe ",
             recipe.name,
             ": nothing to choose by: on none of ",
             num_folds,
             " folds of held-out seen classes do the means of the other classes differ by more "
             "than their noise: its default settings are taken, ",
             text_of(facts)));
}

void log_choice(const Recipe& recipe,
                std::size_t num_folds,
                const Provenance& facts,
                const std::string& scores) {
  log(LogLevel::kInfo,
      concat(recipe.name,
             ", on ",
             num_folds,
             " folds of held-out seen classes: ",
             text_of(facts),
             "; ",
             scores));
}

std::string harmonic_text(std::optional<double> harmonic) {
  return harmonic ? concat(", H ", 100.0 * *harmonic)
                  : std::string(", and no images of seen classes to spare");
}

std::string scores_of_gp(const GpChoice& choice) {
  std::string text = concat("T1 ", 100.0 * choice.t1, harmonic_text(choice.harmonic));
  if (choice.default_sum) {
    text += concat(
        choice.harmonic ? ", T1 + H" : ", T1", " of the defaults ", 100.0 * *choice.default_sum);
  }
  if (choice.num_failed > 0) {
    text += concat("; on ", choice.num_failed, " of them classes do not differ, which counts as 0");
  }
  return text;
}

std::vector<std::string> names_of(const FoldProblem& all, const LearningData& data) {
  std::vector<std::string> names;
  for (const ClassId id : all.scatter().classes) names.push_back(data.classes.names[at(id)]);
  return names;
}

// T1 on held-out classes where settings were chosen by it.
struct ChosenWhitened {
  WhitenedSettings settings;
  std::optional<double> t1;
};

ChosenWhitened settings_of_whitened(const Recipe& recipe,
                                    const LearningData& data,
                                    MatrixView<const double> unit_rows) {
  const Index num_classes = num_learned(data.statistics);
  const WhitenedGrids grids = whitened_grids(recipe, num_classes);
  const WhitenedSettings start = whitened_start(grids);
  if (!grids.has_choice()) return {start, {}};
  const FoldProblems folds = fold_problems(data, unit_rows);
  if (folds.empty()) {
    log_defaults(recipe, data, facts_of(start));
    return {start, {}};
  }
  const WhitenedChoice choice = choose_whitened(folds, num_classes, start, grids);
  std::string scores =
      concat("T1 ", 100.0 * choice.t1, ", of the defaults ", 100.0 * choice.default_t1);
  scores += harmonic_text(choice.harmonic);
  log_choice(recipe, folds.size(), facts_of(choice.settings), scores);
  const JudgedPoints points = judged_of(choice.points, choice.best_point);
  warn_of_equals(points);
  if (!choice.took_default) note_ends(recipe, points);
  if (!choice.blends.empty()) note_ends(recipe, judged_of(choice.blends, choice.best_blend));
  return {choice.settings, choice.t1};
}

// Its process is one of all seen classes together, whatever the kernel is.
void require_few_classes(const Recipe& recipe, Index num_classes) {
  if (num_classes <= kVeryManyClasses) return;
  throw Error(ErrorKind::kUnsupported,
              concat("recipe ",
                     recipe.name,
                     ": expected at most ",
                     kVeryManyClasses,
                     " seen classes with images, since it factors a matrix of all of them, got ",
                     num_classes,
                     "; recipe auto takes any number"));
}

void require_two_classes(const Recipe& recipe, Index num_classes) {
  if (num_classes >= kFewestOfFold) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("recipe ",
                     recipe.name,
                     ": expected at least ",
                     kFewestOfFold,
                     " seen classes with images, whose means can differ, got ",
                     num_classes));
}

struct ChosenGp {
  GpSettings settings;
  std::optional<double> t1;
};

ChosenGp settings_of_gp(const Recipe& recipe,
                        const LearningData& data,
                        MatrixView<const double> unit_rows) {
  const Index num_classes = num_learned(data.statistics);
  const GpGrids grids = gp_grids(recipe, num_classes);
  const GpSettings start = gp_start(grids);
  if (!grids.has_choice()) return {start, {}};
  const FoldProblems folds = fold_problems(data, unit_rows);
  if (folds.empty()) {
    log_defaults(recipe, data, facts_of(start));
    return {start, {}};
  }
  const auto choice = choose_gp(folds, num_classes, start, grids);
  if (!choice) {
    log_no_signal(recipe, folds.size(), facts_of(start));
    return {start, {}};
  }
  log_choice(recipe, folds.size(), facts_of(choice->settings), scores_of_gp(*choice));
  const JudgedPoints points = judged_of(choice->points, choice->best_point);
  warn_of_equals(points);
  if (!choice->took_default) note_ends(recipe, points);
  return {choice->settings, choice->t1};
}

Learned learn_whitened(const Recipe& recipe, const LearningData& data) {
  const ClosedFormProblem problem = problem_of_all(recipe, data);
  const ChosenWhitened chosen = settings_of_whitened(recipe, data, problem.embeddings);
  const FoldProblem all(problem.statistics, problem.embeddings);
  Learned learned = whitened_model({all, problem.input, names_of(all, data), problem.feature_map},
                                   chosen.settings);
  learned.facts = facts_of(chosen.settings);
  learned.selected_accuracy = chosen.t1;
  return learned;
}

Learned learn_gp(const Recipe& recipe, const LearningData& data) {
  require_two_classes(recipe, num_learned(data.statistics));
  require_few_classes(recipe, num_learned(data.statistics));
  const ClosedFormProblem problem = problem_of_all(recipe, data);
  const ChosenGp chosen = settings_of_gp(recipe, data, problem.embeddings);
  const FoldProblem all(problem.statistics, problem.embeddings);
  Learned learned =
      gp_model({all, problem.input, names_of(all, data), problem.feature_map}, chosen.settings);
  learned.facts = facts_of(chosen.settings);
  learned.selected_accuracy = chosen.t1;
  return learned;
}

constexpr RecipeEntry kWhitenedEntries[] = {
    {.name = "whitened",
     .summary = "prototypes by kernel regression, in the space whitened within classes",
     .fills_missing = true,
     .make = make_whitened,
     .validate = check_whitened,
     .learn = learn_whitened},
    {.name = "gp",
     .summary = "class means as a Gaussian process over descriptions, scored with its variances",
     .fills_missing = true,
     .make = make_gp,
     .validate = check_gp,
     .has_class_offsets = true,
     .learn = learn_gp},
};

}  // namespace

std::span<const RecipeEntry> whitened_recipes() {
  return kWhitenedEntries;
}

}  // namespace dem
