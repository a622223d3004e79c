#include "learn/network_fields.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

#include "base/enum_names.h"
#include "learn/field_text.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

constexpr EnumName<InitKind> kInits[] = {{InitKind::kNormal, "normal"},
                                         {InitKind::kTruncatedNormal, "truncated_normal"}};
constexpr EnumName<OutputBias> kOutputBiases[] = {
    {OutputBias::kRecipe, "recipe"}, {OutputBias::kZero, "zero"}, {OutputBias::kMean, "mean"}};
constexpr EnumName<Precision> kPrecisions[] = {{Precision::kFloat32, "float32"},
                                               {Precision::kBf16, "bf16"}};

void read(Index& value, const std::string& text, std::string_view field) {
  value = number_from_text<Index>(text, field);
}

void read(double& value, const std::string& text, std::string_view field) {
  value = number_from_text<double>(text, field);
}

void read(bool& value, const std::string& text, std::string_view field) {
  value = bool_from_text(text, field);
}

void read(Activation& value, const std::string& text, std::string_view field) {
  value = choice_from_text(activation_from_string, text, field);
}

void read(InitKind& value, const std::string& text, std::string_view field) {
  value = choice_from_text(
      [](std::string_view name) { return value_of(kInits, name, "init"); }, text, field);
}

void read(OutputBias& value, const std::string& text, std::string_view field) {
  value = choice_from_text(output_bias_from_string, text, field);
}

void read(Precision& value, const std::string& text, std::string_view field) {
  value = choice_from_text(precision_from_string, text, field);
}

// A list: as many values as it has, or one for all of them.
template <typename Number>
void read(std::vector<Number>& values, const std::string& text, std::string_view field) {
  std::vector<Number> given;
  for (const std::string& word : words_of(text)) {
    given.push_back(number_from_text<Number>(word, field));
  }
  const std::size_t wanted = std::max<std::size_t>(1, values.size());
  if (given.size() == 1) given.resize(wanted, given[0]);
  if (given.size() != wanted) {
    misread_field(field, wanted == 1 ? "one value" : concat("one value, or ", wanted), text);
  }
  values = std::move(given);
}

// How a value stands in JSON.
template <typename Value>
Json json_of(const Value& value) {
  if constexpr (std::is_enum_v<Value>) {
    return to_string(value);
  } else {
    return value;
  }
}

struct Field {
  std::string_view name;
  Json (*json)(const NetworkRecipe& recipe);
  void (*set)(NetworkRecipe& recipe, const std::string& text, std::string_view name);
};

template <auto kMember>
constexpr Field field(std::string_view name) {
  return {name,
          [](const NetworkRecipe& recipe) { return json_of(recipe.*kMember); },
          [](NetworkRecipe& recipe, const std::string& text, std::string_view field_name) {
            read(recipe.*kMember, text, field_name);
          }};
}

// Of whom others follow.
void set_hidden_dim(NetworkRecipe& recipe, const std::string& text, std::string_view name) {
  recipe.set_hidden_dim(number_from_text<Index>(text, name));
}

void set_num_epochs(NetworkRecipe& recipe, const std::string& text, std::string_view name) {
  read(recipe.num_epochs, text, name);
  recipe.max_steps = 0;
}

using R = NetworkRecipe;

constexpr Field with(Field field, decltype(Field::set) set) {
  field.set = set;
  return field;
}

constexpr std::array kFields = {
    with(field<&R::hidden_dim>("hidden_dim"), set_hidden_dim),
    field<&R::hidden_activation>("hidden_activation"),
    field<&R::input_gains>("input_gains"),
    field<&R::init>("init"),
    field<&R::init_sigma>("init_sigma"),
    field<&R::initial_bias>("initial_bias"),
    field<&R::output_bias>("output_bias"),
    field<&R::l2_penalty>("l2_penalty"),
    field<&R::loss_includes_l2>("loss_includes_l2"),
    field<&R::clip_norm>("clip_norm"),
    field<&R::learning_rate>("learning_rate"),
    field<&R::beta1>("beta1"),
    field<&R::beta2>("beta2"),
    field<&R::epsilon>("epsilon"),
    field<&R::precision>("precision"),
    field<&R::batch_size>("batch_size"),
    with(field<&R::num_epochs>("num_epochs"), set_num_epochs),
    field<&R::max_steps>("max_steps"),
    field<&R::drop_last>("drop_last"),
    field<&R::shuffle>("shuffle"),
    field<&R::evaluation_interval>("evaluation_interval"),
    field<&R::float16_unseen_embeddings>("float16_unseen_embeddings"),
};

constexpr auto kNames = [] {
  std::array<std::string_view, kFields.size()> names{};
  for (std::size_t i = 0; i < kFields.size(); ++i) names[i] = kFields[i].name;
  return names;
}();

}  // namespace

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

std::span<const std::string_view> network_fields() {
  return kNames;
}

std::string fields_as_json(const NetworkRecipe& recipe) {
  Json json;
  for (const Field& field : kFields) json[std::string(field.name)] = field.json(recipe);
  return json.dump();
}

void set_field(NetworkRecipe& recipe, std::string_view name, const std::string& text) {
  for (const Field& field : kFields) {
    if (field.name == name) return field.set(recipe, text, name);
  }
  throw Error(ErrorKind::kInternal, concat("recipe: no field ", name));
}

}  // namespace dem
