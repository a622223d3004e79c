// Kernel prototypes: prototypes predicted from descriptions by kernel ridge regression, in a space
// whitened by how images scatter within classes and by how wrong predicted prototypes are.
//
// Everything but the choice of settings comes from counts, means and one second moment; settings
// are chosen on folds of held-out seen classes (kernel_selection.h).
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/at.h"
#include "base/enum_names.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "learn/closed_form_problem.h"
#include "learn/closed_form_recipe.h"
#include "learn/families.h"
#include "learn/field_text.h"
#include "learn/kernel/fold_problems.h"
#include "learn/kernel/kernel_model.h"
#include "learn/kernel/kernel_selection.h"

namespace dem {
namespace {

constexpr const char* kAuto = "auto";
constexpr double kLeastLambda = 1e-6;  // products are in single precision

// A setting that is a number, its least value, and the field and grid that it fixes.
struct NumberSetting {
  const char* name;
  double least;
  bool above;  // the value is above `least`, not at it
  double KernelSettings::*field;
  std::vector<double> KernelGrids::*grid;
};

constexpr NumberSetting kNumbers[] = {
    {"lambda", kLeastLambda, false, &KernelSettings::lambda, &KernelGrids::lambdas},
    {"shrinkage", 0.0, false, &KernelSettings::shrinkage, &KernelGrids::shrinkages},
    {"kappa", 0.0, false, &KernelSettings::kappa, &KernelGrids::kappas},
    {"hub", 0.0, false, &KernelSettings::hub, &KernelGrids::hubs},
    {"hub_fraction", 0.0, true, &KernelSettings::hub_fraction, &KernelGrids::hub_fractions},
    {"blend", -1e9, false, &KernelSettings::blend, &KernelGrids::blends},
    {"gaussian", 0.0, false, &KernelSettings::gaussian, &KernelGrids::gaussians},
};

// The number of a setting that is not "auto". Throws Error{kInvalidArgument}.
std::optional<double> given_number(const Recipe& recipe,
                                   const char* name,
                                   double least,
                                   bool above) {
  const std::string& text = recipe.settings.at(name);
  if (text == kAuto) return std::nullopt;
  const auto value = number_in<double>(text);
  const bool good = value && std::isfinite(*value) && (above ? *value > least : *value >= least);
  require_field(
      good,
      recipe,
      name,
      concat(
          "auto or a number ", above ? "above " : "of at least ", least, ", got \"", text, "\""));
  return value;
}

struct Wanted {
  KernelSettings defaults;
  KernelGrids grids;
};

// Strength and exponent of the Gaussian go together.
void take_spread(const Recipe& recipe, Wanted& wanted) {
  const auto strength = given_number(recipe, "strength", 0.0, false);
  const auto exponent = given_number(recipe, "exponent", 0.0, false);
  if (strength) wanted.defaults.strength = *strength;
  if (exponent) wanted.defaults.exponent = *exponent;
  std::vector<KernelGrids::Spread> left;
  for (KernelGrids::Spread spread : wanted.grids.spreads) {
    if (strength) spread.strength = *strength;
    if (exponent) spread.exponent = *exponent;
    const bool known = std::any_of(left.begin(), left.end(), [&](const auto& other) {
      return other.strength == spread.strength && other.exponent == spread.exponent;
    });
    if (!known) left.push_back(spread);
  }
  wanted.grids.spreads = left;
}

// How much is tried.
enum class Tuning { kNone, kQuick, kThorough };
constexpr EnumName<Tuning> kTunings[] = {
    {Tuning::kQuick, "quick"}, {Tuning::kThorough, "thorough"}, {Tuning::kNone, "none"}};

Tuning tuning_of(const Recipe& recipe) {
  return choice_from_text([](std::string_view name) { return value_of(kTunings, name, "tune"); },
                          recipe.settings.at("tune"),
                          "tune");
}

// All lambdas and, at all shrinkages, all kappas, of twice as many pairs of kernel and lambda.
void make_thorough(KernelGrids& grids) {
  grids.first_lambdas = grids.lambdas;
  grids.first_shrinkages = grids.shrinkages;
  grids.kept_pairs = 6;
  grids.kept_shrinkages = grids.shrinkages.size();
  grids.spares_folds = false;
}

Wanted wanted_by(const Recipe& recipe) {
  Wanted wanted;
  if (const std::string& name = recipe.settings.at("kernel"); name != kAuto) {
    wanted.defaults.kernel = kernel_kind_from_string(name);
    wanted.grids.kernels = {wanted.defaults.kernel};
  }
  for (const NumberSetting& setting : kNumbers) {
    const auto value = given_number(recipe, setting.name, setting.least, setting.above);
    if (!value) continue;
    wanted.defaults.*setting.field = *value;
    wanted.grids.*setting.grid = {*value};
  }
  if (wanted.grids.lambdas.size() == 1) wanted.grids.first_lambdas = wanted.grids.lambdas;
  if (wanted.grids.shrinkages.size() == 1) wanted.grids.first_shrinkages = wanted.grids.shrinkages;
  require_field(wanted.defaults.shrinkage <= 1.0,
                recipe,
                "shrinkage",
                concat("at most 1, got ", wanted.defaults.shrinkage));
  require_field(wanted.defaults.hub_fraction <= 1.0,
                recipe,
                "hub_fraction",
                concat("at most 1, got ", wanted.defaults.hub_fraction));
  take_spread(recipe, wanted);
  wanted.grids.standard_errors = given_number(recipe, "standard_errors", 0.0, false);
  if (tuning_of(recipe) == Tuning::kThorough) make_thorough(wanted.grids);
  wanted.grids.given_gamma = given_gamma(recipe.gamma);
  wanted.defaults.gamma = recipe.gamma.value;
  return wanted;
}

void check_kernel(const Recipe& recipe) {
  require_validation(recipe);
  require_field(recipe.metric == Metric::kDot,
                recipe,
                "metric",
                concat("dot, its score, got ", to_string(recipe.metric)));
  require_field(recipe.feature_scaling == ScalingKind::kL2,
                recipe,
                "feature_scaling",
                concat("l2, got ", to_string(recipe.feature_scaling)));
  (void)wanted_by(recipe);
  (void)tuning_of(recipe);
}

Recipe make_kernel(std::string_view, TrainMode) {
  Recipe recipe;
  recipe.feature_scaling = ScalingKind::kL2;
  recipe.metric = Metric::kDot;
  recipe.selection = Selection::kValidation;
  recipe.gamma.by = GammaChoice::By::kValidation;
  for (const char* name : {"kernel", "strength", "exponent", "standard_errors"})
    recipe.settings[name] = kAuto;
  for (const NumberSetting& setting : kNumbers) recipe.settings[setting.name] = kAuto;
  recipe.settings["tune"] = "quick";
  return recipe;
}

std::string hub_text(const KernelSettings& s) {
  if (s.hub == 0.0) return "no hub term";
  return concat("hub ", s.hub, " over ", s.hub_fraction, " of the seen classes");
}

std::string gaussian_text(const KernelSettings& s) {
  if (s.gaussian == 0.0) return "no gaussian";
  return concat("gaussian ", s.gaussian, " of strength ", s.strength, ", exponent ", s.exponent);
}

// What was chosen, and why, in three lines.
void log_choice(const Recipe& recipe, const KernelChoice& choice, std::size_t num_folds) {
  const KernelSettings& s = choice.settings;
  log(LogLevel::kInfo,
      concat("recipe ",
             recipe.name,
             ", on ",
             num_folds,
             " folds of held-out seen classes: kernel ",
             to_string(s.kernel),
             ", lambda ",
             s.lambda,
             ", shrinkage ",
             s.shrinkage,
             ", kappa ",
             s.kappa,
             "; mean reciprocal rank of the best ",
             choice.rank,
             ", of the defaults ",
             choice.default_rank,
             choice.took_default ? ", no clear gain: the defaults" : ""));
  log(LogLevel::kInfo, concat(hub_text(s), ", blend ", s.blend, ", ", gaussian_text(s)));
  const std::string both =
      choice.harmonic ? concat(", H ", 100.0 * *choice.harmonic, ", AUSUC ", 100.0 * *choice.area)
                      : std::string(", and no images of seen classes to spare");
  log(LogLevel::kInfo,
      concat("gamma ", s.gamma, ": T1 ", 100.0 * choice.t1, both, ", on held-out classes"));
}

Provenance facts_of(const KernelSettings& s) {
  return {{"kernel", std::string(to_string(s.kernel))},
          {"lambda", concat(s.lambda)},
          {"shrinkage", concat(s.shrinkage)},
          {"kappa", concat(s.kappa)},
          {"hub", concat(s.hub)},
          {"hub_fraction", concat(s.hub_fraction)},
          {"blend", concat(s.blend)},
          {"gaussian", concat(s.gaussian)},
          {"strength", concat(s.strength)},
          {"exponent", concat(s.exponent)}};
}

// What is worth trying for so many classes.
KernelGrids grids_for(const Wanted& wanted, Index num_classes) {
  KernelGrids grids = wanted.grids;
  const std::vector<KernelSpec> all(grids.kernels.begin(), grids.kernels.end());
  grids.kernels.clear();
  for (const KernelSpec& kernel : kernels_for(all, num_classes)) {
    grids.kernels.push_back(kernel.kind);
  }
  return grids;
}

KernelChoice choose(const Recipe& recipe,
                    const LearningData& data,
                    const ClosedFormProblem& problem,
                    bool& chosen) {
  const Wanted wanted = wanted_by(recipe);
  KernelChoice choice;
  choice.settings = wanted.defaults;
  chosen = false;
  const Tuning tuning = tuning_of(recipe);
  if (tuning == Tuning::kNone) return choice;
  const Index num_classes = num_learned(data.statistics);
  const FoldProblems folds =
      fold_problems(data, problem.embeddings, tuning == Tuning::kThorough ? 2 : 1);
  if (folds.empty()) {
    log(LogLevel::kWarning,
        concat("recipe ",
               recipe.name,
               ": nothing to choose by (",
               num_classes,
               " classes with images; it takes two folds of two held-out classes, from images or "
               "from statistics with a sample): its default settings are taken, and gamma ",
               choice.settings.gamma));
    return choice;
  }
  choice = choose_settings(folds, num_classes, wanted.defaults, grids_for(wanted, num_classes));
  chosen = true;
  log_choice(recipe, choice, folds.size());
  return choice;
}

Learned learn_kernel(const Recipe& recipe, const LearningData& data) {
  const ClosedFormProblem problem = problem_of_all(recipe, data);
  bool chosen = false;
  const KernelChoice choice = choose(recipe, data, problem, chosen);
  const FoldProblem all(problem.statistics, problem.embeddings);
  std::vector<std::string> names;
  for (const ClassId id : all.scatter().classes) names.push_back(data.classes.names[at(id)]);
  Learned learned =
      kernel_model(all, choice.settings, problem.input, std::move(names), problem.feature_map);
  learned.facts = facts_of(choice.settings);
  if (chosen) learned.selected_accuracy = choice.t1;
  return learned;
}

// `auto` is whatever we know to be best where nothing is known of the data; kernel-prototypes keeps
// its name for those who mean it.
constexpr RecipeEntry kEntries[] = {
    {.name = "auto",
     .summary = "kernel-prototypes, for any data: nothing to set, seconds",
     .fills_missing = true,
     .default_for = "*",
     .make = make_kernel,
     .validate = check_kernel,
     .chooses_gamma = true,
     .has_hub_term = true,
     .learn = learn_kernel},
    {.name = "kernel-prototypes",
     .summary = "prototypes by kernel regression in a whitened space, all chosen by itself",
     .fills_missing = true,
     .make = make_kernel,
     .validate = check_kernel,
     .chooses_gamma = true,
     .has_hub_term = true,
     .learn = learn_kernel},
};

}  // namespace

std::span<const RecipeEntry> kernel_recipes() {
  return kEntries;
}

}  // namespace dem
