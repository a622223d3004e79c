#include "dem/model/class_map.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/base/error.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;

// Three classes in two spaces; the second has no attributes at all.
ClassTable table() {
  ClassTable classes;
  classes.names = {"horse", "zebra", "tiger"};
  classes.seen = {true, false, true};
  classes.spaces = {"word", "attribute"};
  classes.embeddings.emplace_back(3, 3);
  classes.embeddings.emplace_back(3, 2);
  const float attributes[] = {3.0f, -4.0f, 0.0f, 0.0f, 1e-30f, 0.0f};
  std::copy(std::begin(attributes), std::end(attributes), classes.embeddings[1].data());
  return classes;
}

LinearMap linear(bool unit_rows) {
  LinearMap map{{"attribute", 2}, unit_rows, Matrix<float>(3, 2), {0.5f, 0.0f, -1.0f}};
  const float weight[] = {1.0f, 0.0f, 2.0f, 1.0f, 0.0f, -1.0f};
  std::copy(std::begin(weight), std::end(weight), map.weight.data());
  return map;
}

void expect_rows(MatrixView<const float> got, const std::vector<std::vector<float>>& expected) {
  ASSERT_EQ(got.rows(), static_cast<Index>(expected.size()));
  for (Index i = 0; i < got.rows(); ++i) {
    const auto row = got.row(i);
    EXPECT_EQ(std::vector<float>(row.begin(), row.end()), expected[static_cast<std::size_t>(i)])
        << i;
  }
}

TEST(ClassMap, ALinearMapIsAProductAndABias) {
  const ClassMap map(linear(false));
  EXPECT_EQ(map.prototype_dim(), 3);
  EXPECT_EQ(map.to_string(), "linear 2 -> 3");
  EXPECT_EQ(map.spaces(), std::vector<std::string>{"attribute"});
  EXPECT_EQ(map.inputs()[0].dim, 2);
  EXPECT_EQ(map.network(), nullptr);
  expect_rows(map.prototypes(table()),
              {{3.5f, 2.0f, 3.0f}, {0.5f, 0.0f, -1.0f}, {0.5f, 2e-30f, -1.0f}});
}

// (3, -4) / 5; a zero row stays one; however short a row, its direction counts.
TEST(ClassMap, UnitRowsTakeDirectionsAlone) {
  expect_rows(ClassMap(linear(true)).prototypes(table()),
              {{0.5f + 0.6f, 1.2f - 0.8f, -1.0f + 0.8f}, {0.5f, 0.0f, -1.0f}, {1.5f, 2.0f, -1.0f}});
  expect_rows(ClassMap(IdentityMap{{"attribute", 2}, true}).prototypes(table()),
              {{0.6f, -0.8f}, {0.0f, 0.0f}, {1.0f, 0.0f}});
}

TEST(ClassMap, AnIdentityMapGivesTheDescriptions) {
  const ClassMap map(IdentityMap{{"attribute", 2}, false});
  EXPECT_EQ(map.prototype_dim(), 2);
  EXPECT_EQ(map.to_string(), "identity 2");
  expect_rows(map.prototypes(table()), {{3.0f, -4.0f}, {0.0f, 0.0f}, {1e-30f, 0.0f}});
}

MlpMap mlp(bool unit_rows) {
  MlpMap map{{"attribute", 2}, unit_rows, {}};
  map.layers.push_back({Matrix<float>(2, 2), {0.0f, 1.0f}, Activation::kRelu});
  map.layers.push_back({Matrix<float>(1, 2), {0.25f}, Activation::kIdentity});
  const float first[] = {1.0f, 2.0f, -2.0f, 0.5f};
  const float second[] = {4.0f, -1.0f};
  std::copy(std::begin(first), std::end(first), map.layers[0].weight.data());
  std::copy(std::begin(second), std::end(second), map.layers[1].weight.data());
  return map;
}

// (3, -4): hidden (3 - 8, -6 - 2 + 1) -> 0, 0. (0, 0): (0, 1). (1e-30, 0): (1e-30, 1 - 2e-30); of
// norm 1, (1, -1).
TEST(ClassMap, AnMlpGoesThroughItsLayers) {
  const ClassMap map(mlp(false));
  EXPECT_EQ(map.prototype_dim(), 1);
  EXPECT_EQ(map.to_string(), "mlp 2-2 relu-1 identity");
  EXPECT_EQ(map.spaces(), std::vector<std::string>{"attribute"});
  EXPECT_EQ(map.network(), nullptr);
  expect_rows(map.prototypes(table()), {{0.25f}, {-0.75f}, {-0.75f}});
  expect_rows(ClassMap(mlp(true)).clone().prototypes(table()), {{0.25f}, {-0.75f}, {4.25f}});
}

