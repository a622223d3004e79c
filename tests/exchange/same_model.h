// Are two models the same to the last bit?
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "dem/model/model.h"

namespace dem::test {

inline bool same_bits(MatrixView<const float> a, MatrixView<const float> b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (Index i = 0; i < a.rows(); ++i) {
    if (std::memcmp(a.row(i).data(), b.row(i).data(), a.row(i).size_bytes()) != 0) return false;
  }
  return true;
}

inline bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

inline void expect_same(const Network& a, const Network& b) {
  const NetworkSpec& x = a.spec();
  const NetworkSpec& y = b.spec();
  ASSERT_EQ(x.inputs.size(), y.inputs.size());
  for (std::size_t i = 0; i < x.inputs.size(); ++i) {
    EXPECT_EQ(x.inputs[i].space, y.inputs[i].space);
    EXPECT_EQ(x.inputs[i].dim, y.inputs[i].dim);
    EXPECT_EQ(x.inputs[i].gain, y.inputs[i].gain);
  }
  EXPECT_EQ(x.hidden_dim, y.hidden_dim);
  EXPECT_EQ(x.feature_dim, y.feature_dim);
  EXPECT_EQ(x.hidden_activation, y.hidden_activation);
  EXPECT_EQ(x.output_activation, y.output_activation);
  EXPECT_TRUE(same_bits(a.parameters(), b.parameters()));
}

inline void expect_same_input(const ClassInput& a, const ClassInput& b) {
  EXPECT_EQ(a.space, b.space);
  EXPECT_EQ(a.dim, b.dim);
}

inline void expect_same(const GaussianTerm& a, const GaussianTerm& b) {
  EXPECT_EQ(a.weight, b.weight);
  EXPECT_EQ(a.ridge, b.ridge);
  EXPECT_EQ(a.unit_variance, b.unit_variance);
  EXPECT_EQ(a.strength, b.strength);
  EXPECT_EQ(a.exponent, b.exponent);
  EXPECT_TRUE(same_bits(a.root, b.root));
  EXPECT_TRUE(same_bits(a.residual, b.residual));
  EXPECT_TRUE(same_bits(a.coefficients, b.coefficients));
  EXPECT_TRUE(same_bits(a.own_mean, b.own_mean));
  EXPECT_TRUE(same_bits(a.own_variance, b.own_variance));
  EXPECT_TRUE(same_bits(a.share, b.share));
  EXPECT_EQ(a.log_determinant, b.log_determinant);
}

inline void expect_same(const KernelMap& a, const KernelMap& b) {
  expect_same_input(a.input, b.input);
  EXPECT_EQ(a.kernel.kind, b.kernel.kind);
  EXPECT_EQ(a.kernel.centre, b.kernel.centre);
  EXPECT_EQ(a.kernel.scale, b.kernel.scale);
  EXPECT_EQ(a.names, b.names);
  EXPECT_TRUE(same_bits(a.support, b.support));
  EXPECT_TRUE(same_bits(a.coefficients, b.coefficients));
  EXPECT_TRUE(same_bits(a.own, b.own));
  EXPECT_TRUE(same_bits(a.basis, b.basis));
  ASSERT_EQ(a.hub.has_value(), b.hub.has_value());
  ASSERT_EQ(a.gaussian.has_value(), b.gaussian.has_value());
  if (a.hub) {
    EXPECT_EQ(a.hub->weight, b.hub->weight);
    EXPECT_EQ(a.hub->nearest, b.hub->nearest);
    EXPECT_TRUE(same_bits(a.hub->seen, b.hub->seen));
  }
  if (a.gaussian) expect_same(*a.gaussian, *b.gaussian);
  EXPECT_EQ(a.unit_prototypes, b.unit_prototypes);
}

inline void expect_same(const MlpMap& a, const MlpMap& b) {
  expect_same_input(a.input, b.input);
  EXPECT_EQ(a.unit_rows, b.unit_rows);
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    EXPECT_TRUE(same_bits(a.layers[i].weight, b.layers[i].weight)) << i;
    EXPECT_TRUE(same_bits(a.layers[i].bias, b.layers[i].bias)) << i;
    EXPECT_EQ(a.layers[i].activation, b.layers[i].activation) << i;
  }
}

inline void expect_same(const ClassMap& a, const ClassMap& b);

inline void expect_same(const MapsSideBySide& a, const MapsSideBySide& b) {
  ASSERT_EQ(a.maps.size(), b.maps.size());
  ASSERT_EQ(a.members.size(), b.members.size());
  for (std::size_t m = 0; m < a.maps.size(); ++m) {
    expect_same(a.maps[m], b.maps[m]);
    EXPECT_EQ(a.members[m].metric, b.members[m].metric) << m;
    EXPECT_EQ(a.members[m].weight, b.members[m].weight) << m;
    EXPECT_TRUE(same_bits(a.members[m].centre, b.members[m].centre)) << m;
  }
}

