#include "dem/learn/recipe.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/enum_names.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/family.h"
#include "linalg/pair_product.h"

namespace dem {
namespace {

template <typename Value>
[[noreturn]] void fail(const char* field, const std::string& expected, const Value& got) {
  throw Error(ErrorKind::kInvalidArgument,
              concat("recipe: ", field, ": expected ", expected, ", got ", got));
}

void require_at_least(Index least, Index value, const char* field) {
  if (value < least) fail(field, concat("at least ", least), value);
}

void require_not_negative(double value, const char* field) {
  if (!std::isfinite(value) || value < 0.0) fail(field, "a finite number, at least 0", value);
}

void require_positive(double value, const char* field) {
  if (!std::isfinite(value) || value <= 0.0) fail(field, "a finite number above 0", value);
}

void require_decay(double value, const char* field) {
  if (!(value >= 0.0 && value < 1.0)) fail(field, "at least 0 and below 1", value);
}

void require_finite(double value, const char* field) {
  if (!std::isfinite(value)) fail(field, "a finite number", value);
}

void require_a_value_a_layer(const std::vector<double>& values, Index layers, const char* field) {
  if (static_cast<Index>(values.size()) != layers) {
    fail(field, concat("one value a layer (", layers, ")"), values.size());
  }
}

void check_network(const Recipe& recipe) {
  if (recipe.input_gains.empty() || recipe.input_gains.size() > 2) {
    fail("input_gains", "one or two values", recipe.input_gains.size());
  }
  for (const float gain : recipe.input_gains) require_finite(double{gain}, "input_gains");
  require_at_least(recipe.input_gains.size() == 2 ? 1 : 0, recipe.hidden_dim, "hidden_dim");
  require_a_value_a_layer(recipe.init_sigma, recipe.num_layers(), "init_sigma");
  for (const double sigma : recipe.init_sigma) require_positive(sigma, "init_sigma");
  require_finite(recipe.initial_bias, "initial_bias");
}

void check_optimiser(const Recipe& recipe) {
  require_a_value_a_layer(recipe.l2_penalty, recipe.num_layers(), "l2_penalty");
  for (const double penalty : recipe.l2_penalty) require_not_negative(penalty, "l2_penalty");
  require_not_negative(recipe.clip_norm, "clip_norm");
  require_positive(recipe.learning_rate, "learning_rate");
  require_decay(recipe.beta1, "beta1");
  require_decay(recipe.beta2, "beta2");
  require_positive(recipe.epsilon, "epsilon");
  if (!is_available(recipe.precision)) {
    throw Error(
        ErrorKind::kUnsupported,
        "recipe: precision: bf16 needs a processor with AVX512_BF16, which this one is not; "
        "float32 trains on all");
  }
}

void check_schedule(const Recipe& recipe) {
  require_at_least(1, recipe.batch_size, "batch_size");
  require_at_least(1, recipe.num_epochs, "num_epochs");
  require_at_least(0, recipe.max_steps, "max_steps");
  require_finite(recipe.selection_threshold, "selection_threshold");
  require_at_least(0, recipe.evaluation_interval, "evaluation_interval");
}

constexpr EnumName<Selection> kSelections[] = {
    {Selection::kLast, "last"}, {Selection::kValidation, "val"}, {Selection::kTest, "test"}};
constexpr EnumName<InitKind> kInits[] = {{InitKind::kNormal, "normal"},
                                         {InitKind::kTruncatedNormal, "truncated_normal"}};
constexpr EnumName<OutputBias> kOutputBiases[] = {
    {OutputBias::kRecipe, "recipe"}, {OutputBias::kZero, "zero"}, {OutputBias::kMean, "mean"}};
constexpr EnumName<Precision> kPrecisions[] = {{Precision::kFloat32, "float32"},
                                               {Precision::kBf16, "bf16"}};

}  // namespace

std::string_view to_string(Selection selection) noexcept {
  return name_of(kSelections, selection);
}

Selection selection_from_string(std::string_view name) {
  return value_of(kSelections, name, "selection");
}

std::string_view to_string(InitKind init) noexcept {
  return name_of(kInits, init);
}

std::string_view to_string(OutputBias bias) noexcept {
  return name_of(kOutputBiases, bias);
}

OutputBias output_bias_from_string(std::string_view name) {
  return value_of(kOutputBiases, name, "output bias");
}

std::string_view to_string(Precision precision) noexcept {
  return name_of(kPrecisions, precision);
}

Precision precision_from_string(std::string_view name) {
  return value_of(kPrecisions, name, "precision");
}

bool is_available(Precision precision) noexcept {
  return precision == Precision::kFloat32 || has_pair_product();
}

void Recipe::validate() const {
  const RecipeEntry* entry = find_recipe(name);
  if (entry != nullptr && entry->validate != nullptr) return entry->validate(*this);
  if (entry != nullptr && entry->learn != nullptr) return;
  check_network(*this);
  check_optimiser(*this);
  check_schedule(*this);
}

void Recipe::select(Selection by) {
  if (by == Selection::kTest && selection != Selection::kTest) selection_threshold = -1.0;
  selection = by;
}

void Recipe::set(const std::string& setting, const std::string& value) {
  const auto found = settings.find(setting);
  if (found != settings.end()) {
    found->second = value;
    return;
  }
  std::vector<std::string> names;
  for (const auto& [key, unused] : settings) names.push_back(key);
  throw Error(ErrorKind::kInvalidArgument,
              concat("recipe ",
                     name,
                     ": expected a setting of its own (",
                     names.empty() ? "it has none" : join(names),
                     "), got ",
                     setting));
}

Index Recipe::num_layers() const {
  return hidden_dim == 0 ? 1 : static_cast<Index>(input_gains.size()) + 1;
}

Index Recipe::steps_per_epoch(Index num_rows) const {
  return num_rows / batch_size + (!drop_last && num_rows % batch_size > 0 ? 1 : 0);
}

Index Recipe::total_steps(Index num_rows) const {
  if (max_steps > 0) return max_steps;
  const Index per_epoch = steps_per_epoch(num_rows);
  const Index most = std::numeric_limits<Index>::max();
  return per_epoch > 0 && num_epochs > most / per_epoch ? most : num_epochs * per_epoch;
}

void Recipe::set_hidden_dim(Index width) {
  require_at_least(input_gains.size() == 2 ? 1 : 0, width, "hidden_dim");
  hidden_dim = width;
  const auto layers = static_cast<std::size_t>(num_layers());
  for (std::vector<double>* values : {&init_sigma, &l2_penalty}) {
    if (values->size() != layers && !values->empty()) values->assign(layers, values->back());
  }
}

NetworkSpec Recipe::network_spec(const ClassTable& classes, Index feature_dim) const {
  if (classes.spaces.size() != input_gains.size()) {
    fail("input_gains",
         concat("one for each semantic space (", join(classes.spaces), ")"),
         input_gains.size());
  }
  NetworkSpec spec;
  for (std::size_t i = 0; i < input_gains.size(); ++i) {
    spec.inputs.push_back({classes.spaces[i], classes.embeddings[i].cols(), input_gains[i]});
  }
  spec.hidden_dim = hidden_dim;
  spec.feature_dim = feature_dim;
  spec.hidden_activation = hidden_activation;
  spec.validate();
  return spec;
}

std::string Recipe::to_json() const {
  nlohmann::ordered_json json;
  json["name"] = name;
  if (!settings.empty()) {
    json["settings"] = settings;
    json["selection"] = dem::to_string(selection);
    json["metric"] = dem::to_string(metric);
    json["feature_scaling"] = dem::to_string(feature_scaling);
    return json.dump();
  }
  json["hidden_dim"] = hidden_dim;
  json["hidden_activation"] = dem::to_string(hidden_activation);
  json["input_gains"] = input_gains;
  json["init"] = dem::to_string(init);
  json["init_sigma"] = init_sigma;
  json["initial_bias"] = initial_bias;
  json["output_bias"] = dem::to_string(output_bias);
  json["l2_penalty"] = l2_penalty;
  json["loss_includes_l2"] = loss_includes_l2;
  json["clip_norm"] = clip_norm;
  json["learning_rate"] = learning_rate;
  json["beta1"] = beta1;
  json["beta2"] = beta2;
  json["epsilon"] = epsilon;
  json["precision"] = dem::to_string(precision);
  json["batch_size"] = batch_size;
  json["num_epochs"] = num_epochs;
  json["max_steps"] = max_steps;
  json["drop_last"] = drop_last;
  json["shuffle"] = shuffle;
  json["selection"] = dem::to_string(selection);
  json["selection_threshold"] = selection_threshold;
  json["evaluation_interval"] = evaluation_interval;
  json["metric"] = dem::to_string(metric);
  json["float16_unseen_embeddings"] = float16_unseen_embeddings;
  json["feature_scaling"] = dem::to_string(feature_scaling);
  return json.dump();
}

std::string Recipe::to_string() const {
  if (!settings.empty()) {
    std::vector<std::string> parts;
    for (const auto& [key, value] : settings) parts.push_back(concat(key, " ", value));
    return concat(name,
                  ": ",
                  join(parts),
                  ", features ",
                  dem::to_string(feature_scaling),
                  ", metric ",
                  dem::to_string(metric));
  }
  const std::string network =
      hidden_dim == 0 ? std::string("no hidden layer")
                      : concat("hidden ", hidden_dim, " ", dem::to_string(hidden_activation));
  const std::string length =
      max_steps > 0 ? concat(max_steps, " steps") : concat(num_epochs, " epochs");
  return concat(name,
                ": ",
                network,
                ", batch ",
                batch_size,
                ", ",
                length,
                ", adam lr ",
                learning_rate,
                " beta1 ",
                beta1,
                ", l2 ",
                join(l2_penalty, "/"),
                ", clip ",
                clip_norm,
                precision == Precision::kFloat32 ? "" : ", bf16",
                ", selection ",
                dem::to_string(selection),
                ", metric ",
                dem::to_string(metric));
}

}  // namespace dem
