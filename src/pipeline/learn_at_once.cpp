#include "pipeline/learn_at_once.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/log.h"
#include "learn/judging_folds.h"
#include "learn/settings_grid.h"
#include "pipeline/gamma_on_folds.h"
#include "pipeline/hub_on_folds.h"
#include "pipeline/joined_classes.h"
#include "pipeline/learning_source.h"
#include "pipeline/temperature_on_folds.h"

namespace dem {
namespace {

// Gamma of a recipe that does not choose it. Whether it was chosen.
bool take_gamma(Learned& learned, const Recipe& recipe, const LearningData& data) {
  const SetGamma gamma = set_gamma(recipe.gamma, num_learned(data.statistics), [&] {
    return gamma_on_folds(settled_with_hubs(recipe, learned.facts), data);
  });
  learned.gamma = static_cast<float>(gamma.value);
  return gamma.is_chosen;
}

// Whether a setting that came to something was left to choose: "auto", of a grid, where it has one,
// of more than one value.
bool leaves_settings(const Recipe& recipe, const Provenance& facts) {
  return std::any_of(facts.begin(), facts.end(), [&](const auto& fact) {
    const auto setting = recipe.settings.find(fact.first);
    if (setting == recipe.settings.end() || setting->second != "auto") return false;
    return !recipe.settings.contains(fact.first + "_grid") ||
           values_of(recipe, fact.first).size() > 1;
  });
}

// What of a recipe was left to choose, and what was chosen on held-out seen classes.
struct Choices {
  bool left = false;
  bool made = false;

  void add(bool is_left, bool is_made) {
    left = left || is_left;
    made = made || (is_left && is_made);
  }
  [[nodiscard]] std::string text() const { return made ? "val" : left ? "default" : "given"; }
};

// What a recipe learns from, for as long as `use` takes, and how its classes are joined.
template <typename Use>
auto with_data(const Dataset& dataset, const FitOptions& options, Communicator& group, Use&& use) {
  const FeatureMap base = base_of(options.recipe);
  const std::unique_ptr<LearningSource> source = open_source(dataset, options, base, group);
  const ClassStatistics statistics = source->statistics();
  log(LogLevel::kInfo,
      concat("learning from the statistics of ", statistics.num_images(), " images"));
  const auto data_with = [&](const ClassTable& classes) {
    return data_of(*source, classes, statistics, base, group);
  };
  const JoinedClasses joined =
      join_classes(dataset.classes, options.recipe, data_with(dataset.classes));
  LearningData data = data_with(joined.classes(dataset.classes));
  data.seed = options.seed;
  data.on_folds = [&](const Recipe& recipe) { return gamma_on_folds(recipe, data); };
  return use(data, joined);
}

LearnedAtOnce learn_from(const Recipe& recipe,
                         const LearningData& data,
                         const JoinedClasses& joined) {
  const RecipeEntry& entry = *find_recipe(recipe.name);
  Learned learned = entry.learn(recipe, data);
  Choices choices;
  choices.add(joined.are_weights_left(), joined.are_weights_found());
  choices.add(leaves_settings(recipe, learned.facts), learned.selected_accuracy.has_value());
  choices.add(recipe.hub_correction.by == GammaChoice::By::kValidation,
              take_hub_correction(learned, recipe, data));
  const bool has_gamma = entry.chooses_gamma && !learned.class_map.hub_correction();
  const bool finds_gamma = has_gamma ? learned.selected_accuracy || learned.gamma != 0.0f
                                     : take_gamma(learned, recipe, data);
  choices.add(recipe.gamma.by == GammaChoice::By::kValidation, finds_gamma);
  if (!choices.made) learned.selected_accuracy.reset();
  Calibration calibration =
      temperature_on_folds(settled_with_hubs(recipe, learned.facts), double{learned.gamma}, data);
  learned.temperature = calibration.temperature;
  learned.rejection = std::move(calibration.rejection);
  if (recipe.gamma.by != GammaChoice::By::kNone) {
    learned.facts["gamma"] = shortest_text(learned.gamma);
  }
  joined.describe(learned);
  return {std::move(learned), choices.text()};
}

}  // namespace

LearnedAtOnce learn_at_once(const Dataset& dataset,
                            const FitOptions& options,
                            Communicator& group) {
  return with_data(
      dataset, options, group, [&](const LearningData& data, const JoinedClasses& joined) {
        return learn_from(options.recipe, data, joined);
      });
}

std::optional<FoldGamma> judge_at_once(const Dataset& dataset,
                                       const FitOptions& options,
                                       Communicator& group) {
  const Recipe& recipe = options.recipe;
  return with_data(dataset, options, group, [&](const LearningData& data, const JoinedClasses&) {
    Learned learned = find_recipe(recipe.name)->learn(recipe, data);
    (void)take_hub_correction(learned, recipe, data);
    Recipe judged = settled_with_hubs(recipe, learned.facts);
    judged.gamma = gamma_for(recipe.gamma, num_learned(data.statistics));
    return data.on_folds(judged);
  });
}

}  // namespace dem
