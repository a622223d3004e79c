// Class-normalised cosine classifier: prototypes of a network trained with cross-entropy over the
// cosines of single images to all seen classes (Skorokhodov and Elhoseiny, ICLR 2021).
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "learn/closed_form_problem.h"
#include "learn/closed_form_recipe.h"
#include "learn/cnzsl/cnzsl_model.h"
#include "learn/families.h"
#include "learn/field_text.h"
#include "learn/grid_notes.h"
#include "learn/judging_folds.h"
#include "learn/kernel/doubtful_descriptions.h"
#include "learn/settings_grid.h"

namespace dem {
namespace {

// Chosen on held-out classes where nobody says them; their grids have the paper's value first.
const std::vector<std::string> kChosen = {"centre", "output_relu"};

struct SwitchSetting {
  const char* name;
  bool CnzslSettings::*field;
};

constexpr SwitchSetting kSwitches[] = {{"class_norm_before_relu", &CnzslSettings::norm_before_relu},
                                       {"class_norm_after_relu", &CnzslSettings::norm_after_relu},
                                       {"attribute_scale", &CnzslSettings::attribute_scale}};

struct RealSetting {
  const char* name;
  double CnzslSettings::*field;
  double least;
  bool above;  // the value is above `least`, not at it
  double most;
};

constexpr double kNoLimit = 1e30;
constexpr RealSetting kReals[] = {
    {"scale", &CnzslSettings::scale, 0.0, true, 1e3},
    {"learning_rate", &CnzslSettings::learning_rate, 0.0, true, kNoLimit},
    {"decay_factor", &CnzslSettings::decay_factor, 0.0, true, kNoLimit},
    {"l2_penalty", &CnzslSettings::l2_penalty, 0.0, false, kNoLimit},
    {"norm_momentum", &CnzslSettings::norm_momentum, 0.0, true, 1.0},
    {"norm_epsilon", &CnzslSettings::norm_epsilon, 0.0, true, kNoLimit}};

struct CountSetting {
  const char* name;
  Index CnzslSettings::*field;
};

constexpr CountSetting kCounts[] = {{"batch_size", &CnzslSettings::batch_size},
                                    {"num_epochs", &CnzslSettings::num_epochs},
                                    {"decay_epochs", &CnzslSettings::decay_epochs}};

double real_of(const Recipe& recipe, const RealSetting& setting) {
  const std::string& text = recipe.settings.at(setting.name);
  const auto value = number_in<double>(text);
  const bool good = value && *value <= setting.most &&
                    (setting.above ? *value > setting.least : *value >= setting.least);
  require_field(good,
                recipe,
                setting.name,
                concat("a number ",
                       setting.above ? "above " : "of at least ",
                       setting.least,
                       setting.most < kNoLimit ? concat(" and at most ", setting.most) : "",
                       ", got \"",
                       text,
                       '"'));
  return *value;
}

Index count_of(const Recipe& recipe, const std::string& name, const std::string& text) {
  const auto value = number_in<Index>(text);
  require_field(value && *value >= 1 && *value <= kMostCount,
                recipe,
                name,
                concat("a whole number of 1 .. ", kMostCount, ", got \"", text, '"'));
  return *value;
}

std::array<Index, 2> widths_of(const Recipe& recipe) {
  const std::string& text = recipe.settings.at("hidden_dim");
  const std::vector<std::string> words = words_of(text);
  require_field(words.size() == 1 || words.size() == 2,
                recipe,
                "hidden_dim",
                concat("one width or two, got \"", text, '"'));
  return {count_of(recipe, "hidden_dim", words.front()),
          count_of(recipe, "hidden_dim", words.back())};
}

bool proper_init_of(const Recipe& recipe) {
  const std::string& text = recipe.settings.at("init");
  require_field(text == "proper" || text == "default",
                recipe,
                "init",
                concat("proper or default, got \"", text, '"'));
  return text == "proper";
}

// All but what is chosen.
CnzslSettings settings_of(const Recipe& recipe) {
  CnzslSettings settings;
  for (const SwitchSetting& setting : kSwitches) {
    settings.*setting.field = bool_from_text(recipe.settings.at(setting.name), setting.name);
  }
  for (const RealSetting& setting : kReals) settings.*setting.field = real_of(recipe, setting);
  for (const CountSetting& setting : kCounts) {
    settings.*setting.field = count_of(recipe, setting.name, recipe.settings.at(setting.name));
  }
  settings.hidden_dims = widths_of(recipe);
  settings.proper_init = proper_init_of(recipe);
  return settings;
}

void check_cnzsl(const Recipe& recipe) {
  require_validation(recipe);
  require_field(recipe.metric == Metric::kCosine,
                recipe,
                "metric",
                concat("cosine, its score, got ", to_string(recipe.metric)));
  const ScalingKind scaling = recipe.feature_scaling;
  require_field(scaling == ScalingKind::kNone || scaling == ScalingKind::kL2,
                recipe,
                "feature_scaling",
                concat("none or l2, got ", to_string(scaling)));
  for (const std::string& name : kChosen) check_words(recipe, name, {"true", "false"});
  (void)settings_of(recipe);
}

Recipe make_cnzsl(std::string_view, TrainMode) {
  Recipe recipe;
  recipe.metric = Metric::kCosine;
  recipe.selection = Selection::kValidation;
  recipe.gamma.by = GammaChoice::By::kValidation;
  recipe.settings = {{"centre", "auto"},
                     {"centre_grid", "false true"},
                     {"output_relu", "auto"},
                     {"output_relu_grid", "true false"},
                     {"hidden_dim", "1024 1024"},
                     {"init", "proper"}};
  const CnzslSettings defaults;
  for (const SwitchSetting& setting : kSwitches) {
    recipe.settings[setting.name] = defaults.*setting.field ? "true" : "false";
  }
  for (const RealSetting& setting : kReals) {
    recipe.settings[setting.name] = concat(defaults.*setting.field);
  }
  for (const CountSetting& setting : kCounts) {
    recipe.settings[setting.name] = concat(defaults.*setting.field);
  }
  return recipe;
}

TrainingImages images_for(const Recipe& recipe, const LearningData& data) {
  if (!data.images) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("recipe ",
                       recipe.name,
                       ": expected single images in one process, got a file of statistics or "
                       "several processes"));
  }
  return data.images();
}

