// Small models to write and read.
#pragma once

#include <algorithm>
#include <cmath>

#include "dem/model/ensemble.h"
#include "dem/model/model.h"

namespace dem::test {

// Numbers that differ from each other and are not whole.
inline void fill(std::span<float> values, float start) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(start + 0.7f * static_cast<float>(i));
  }
}

inline std::vector<float> filled_vector(Index size, float start) {
  std::vector<float> values(static_cast<std::size_t>(size));
  fill(values, start);
  return values;
}

inline Matrix<float> filled_matrix(Index rows, Index cols, float start) {
  Matrix<float> values(rows, cols);
  fill({values.data(), static_cast<std::size_t>(values.size())}, start);
  return values;
}

inline NetworkSpec fusion_spec() {
  return {.inputs = {{"word", 4, 1.0f}, {"attribute", 3, 1.7159f}},
          .hidden_dim = 5,
          .feature_dim = 6,
          .hidden_activation = Activation::kScaledTanh};
}

inline Network example_network(const NetworkSpec& spec) {
  Network network(spec);
  fill(network.parameters(), 1.0f);
  return network;
}

inline FeatureScaling example_scaling() {
  return {ScalingKind::kStandard, filled_vector(6, 2.0f), filled_vector(6, 3.0f)};
}

// Three classes described in two spaces, one of them unseen.
inline ClassTable example_classes() {
  ClassTable classes;
  classes.names = {"zebra", "B\xc3\xa4r \"brown\"", "ox"};
  classes.seen = {true, false, true};
  classes.spaces = {"word", "attribute"};
  for (const Index dim : {4, 3}) {
    classes.embeddings.push_back(filled_matrix(3, dim, static_cast<float>(dim)));
  }
  return classes;
}

// Prototypes of all examples are not what update_prototypes() gives: a reader that recomputes them
// would be found out.

// A network of both spaces behind scaled features.
inline Model example_model() {
  Model model;
  model.class_map = ClassMap(NetworkMap{example_network(fusion_spec()), true});
  model.feature_map = FeatureMap(example_scaling());
  model.classes = example_classes();
  model.metric = Metric::kCosine;
  model.prototypes.rows = filled_matrix(3, 6, 9.0f);
  model.provenance = {{"recipe", "gbu"}, {"seed", "7"}, {"note", "line\nbreak"}, {"", "empty key"}};
  return model;
}

// Gives the model another network.
inline void set_network(Model& model, Network network, bool float16_unseen_embeddings = true) {
  model.class_map = ClassMap(NetworkMap{std::move(network), float16_unseen_embeddings});
}

// Features by norm, mapped from 6 to 5 dimensions and by norm again; a linear class map; scales and
// offsets.
inline Model linear_model() {
  Model model;
  model.feature_map.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  model.feature_map.add(AffineMap{filled_matrix(5, 6, 4.0f), filled_vector(5, 5.0f)});
  model.feature_map.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  model.class_map = ClassMap(
      LinearMap{{"attribute", 3}, true, filled_matrix(5, 3, 6.0f), filled_vector(5, 7.0f)});
  model.classes = example_classes().with_spaces({"attribute"});
  model.metric = Metric::kDot;
  model.prototypes = {filled_matrix(3, 5, 8.0f), {0.5f, 2.0f, 1.25f}, {-0.1f, 0.0f, 3.0f}};
  model.temperature = 0.3f;
  model.provenance = {{"recipe", "eszsl"}};
  return model;
}

// The same of two spaces.
inline Model joined_model() {
  Model model = linear_model();
  const SpaceJoin join = join_of(example_classes(), {1.0, 3.0});
  const ClassInput input = join.joined();
  model.class_map = ClassMap(
      LinearMap{input, true, filled_matrix(5, input.dim, 6.0f), filled_vector(5, 7.0f)}, join);
  model.classes = example_classes();
  model.gamma = 0.25f;
  return model;
}

// Features centred, raised and mapped from 6 to 3 dimensions, those of the descriptions; offsets.
inline Model identity_model() {
  Model model;
  model.feature_map = FeatureMap(example_scaling());
  model.feature_map.add(PowerMap{0.3f});
  model.feature_map.add(AffineMap{filled_matrix(3, 6, 4.5f), filled_vector(3, 5.5f)});
  model.class_map = ClassMap(IdentityMap{{"attribute", 3}, false});
  model.classes = example_classes();
  model.metric = Metric::kCosine;
  model.prototypes = {filled_matrix(3, 3, 8.5f), {}, {-0.1f, 0.2f, 0.0f}};
  model.provenance = {{"recipe", "ridge-v2s"}};
  return model;
}

