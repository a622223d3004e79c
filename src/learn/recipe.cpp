#include "dem/learn/recipe.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/enum_names.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/family.h"
#include "learn/field_text.h"
#include "learn/network_fields.h"

namespace dem {
namespace {

constexpr EnumName<Selection> kSelections[] = {
    {Selection::kLast, "last"}, {Selection::kValidation, "val"}, {Selection::kTest, "test"}};

constexpr EnumName<SelectionBy> kSelectionsBy[] = {
    {SelectionBy::kAccuracy, "accuracy"}, {SelectionBy::kT1, "T1"}, {SelectionBy::kH, "H"}};

GammaChoice gamma_from(const std::string& text, const char* field) {
  return choice_from_text(
      [field](std::string_view words) { return gamma_choice_from_string(words, field); },
      text,
      field);
}

struct SharedField {
  const char* name;
  void (*set)(Recipe& recipe, const std::string& text);
  bool is_of_steps = false;  // what learns at once has not got it
};

// H is that of a model with a gamma, unless somebody wants none.
void judge_by(Recipe& recipe, SelectionBy by) {
  recipe.selection_by = by;
  if (by == SelectionBy::kH && recipe.gamma.by == GammaChoice::By::kNone) {
    recipe.gamma.by = GammaChoice::By::kValidation;
  }
}

constexpr SharedField kShared[] = {
    {"feature_scaling",
     [](Recipe& recipe, const std::string& text) {
       recipe.feature_scaling = choice_from_text(scaling_kind_from_string, text, "feature_scaling");
     }},
    {"metric",
     [](Recipe& recipe, const std::string& text) {
       recipe.metric = choice_from_text(metric_from_string, text, "metric");
     }},
    {"selection",
     [](Recipe& recipe, const std::string& text) {
       recipe.select(choice_from_text(selection_from_string, text, "selection"));
     }},
    {"selection_by",
     [](Recipe& recipe, const std::string& text) {
       judge_by(recipe, choice_from_text(selection_by_from_string, text, "selection_by"));
     },
     true},
    {"selection_folds",
     [](Recipe& recipe, const std::string& text) {
       recipe.selection_folds = number_from_text<Index>(text, "selection_folds");
     },
     true},
    {"gamma",
     [](Recipe& recipe, const std::string& text) { recipe.gamma = gamma_from(text, "gamma"); }},
    {"hub_correction",
     [](Recipe& recipe, const std::string& text) {
       recipe.hub_correction = gamma_from(text, "hub_correction");
     }},
};

constexpr const char* kSpaceWeights = "space_weights";  // of recipes that learn at once
constexpr const char* kFound = "val";

std::vector<double> space_weights_in(const std::string& text) {
  std::vector<double> weights;
  if (text == kFound) return weights;
  for (const std::string& word : words_of(text)) {
    const auto weight = number_in<double>(word);
    if (!weight || !std::isfinite(*weight) || *weight < 0.0) {
      misread_field(kSpaceWeights, "val, or numbers of at least 0, one a semantic space", text);
    }
    weights.push_back(*weight);
  }
  if (weights.empty()) misread_field(kSpaceWeights, "val, or a number a semantic space", text);
  return weights;
}

constexpr const char* kThreshold = "selection_threshold";  // of recipes in steps

void set_one(Recipe& recipe, const std::string& field, const std::string& text) {
  if (const auto setting = recipe.settings.find(field); setting != recipe.settings.end()) {
    setting->second = text;
    return;
  }
  for (const SharedField& shared : kShared) {
    if (field == shared.name) return shared.set(recipe, text);
  }
  if (field == kSpaceWeights) {
    recipe.space_weights = space_weights_in(text);
  } else if (field == kThreshold) {
    recipe.selection_threshold = number_from_text<double>(text, field);
  } else {
    set_field(*recipe.network, field, text);
  }
}

// A recipe learns at once, or trains a network in steps.
void require_one_way(const Recipe& recipe) {
  if (learns_at_once(recipe) != recipe.network.has_value()) return;
  throw Error(
      ErrorKind::kInvalidArgument,
      recipe.network
          ? concat("recipe ", recipe.name, ": network: expected none, since it learns at once")
          : concat("recipe: expected one of ",
                   join(recipe_names()),
                   ", or a network to train, got \"",
                   recipe.name,
                   "\" without"));
}

// Why a recipe has no hub correction; null: it may have one.
const char* why_without_hubs(const Recipe& recipe) {
  if (recipe.network) return "it trains in steps and hubs are found by recipes that learn at once";
  const RecipeEntry* entry = find_recipe(recipe.name);
  if (entry != nullptr && entry->has_hub_term) return "it has a hub term of its own (setting hub)";
  if (entry != nullptr && entry->has_class_offsets) {
    return "its classes have offsets, without which the mean of the largest comparisons is not "
           "that of scores";
  }
  return nullptr;
}

void validate_hubs(const Recipe& recipe) {
  const GammaChoice& hubs = recipe.hub_correction;
  if (hubs.by == GammaChoice::By::kNone) return;
  if (const char* reason = why_without_hubs(recipe)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("recipe ",
                       recipe.name,
                       ": hub_correction: expected none, since ",
                       reason,
                       ", got ",
                       to_string(hubs)));
  }
  if (hubs.value >= 0.0) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("recipe: hub_correction: expected none, val or a number of at least 0, got ",
                     hubs.value));
}

}  // namespace