inline void expect_same(const ClassMap& a, const ClassMap& b) {
  ASSERT_EQ(a.kind().index(), b.kind().index());
  ASSERT_EQ(a.join().has_value(), b.join().has_value());
  if (a.join()) {
    ASSERT_EQ(a.join()->parts.size(), b.join()->parts.size());
    for (std::size_t i = 0; i < a.join()->parts.size(); ++i) {
      expect_same_input(a.join()->parts[i].input, b.join()->parts[i].input);
      EXPECT_EQ(a.join()->parts[i].weight, b.join()->parts[i].weight);
    }
  }
  ASSERT_EQ(a.hub_correction().has_value(), b.hub_correction().has_value());
  if (a.hub_correction()) {
    EXPECT_EQ(a.hub_correction()->metric, b.hub_correction()->metric);
    EXPECT_EQ(a.hub_correction()->term.weight, b.hub_correction()->term.weight);
    EXPECT_EQ(a.hub_correction()->term.nearest, b.hub_correction()->term.nearest);
    EXPECT_TRUE(same_bits(a.hub_correction()->term.seen, b.hub_correction()->term.seen));
  }
  if (a.network() != nullptr) {
    expect_same(*a.network(), *b.network());
    EXPECT_EQ(std::get<NetworkMap>(a.kind()).float16_unseen_embeddings,
              std::get<NetworkMap>(b.kind()).float16_unseen_embeddings);
  } else if (const auto* x = std::get_if<LinearMap>(&a.kind())) {
    const auto& y = std::get<LinearMap>(b.kind());
    expect_same_input(x->input, y.input);
    EXPECT_EQ(x->unit_rows, y.unit_rows);
    EXPECT_TRUE(same_bits(x->weight, y.weight));
    EXPECT_TRUE(same_bits(x->bias, y.bias));
  } else if (const auto* kernel = std::get_if<KernelMap>(&a.kind())) {
    expect_same(*kernel, std::get<KernelMap>(b.kind()));
  } else if (const auto* mlp = std::get_if<MlpMap>(&a.kind())) {
    expect_same(*mlp, std::get<MlpMap>(b.kind()));
  } else if (const auto* maps = std::get_if<MapsSideBySide>(&a.kind())) {
    expect_same(*maps, std::get<MapsSideBySide>(b.kind()));
  } else {
    const auto& x2 = std::get<IdentityMap>(a.kind());
    const auto& y2 = std::get<IdentityMap>(b.kind());
    expect_same_input(x2.input, y2.input);
    EXPECT_EQ(x2.unit_rows, y2.unit_rows);
  }
}

inline void expect_same(const FeatureMap& a, const FeatureMap& b) {
  ASSERT_EQ(a.steps().size(), b.steps().size());
  for (std::size_t i = 0; i < a.steps().size(); ++i) {
    const FeatureMap::Step& x = a.steps()[i];
    const FeatureMap::Step& y = b.steps()[i];
    ASSERT_EQ(x.index(), y.index()) << i;
    if (const auto* scaling = std::get_if<FeatureScaling>(&x)) {
      const auto& other = std::get<FeatureScaling>(y);
      EXPECT_EQ(scaling->kind, other.kind) << i;
      EXPECT_TRUE(same_bits(scaling->shift, other.shift)) << i;
      EXPECT_TRUE(same_bits(scaling->factor, other.factor)) << i;
    } else if (const auto* affine = std::get_if<AffineMap>(&x)) {
      EXPECT_TRUE(same_bits(affine->weight, std::get<AffineMap>(y).weight)) << i;
      EXPECT_TRUE(same_bits(affine->bias, std::get<AffineMap>(y).bias)) << i;
    } else if (const auto* side_by_side = std::get_if<SideBySide>(&x)) {
      const auto& other = std::get<SideBySide>(y);
      ASSERT_EQ(side_by_side->maps.size(), other.maps.size()) << i;
      for (std::size_t m = 0; m < other.maps.size(); ++m) {
        expect_same(side_by_side->maps[m], other.maps[m]);
      }
    } else if (!std::holds_alternative<WithSquares>(x)) {
      EXPECT_EQ(std::get<PowerMap>(x).exponent, std::get<PowerMap>(y).exponent) << i;
    }
  }
}

inline void expect_same(const ClassTable& a, const ClassTable& b) {
  EXPECT_EQ(a.names, b.names);
  EXPECT_EQ(a.seen, b.seen);
  EXPECT_EQ(a.spaces, b.spaces);
  EXPECT_EQ(a.dimension_names, b.dimension_names);
  ASSERT_EQ(a.embeddings.size(), b.embeddings.size());
  for (std::size_t i = 0; i < a.embeddings.size(); ++i) {
    EXPECT_TRUE(same_bits(a.embeddings[i], b.embeddings[i])) << i;
  }
}

inline void expect_same(const Model& a, const Model& b) {
  expect_same(a.feature_map, b.feature_map);
  expect_same(a.class_map, b.class_map);
  expect_same(a.classes, b.classes);
  EXPECT_EQ(a.metric, b.metric);
  EXPECT_EQ(a.gamma, b.gamma);
  EXPECT_EQ(a.temperature, b.temperature);
  EXPECT_EQ(a.rejection.num_images, b.rejection.num_images);
  EXPECT_EQ(a.rejection.least_candidates, b.rejection.least_candidates);
  EXPECT_EQ(a.rejection.most_candidates, b.rejection.most_candidates);
  ASSERT_EQ(a.rejection.points.size(), b.rejection.points.size());
  for (std::size_t i = 0; i < a.rejection.points.size(); ++i) {
    EXPECT_EQ(a.rejection.points[i].threshold, b.rejection.points[i].threshold) << i;
    EXPECT_EQ(a.rejection.points[i].precision, b.rejection.points[i].precision) << i;
    EXPECT_EQ(a.rejection.points[i].accepted, b.rejection.points[i].accepted) << i;
  }
  EXPECT_TRUE(same_bits(a.prototypes.rows, b.prototypes.rows));
  EXPECT_TRUE(same_bits(a.prototypes.scale, b.prototypes.scale));
  EXPECT_TRUE(same_bits(a.prototypes.offset, b.prototypes.offset));
  EXPECT_EQ(a.provenance, b.provenance);
}

}  // namespace dem::test