// A network that tells no class from another: a step too long leaves ReLUs that are 0 for all.
void warn_of_guessing(const Recipe& recipe, double loss, Index num_classes) {
  constexpr double kPartOfGuessing = 0.999;
  const double of_guessing = std::log(static_cast<double>(num_classes));
  if (loss < kPartOfGuessing * of_guessing) return;
  log(LogLevel::kWarning,
      concat("recipe ",
             recipe.name,
             ": the network has learned nothing: the loss of its last epoch is ",
             loss,
             ", and that of guessing among ",
             num_classes,
             " classes ",
             of_guessing,
             "; learning_rate may be too large or num_epochs too small"));
}

// With everything chosen.
Learned train_on(const Recipe& recipe,
                 const LearningData& data,
                 const TrainingImages& images,
                 const Choice& choice) {
  CnzslSettings settings = settings_of(recipe);
  settings.centre = bool_from_text(choice.at("centre"), "centre");
  settings.output_relu = bool_from_text(choice.at("output_relu"), "output_relu");
  const ClassInput input = only_space(recipe, data.classes);
  const std::vector<float> centre = settings.centre ? mean_image(images) : std::vector<float>();
  const CnzslProblem problem =
      make_cnzsl_problem(settings, data.classes.embeddings[0], images, centre);
  require_field(problem.descriptions.rows() >= 2,
                recipe,
                "classes",
                concat("two with training images at least, got ", problem.descriptions.rows()));
  CnzslNetwork network =
      initial_cnzsl_network(settings, input.dim, images.features.cols(), data.seed);
  const double loss = train_cnzsl(settings, problem, data.seed, network);
  if (!data.is_fold) warn_of_guessing(recipe, loss, problem.descriptions.rows());
  Learned learned{.feature_map = data.base.clone(),
                  .class_map = ClassMap(mlp_of(network, settings, input)),
                  .metric = Metric::kCosine};
  if (settings.centre) {
    learned.feature_map.add(
        FeatureScaling{ScalingKind::kStandard, centre, std::vector<float>(centre.size(), 1.0f)});
  }
  return learned;
}