std::string_view to_string(Selection selection) noexcept {
  return name_of(kSelections, selection);
}

Selection selection_from_string(std::string_view name) {
  return value_of(kSelections, name, "selection");
}

std::string_view to_string(SelectionBy by) noexcept {
  return name_of(kSelectionsBy, by);
}

SelectionBy selection_by_from_string(std::string_view name) {
  return value_of(kSelectionsBy, name, "selection_by");
}

void Recipe::validate() const {
  if (selection_folds < 0) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("recipe: selection_folds: expected at least 1, or 0 for as many as the data "
                       "suggest, got ",
                       selection_folds));
  }
  if (!std::isfinite(selection_threshold)) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("recipe: selection_threshold: expected a finite number, got ", selection_threshold));
  }
  if (!std::isfinite(static_cast<float>(gamma.value))) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("recipe: gamma: expected a finite number, got ", gamma.value));
  }
  require_one_way(*this);
  validate_hubs(*this);
  if (network && !space_weights.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("recipe ",
                       name,
                       ": space_weights: expected none, its network has a weight of its own for "
                       "each space (input_gains), got ",
                       join(space_weights)));
  }
  const RecipeEntry* entry = find_recipe(name);
  if (entry != nullptr && entry->validate != nullptr) entry->validate(*this);
  if (network) network->validate();
}

void Recipe::select(Selection by) {
  if (by == Selection::kTest && selection != Selection::kTest) {
    selection_threshold = -1.0;
    selection_by = SelectionBy::kAccuracy;
  }
  if (by != Selection::kTest && selection == Selection::kTest) selection_by = SelectionBy::kT1;
  selection = by;
}

void Recipe::set(const std::map<std::string, std::string>& values) {
  const std::vector<std::string> known = fields();
  for (const auto& [field, unused] : values) {
    if (std::find(known.begin(), known.end(), field) != known.end()) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat("recipe ",
                       name,
                       ": expected one of its fields (",
                       join(known),
                       "), got \"",
                       field,
                       '"'));
  }
  Recipe changed = *this;
  for (const std::string& field : known) {
    if (const auto value = values.find(field); value != values.end()) {
      set_one(changed, field, value->second);
    }
  }
  *this = std::move(changed);
}

std::vector<std::string> Recipe::fields() const {
  std::vector<std::string> names;
  for (const auto& [setting, unused] : settings) names.push_back(setting);
  if (network) {
    for (const std::string_view field : network_fields()) names.emplace_back(field);
  }
  for (const SharedField& shared : kShared) {
    if (network || !shared.is_of_steps) names.emplace_back(shared.name);
  }
  names.emplace_back(network ? kThreshold : kSpaceWeights);
  return names;
}

std::string Recipe::to_json() const {
  nlohmann::ordered_json json;
  json["name"] = name;
  if (network) json.update(nlohmann::ordered_json::parse(fields_as_json(*network)));
  if (!settings.empty()) json["settings"] = settings;
  json["selection"] = dem::to_string(selection);
  if (network) {
    json["selection_by"] = dem::to_string(selection_by);
    json["selection_folds"] = selection_folds;
    json["selection_threshold"] = selection_threshold;
  }
  json["gamma"] = dem::to_string(gamma);
  // Files of runs from before it was there lack it, and are none.
  if (hub_correction.by != GammaChoice::By::kNone) {
    json["hub_correction"] = dem::to_string(hub_correction);
  }
  json["metric"] = dem::to_string(metric);
  json["feature_scaling"] = dem::to_string(feature_scaling);
  if (!space_weights.empty()) {
    json[kSpaceWeights] = space_weights;
  } else if (!network) {
    json[kSpaceWeights] = kFound;
  }
  return json.dump();
}

std::string Recipe::to_string() const {
  std::vector<std::string> parts;
  if (network) parts.push_back(network->to_string());
  for (const auto& [setting, value] : settings) parts.push_back(concat(setting, " ", value));
  if (network) parts.push_back(concat("selection ", dem::to_string(selection)));
  if (!network) parts.push_back(concat("features ", dem::to_string(feature_scaling)));
  parts.push_back(concat("metric ", dem::to_string(metric)));
  if (gamma.by != GammaChoice::By::kNone) parts.push_back("gamma " + dem::to_string(gamma));
  if (hub_correction.by != GammaChoice::By::kNone) {
    parts.push_back("hub correction " + dem::to_string(hub_correction));
  }
  if (!space_weights.empty()) parts.push_back(concat("space weights ", join(space_weights, " ")));
  return concat(name, ": ", join(parts));
}

}  // namespace dem