// Three layers from 3 attributes by 4 and 2 hidden units to the features' 6 dimensions.
inline Model mlp_model() {
  MlpMap map{{"attribute", 3}, true, {}};
  map.layers.push_back({filled_matrix(4, 3, 1.0f), filled_vector(4, 2.0f), Activation::kRelu});
  map.layers.push_back({filled_matrix(2, 4, 3.0f), filled_vector(2, 4.0f), Activation::kTanh});
  map.layers.push_back({filled_matrix(6, 2, 5.0f), filled_vector(6, 6.0f), Activation::kIdentity});
  Model model;
  model.feature_map = FeatureMap(example_scaling());
  model.class_map = ClassMap(std::move(map));
  model.classes = example_classes();
  model.metric = Metric::kCosine;
  model.prototypes = {filled_matrix(3, 6, 8.0f), {}, {-0.25f, 0.0f, -0.25f}};
  model.gamma = 0.25f;
  model.provenance = {{"recipe", "cnzsl"}};
  return model;
}

// Rows of norm 1.
inline Matrix<float> filled_units(Index rows, Index cols, float start) {
  Matrix<float> values = filled_matrix(rows, cols, start);
  FeatureScaling{ScalingKind::kL2, {}, {}}.apply(values);
  return values;
}

inline std::vector<float> positive_vector(Index size, float start) {
  std::vector<float> values = filled_vector(size, start);
  for (float& value : values) value += 1.5f;
  return values;
}

// Two support classes described by 3 numbers, in 4 coordinates and 5 dimensions.
inline KernelMap example_kernel_map() {
  KernelMap map;
  map.input = {"attribute", 3};
  map.kernel = {KernelKind::kCentred, {0.1, -1.0 / 3.0, 1e-9}, 4.0 / 3.0};
  map.names = {"zebra", "\"old\" class"};
  map.support = filled_units(2, 3, 1.0f);
  map.coefficients = filled_matrix(2, 4, 2.0f);
  map.own = filled_matrix(2, 4, 3.0f);
  map.basis = filled_matrix(4, 5, 4.0f);
  map.hub = HubTerm{0.3f, 2, filled_units(2, 4, 5.0f)};
  GaussianTerm term{0.125f, 0.1, 0.7, 0.5, 1.5, filled_matrix(2, 2, 6.0f), {}, {}, {}, {}};
  term.residual = positive_vector(4, 7.0f);
  term.coefficients = filled_matrix(2, 4, 8.0f);
  term.own_mean = filled_matrix(2, 4, 9.0f);
  term.own_variance = Matrix<float>(2, 4);
  const std::vector<float> variances = positive_vector(8, 1.0f);
  std::copy(variances.begin(), variances.end(), term.own_variance.data());
  map.gaussian = std::move(term);
  return map;
}

// Features by norm, then mapped to 5 dimensions and by norm again, beside 4 coordinates with their
// squares; a kernel map with all its terms; gamma.
inline Model kernel_model() {
  FeatureMap y, z;
  y.add(AffineMap{filled_matrix(5, 6, 4.0f), filled_vector(5, 5.0f)});
  y.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  z.add(AffineMap{filled_matrix(4, 6, 6.0f), filled_vector(4, 7.0f)});
  z.add(WithSquares{});
  SideBySide both;
  both.maps.push_back(std::move(y));
  both.maps.push_back(std::move(z));
  Model model;
  model.feature_map.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  model.feature_map.add(std::move(both));
  model.class_map = ClassMap(example_kernel_map());
  model.classes = example_classes().with_spaces({"attribute"});
  model.metric = Metric::kDot;
  model.prototypes = {filled_matrix(3, 13, 8.0f), {}, {-0.1f, 0.0f, 3.0f}};
  model.gamma = 0.5f;
  model.provenance = {{"recipe", "kernel-prototypes"}};
  return model;
}

// Layers, with something off the scores of hubs.
inline Model corrected_model() {
  Model model = mlp_model();
  model.class_map.set_hub_correction(
      HubCorrection{Metric::kCosine, {0.3f, 2, filled_matrix(4, 6, 2.5f)}});
  return model;
}

// A network, a kernel map, a linear map of joined spaces by distance and another one with something
// off the scores of hubs, side by side.
inline Model ensemble_model() {
  std::vector<EnsembleMember> members;
  Model network = example_model(), kernel = kernel_model(), joined = joined_model();
  members.push_back(
      {std::move(network.feature_map), std::move(network.class_map), Metric::kCosine, 0.5f});
  members.push_back(
      {std::move(kernel.feature_map), std::move(kernel.class_map), Metric::kDot, 2.0f});
  members.push_back({FeatureMap(), std::move(joined.class_map), Metric::kEuclidean, 0.25f});
  members.back().feature_map.add(AffineMap{filled_matrix(5, 6, 1.5f), filled_vector(5, 2.5f)});
  Model corrected = corrected_model();
  members.push_back(
      {std::move(corrected.feature_map), std::move(corrected.class_map), Metric::kCosine, 1.0f});
  Model model;
  model.classes = example_classes();
  FoldedMembers folded = fold_members(std::move(members), model.classes);
  model.feature_map = std::move(folded.feature_map);
  model.class_map = std::move(folded.class_map);
  model.metric = folded.metric;
  model.gamma = 0.125f;
  model.temperature = 1.0f;
  model.update_prototypes();
  model.provenance = {{"recipe", "gbu"}, {"ensemble", "gbu, seed 1; ..."}};
  return model;
}

}  // namespace dem::test
