// The models that other runtimes are given: the reference's networks with random weights, and
// models of the other kinds.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "dem/dem.h"
#include "support/random_kernel_map.h"
#include "support/random_matrix.h"

namespace dem::test {

inline constexpr Index kNumClasses = 50;
inline constexpr Index kFeatureDim = 1024;

inline NetworkSpec spec_of(const std::string& mode) {
  if (mode == "att") {
    return {.inputs = {{"attribute", 85, 1.0f}}, .hidden_dim = 700, .feature_dim = kFeatureDim};
  }
  if (mode == "word") {
    return {.inputs = {{"word", 1000, 1.0f}}, .hidden_dim = 0, .feature_dim = kFeatureDim};
  }
  return {.inputs = {{"word", 1000, 1.0f}, {"attribute", 85, 3.0f}},
          .hidden_dim = 900,
          .feature_dim = kFeatureDim,
          .hidden_activation = mode == "fusion" ? Activation::kScaledTanh : Activation::kTanh};
}

// Weights that keep the size of what passes through.
inline Network network_of(const std::string& mode, Rng& rng) {
  Network network(spec_of(mode));
  for (Index l = 0; l < network.num_layers(); ++l) {
    const auto layer = network.layer(l);
    const auto in = static_cast<double>(layer.weight.cols());
    for (Index i = 0; i < layer.weight.rows(); ++i) {
      fill_normal(layer.weight.row(i), 1.0 / std::sqrt(in), rng);
    }
    fill_normal(layer.bias, 0.1, rng);
  }
  return network;
}

inline Model model_of(ClassMap map, const std::string& mode, Rng& rng) {
  Model model;
  model.class_map = std::move(map);
  for (const ClassInput& input : model.class_map.inputs()) {
    model.classes.spaces.push_back(input.space);
    model.classes.embeddings.push_back(normal_matrix(kNumClasses, input.dim, 1.0, rng));
  }
  for (Index c = 0; c < kNumClasses; ++c) {
    model.classes.names.push_back("class " + std::to_string(c));
    model.classes.seen.push_back(c % 5 != 0);
  }
  model.update_prototypes();
  for (float& value : model.prototypes.rows.row(7)) value = 0.0f;
  model.provenance = {{"recipe", "test"}, {"train_mode", mode}};
  return model;
}

inline Model model_of(const std::string& mode, Rng& rng) {
  return model_of(ClassMap(NetworkMap{network_of(mode, rng)}), mode, rng);
}

inline AffineMap affine_of(Index out, Index in, Rng& rng) {
  AffineMap map{normal_matrix(out, in, 1.0 / std::sqrt(static_cast<double>(in)), rng),
                std::vector<float>(static_cast<std::size_t>(out))};
  fill_normal(map.bias, 0.1, rng);
  return map;
}

// From 85 attributes to features.
inline ClassMap linear_of(bool unit_rows, Rng& rng) {
  AffineMap affine = affine_of(kFeatureDim, 85, rng);
  return ClassMap(
      LinearMap{{"attribute", 85}, unit_rows, std::move(affine.weight), std::move(affine.bias)});
}

// From 85 attributes by two hidden layers to features.
inline ClassMap mlp_of(bool unit_rows, Rng& rng) {
  MlpMap map{{"attribute", 85}, unit_rows, {}};
  const Index widths[] = {85, 120, 90, kFeatureDim};
  const Activation activations[] = {Activation::kTanh,
                                    Activation::kScaledTanh,
                                    unit_rows ? Activation::kIdentity : Activation::kRelu};
  for (std::size_t i = 0; i < 3; ++i) {
    AffineMap affine = affine_of(widths[i + 1], widths[i], rng);
    map.layers.push_back({std::move(affine.weight), std::move(affine.bias), activations[i]});
  }
  return ClassMap(std::move(map));
}

// From 85 attributes, 30 numbers of a word and 7 of a sketch; names in another order than exported.
inline ClassMap joined_of(Rng& rng) {
  const SpaceJoin join{{{{"sketch", 7}, 0.05}, {{"attribute", 85}, 0.7}, {{"word", 30}, 0.25}}};
  const ClassInput input = join.joined();
  AffineMap affine = affine_of(kFeatureDim, input.dim, rng);
  return ClassMap(LinearMap{input, true, std::move(affine.weight), std::move(affine.bias)}, join);
}

inline ClassMap identity_of(bool unit_rows) {
  return ClassMap(IdentityMap{{"attribute", 85}, unit_rows});
}

// 40 support classes, 85 attributes, 60 dimensions and 20 coordinates with their squares.
inline ClassMap kernel_of(Rng& rng) {
  const KernelMapSizes sizes{85, 40, 20, 60};
  KernelMap map = random_kernel_map(KernelKind::kCentred, sizes, rng);
  map.hub = random_hub(sizes, rng);
  map.gaussian = random_gaussian(sizes, rng);
  map.gaussian->weight = 0.02f;
  return ClassMap(std::move(map));
}

// The same without terms, prototypes of any length; and a Gaussian term alone.
inline ClassMap kernel_by_distance_of(Rng& rng) {
  KernelMap map = random_kernel_map(KernelKind::kGaussian, {85, 40, 20, 60}, rng);
  map.unit_prototypes = false;
  return ClassMap(std::move(map));
}

inline ClassMap gaussian_of(Rng& rng) {
  return ClassMap(random_gaussian_map(KernelKind::kLinear, {85, 40, 20, 60}, rng));
}

// Something off the scores of hubs; the bank is of 30 rows.
inline HubCorrection hubs_of(Metric metric, Index dim, Rng& rng) {
  return {metric, {0.4f, 5, normal_matrix(30, dim, 1.0, rng)}};
}

// Members that all compare by distance, or by a distance, a cosine and two products; with kernel
// maps where these may be among them.
inline std::vector<EnsembleMember> members_of(bool by_distance, bool with_kernel, Rng& rng) {
  std::vector<EnsembleMember> members;
  const auto add = [&](ClassMap map, Metric metric, float weight) {
    EnsembleMember member{{}, std::move(map), by_distance ? Metric::kEuclidean : metric, weight};
    const Index dim = member.class_map.prototype_dim();
    member.feature_map.add(AffineMap{
        normal_matrix(dim, kFeatureDim, 1.0 / std::sqrt(static_cast<double>(kFeatureDim)), rng),
        std::vector<float>(static_cast<std::size_t>(dim), 0.1f)});
    members.push_back(std::move(member));
  };
  add(linear_of(true, rng), Metric::kEuclidean, 0.25f);
  add(mlp_of(true, rng), Metric::kCosine, 2.0f);
  members.back().class_map.set_hub_correction(
      hubs_of(members.back().metric, members.back().class_map.prototype_dim(), rng));
  add(identity_of(true), Metric::kDot, 0.5f);
  if (with_kernel) add(gaussian_of(rng), Metric::kDot, 0.1f);
  return members;
}

// Features by norm, then in 60 dimensions and by norm again beside 20 with their squares.
inline FeatureMap kernel_features(Rng& rng) {
  FeatureMap y, z;
  y.add(affine_of(60, kFeatureDim, rng));
  y.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  z.add(affine_of(20, kFeatureDim, rng));
  z.add(WithSquares{});
  SideBySide both;
  both.maps.push_back(std::move(y));
  both.maps.push_back(std::move(z));
  FeatureMap map(FeatureScaling{ScalingKind::kL2, {}, {}});
  map.add(std::move(both));
  return map;
}

// What only later recipes have: three inputs, an output that may be below 0.
inline ClassMap wide_network_of(Rng& rng) {
  Network network({.inputs = {{"word", 30, 1.0f}, {"attribute", 85, 3.0f}, {"sketch", 7, -0.5f}},
                   .hidden_dim = 90,
                   .feature_dim = kFeatureDim,
                   .hidden_activation = Activation::kTanh,
                   .output_activation = Activation::kIdentity});
  fill_normal(network.parameters(), 0.1, rng);
  return ClassMap(NetworkMap{std::move(network)});
}

inline FeatureScaling scaling_of(ScalingKind kind, Rng& rng) {
  const Matrix<float> sample = normal_matrix(200, kFeatureDim, 2.0, rng);
  std::vector<Index> rows;
  for (Index i = 0; i < sample.rows(); ++i) rows.push_back(i);
  return FeatureScaling::fit(kind, sample, rows);
}

inline FeatureScaling l2() {
  return {ScalingKind::kL2, {}, {}};
}

// Scales between 0.5 and 2, offsets some times `spread`.
inline void set_scales(Model& model, Rng& rng) {
  for (Index c = 0; c < kNumClasses; ++c) {
    model.prototypes.scale.push_back(static_cast<float>(std::exp2(2.0 * rng.uniform() - 1.0)));
  }
}
inline void set_offsets(Model& model, double spread, Rng& rng) {
  model.prototypes.offset.resize(static_cast<std::size_t>(kNumClasses));
  fill_normal(model.prototypes.offset, spread, rng);
}

}  // namespace dem::test