struct CnzslChoice {
  Choice choice;
  std::optional<FoldGamma> on_folds;  // nothing where there was nothing to choose, or to choose by
  bool is_chosen = false;             // it is better than another one
};

// By H; by T1 where no images of seen classes were spared.
double order_of(const FoldGamma& found) {
  return found.harmonic.value_or(found.t1);
}

void log_choice_on_folds(const Choice& choice, const FoldGamma& found) {
  log(LogLevel::kInfo,
      concat("cnzsl: ",
             text_of(choice),
             ", on ",
             found.num_folds,
             " folds of held-out seen classes: T1 ",
             100.0 * found.t1,
             found.harmonic ? concat(", H ", 100.0 * *found.harmonic) : "",
             " at gamma ",
             found.gamma));
}

// The best of the grid on the folds, the first of equals.
CnzslChoice choose_on_folds(const Recipe& recipe, const LearningData& data) {
  const std::vector<Choice> grid = grid_of(recipe, kChosen);
  CnzslChoice best{grid[0], std::nullopt};
  const bool wants_gamma = recipe.gamma.by == GammaChoice::By::kValidation;
  if (grid.size() == 1 && !wants_gamma) return best;
  JudgedPoints judged;
  for (const Choice& choice : grid) {
    const auto found =
        data.on_folds ? data.on_folds(settled(recipe, choice)) : std::optional<FoldGamma>();
    if (!found) continue;
    log_choice_on_folds(choice, *found);
    judged.points.push_back(choice);
    judged.values.push_back(order_of(*found));
    if (best.on_folds && judged.values.back() <= order_of(*best.on_folds)) continue;
    best = {choice, found};
    judged.best = judged.points.size() - 1;
  }
  if (!best.on_folds) {
    log(LogLevel::kWarning,
        concat("recipe ",
               recipe.name,
               ": nothing to choose by (it takes folds of two held-out classes or more, so five "
               "seen classes with images): ",
               text_of(best.choice),
               wants_gamma ? " and gamma 0 are taken" : " are taken"));
    return best;
  }
  warn_of_equals(judged);
  best.is_chosen = judged.values.size() < grid.size() ||
                   std::any_of(judged.values.begin(), judged.values.end(), [&](double value) {
                     return value < order_of(*best.on_folds);
                   });
  return best;
}

// Where descriptions are made of one length.
void warn_of_descriptions(const Recipe& recipe, const LearningData& data) {
  if (data.is_fold || !settings_of(recipe).attribute_scale) return;
  (void)only_space(recipe, data.classes);
  warn_of_doubtful_descriptions(recipe.name, data.classes, unit_rows(data.classes.embeddings[0]));
}

Learned learn_cnzsl(const Recipe& wanted, const LearningData& data) {
  Recipe recipe = wanted;
  recipe.gamma = logged_gamma_for(wanted.gamma, num_learned(data.statistics));
  const TrainingImages images = images_for(recipe, data);
  warn_of_descriptions(recipe, data);
  const auto [choice, on_folds, is_chosen] = choose_on_folds(recipe, data);
  Learned learned = train_on(recipe, data, images, choice);
  for (const auto& [name, value] : choice) learned.facts[name] = value;
  const bool gamma_of_folds = on_folds && recipe.gamma.by == GammaChoice::By::kValidation;
  learned.gamma = static_cast<float>(gamma_of_folds ? on_folds->gamma : recipe.gamma.value);
  if (is_chosen) learned.selected_accuracy = on_folds->t1;
  return learned;
}

constexpr RecipeEntry kEntries[] = {
    {.name = "cnzsl",
     .summary = "class-normalised cosine classifier (Skorokhodov and Elhoseiny, 2021)",
     .fills_missing = true,
     .make = make_cnzsl,
     .validate = check_cnzsl,
     .chooses_gamma = true,
     .needs_images = true,
     .learn = learn_cnzsl},
};

}  // namespace

std::span<const RecipeEntry> cnzsl_recipes() {
  return kEntries;
}

}  // namespace dem