TEST(ClassMap, AnMlpWhoseLayersDoNotFitIsRefused) {
  const auto refused = [](const char* part, auto&& spoil) {
    MlpMap map = mlp(false);
    spoil(map);
    expect_error(ErrorKind::kShapeMismatch, {"mlp", part}, [&] {
      (void)ClassMap(std::move(map)).prototypes(table());
    });
  };
  refused("at least one layer", [](MlpMap& m) { m.layers.clear(); });
  refused("layer 0: expected [2, 2]", [](MlpMap& m) { m.layers[0].weight = Matrix<float>(2, 3); });
  refused("layer 1: expected [1, 2]", [](MlpMap& m) { m.layers[1].bias.push_back(0.0f); });
}

TEST(ClassMap, ANetworksPrototypesAreItsForwardPass) {
  Rng rng(1, Purpose::kSynthetic);
  Network network({.inputs = {{"attribute", 2}, {"word", 3}}, .hidden_dim = 4, .feature_dim = 5});
  test::fill_normal(network.parameters(), 0.5, rng);
  const ClassTable classes = table();
  const MatrixView<const float> inputs[] = {classes.embeddings[1], classes.embeddings[0]};
  const Matrix<float> expected = network.forward(inputs);
  const ClassMap map(NetworkMap{std::move(network), false});
  EXPECT_EQ(map.prototype_dim(), 5);
  EXPECT_EQ(map.spaces(), (std::vector<std::string>{"attribute", "word"}));
  EXPECT_EQ(map.to_string(), "network (2 + 3)-4-5 relu");
  const Matrix<float> got = map.prototypes(classes);
  for (Index i = 0; i < 3; ++i) {
    for (Index d = 0; d < 5; ++d) EXPECT_EQ(got(i, d), expected(i, d)) << i << ", " << d;
  }
}

TEST(ClassMap, ATableWithoutClassesGivesNoPrototypes) {
  ClassTable none;
  none.spaces = {"attribute"};
  none.embeddings.emplace_back(0, 2);
  for (const ClassMap& map : {ClassMap(linear(true)),
                              ClassMap(IdentityMap{{"attribute", 2}, true}),
                              ClassMap(mlp(true))}) {
    const Matrix<float> prototypes = map.prototypes(none);
    EXPECT_EQ(prototypes.rows(), 0);
    EXPECT_EQ(prototypes.cols(), map.prototype_dim());
  }
}

TEST(ClassMap, SaysWhatTheTableLacks) {
  LinearMap sketch = linear(false);
  sketch.input.space = "sketch";
  expect_error(ErrorKind::kShapeMismatch, {"\"sketch\"", "got word, attribute"}, [&] {
    (void)ClassMap(std::move(sketch)).prototypes(table());
  });
  expect_error(ErrorKind::kShapeMismatch, {"\"word\"", "expected [3, 2], got [3, 3]"}, [] {
    (void)ClassMap(IdentityMap{{"word", 2}, false}).prototypes(table());
  });
  ClassTable broken = table();
  broken.seen.pop_back();
  expect_error(ErrorKind::kShapeMismatch, {"2 flags for 3 names"}, [&] {
    (void)ClassMap(linear(false)).prototypes(broken);
  });
  expect_error(ErrorKind::kShapeMismatch, {"layers"}, [] { (void)ClassMap().prototypes(table()); });
}

TEST(ClassMap, CloneIsDeep) {
  const ClassMap map(linear(true));
  const ClassMap copy = map.clone();
  const auto& a = std::get<LinearMap>(map.kind());
  const auto& b = std::get<LinearMap>(copy.kind());
  EXPECT_NE(a.weight.data(), b.weight.data());
  EXPECT_EQ(b.weight(1, 0), 2.0f);
  EXPECT_EQ(a.bias, b.bias);
  EXPECT_TRUE(b.unit_rows);
  const ClassMap network(NetworkMap{Network({.inputs = {{"word", 3}}, .feature_dim = 2}), true});
  const ClassMap twin = network.clone();
  EXPECT_NE(twin.network()->parameters().data(), network.network()->parameters().data());
  EXPECT_TRUE(std::get<NetworkMap>(twin.kind()).float16_unseen_embeddings);
  const ClassMap layers(mlp(true));
  const ClassMap layers_twin = layers.clone();
  EXPECT_NE(std::get<MlpMap>(layers_twin.kind()).layers[0].weight.data(),
            std::get<MlpMap>(layers.kind()).layers[0].weight.data());
  EXPECT_TRUE(std::get<MlpMap>(layers_twin.kind()).unit_rows);
  const ClassMap identity = ClassMap(IdentityMap{{"word", 3}, true}).clone();
  EXPECT_TRUE(std::get<IdentityMap>(identity.kind()).unit_rows);
}

}  // namespace
}  // namespace dem
