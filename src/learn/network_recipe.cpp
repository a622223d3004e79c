#include "dem/learn/network_recipe.h"

#include <cmath>
#include <limits>

#include "base/text.h"
#include "dem/base/error.h"
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

void check_network(const NetworkRecipe& recipe) {
  if (recipe.input_gains.empty() || recipe.input_gains.size() > 2) {
    fail("input_gains", "one or two values", recipe.input_gains.size());
  }
  for (const float gain : recipe.input_gains) require_finite(double{gain}, "input_gains");
  require_at_least(recipe.input_gains.size() == 2 ? 1 : 0, recipe.hidden_dim, "hidden_dim");
  require_a_value_a_layer(recipe.init_sigma, recipe.num_layers(), "init_sigma");
  for (const double sigma : recipe.init_sigma) require_positive(sigma, "init_sigma");
  require_finite(recipe.initial_bias, "initial_bias");
}

void check_optimiser(const NetworkRecipe& recipe) {
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

void check_schedule(const NetworkRecipe& recipe) {
  require_at_least(1, recipe.batch_size, "batch_size");
  require_at_least(1, recipe.num_epochs, "num_epochs");
  require_at_least(0, recipe.max_steps, "max_steps");
  require_at_least(0, recipe.evaluation_interval, "evaluation_interval");
}

}  // namespace

bool is_available(Precision precision) noexcept {
  return precision == Precision::kFloat32 || has_pair_product();
}

void NetworkRecipe::validate() const {
  check_network(*this);
  check_optimiser(*this);
  check_schedule(*this);
}

Index NetworkRecipe::num_layers() const {
  return hidden_dim == 0 ? 1 : static_cast<Index>(input_gains.size()) + 1;
}

Index NetworkRecipe::steps_per_epoch(Index num_rows) const {
  return num_rows / batch_size + (!drop_last && num_rows % batch_size > 0 ? 1 : 0);
}

Index NetworkRecipe::total_steps(Index num_rows) const {
  if (max_steps > 0) return max_steps;
  const Index per_epoch = steps_per_epoch(num_rows);
  const Index most = std::numeric_limits<Index>::max();
  return per_epoch > 0 && num_epochs > most / per_epoch ? most : num_epochs * per_epoch;
}

void NetworkRecipe::set_hidden_dim(Index width) {
  require_at_least(input_gains.size() == 2 ? 1 : 0, width, "hidden_dim");
  hidden_dim = width;
  const auto layers = static_cast<std::size_t>(num_layers());
  for (std::vector<double>* values : {&init_sigma, &l2_penalty}) {
    if (values->size() != layers && !values->empty()) values->assign(layers, values->back());
  }
}

NetworkSpec NetworkRecipe::network_spec(const ClassTable& classes, Index feature_dim) const {
  if (classes.spaces.size() != input_gains.size()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("semantic spaces: expected ",
                       input_gains.size(),
                       ", as the train mode of a network that trains in steps has them, got ",
                       join(classes.spaces),
                       "; recipes that learn at once take any number"));
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

std::string NetworkRecipe::to_string() const {
  const std::string network =
      hidden_dim == 0 ? std::string("no hidden layer")
                      : concat("hidden ", hidden_dim, " ", dem::to_string(hidden_activation));
  const std::string length =
      max_steps > 0 ? concat(max_steps, " steps") : concat(num_epochs, " epochs");
  return concat(network,
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
                precision == Precision::kFloat32 ? "" : ", bf16");
}

}  // namespace dem
