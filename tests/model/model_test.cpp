#include "dem/model/model.h"

#include <gtest/gtest.h>

#include <string>

#include "dem/base/error.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

// Three classes, of which the second is unseen, described in two spaces.
ClassTable table(Rng& rng) {
  ClassTable classes;
  classes.names = {"horse", "zebra", "tiger"};
  classes.seen = {true, false, true};
  classes.spaces = {"attribute", "word"};
  classes.embeddings.push_back(test::normal_matrix(3, 4, 1.0, rng));
  classes.embeddings.push_back(test::normal_matrix(3, 6, 1.0, rng));
  return classes;
}

Network network_of(std::vector<NetworkInput> inputs, Rng& rng) {
  NetworkSpec spec;
  spec.inputs = std::move(inputs);
  spec.hidden_dim = 5;
  spec.feature_dim = 7;
  spec.hidden_activation = Activation::kScaledTanh;
  Network network(spec);
  test::fill_normal(network.parameters(), 0.5, rng);
  return network;
}

void expect_row_equal(MatrixView<const float> a, MatrixView<const float> b, Index row) {
  for (Index d = 0; d < a.cols(); ++d) EXPECT_EQ(a(row, d), b(row, d)) << row << ", " << d;
}

std::string message_of(Model& model) {
  try {
    model.update_prototypes();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kShapeMismatch);
    return error.what();
  }
  ADD_FAILURE() << "expected an error";
  return "";
}

// The network takes word, then attribute: spaces are found by name, not by place.
TEST(Model, PrototypesAreTheNetworksForwardPassOfTheTable) {
  Rng rng(1, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.network = network_of({{"word", 6}, {"attribute", 4, 3.0f}}, rng);
  model.update_prototypes();
  const MatrixView<const float> inputs[] = {model.classes.embeddings[1],
                                            model.classes.embeddings[0]};
  const Matrix<float> expected = model.network.forward(inputs);
  ASSERT_EQ(model.prototypes.rows(), 3);
  ASSERT_EQ(model.prototypes.cols(), 7);
  for (Index c = 0; c < 3; ++c) expect_row_equal(model.prototypes, expected, c);
}

TEST(Model, OnlyUnseenDescriptionsAreRoundedAndOnlyWhenAsked) {
  Rng rng(2, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.network = network_of({{"attribute", 4}}, rng);
  const Matrix<float> before = model.classes.embeddings[0].clone();
  const Matrix<float> exact = class_prototypes(model.network, model.classes, false);
  model.float16_unseen_embeddings = true;
  model.update_prototypes();
  expect_row_equal(model.prototypes, exact, 0);
  expect_row_equal(model.prototypes, exact, 2);

  Matrix<float> rounded = before.clone();
  bool differs = false;
  for (float& value : rounded.row(1)) {
    differs = differs || round_to_float16(value) != value;
    value = round_to_float16(value);
  }
  ASSERT_TRUE(differs);
  const MatrixView<const float> inputs[] = {rounded};
  expect_row_equal(model.prototypes, model.network.forward(inputs), 1);
  for (Index c = 0; c < 3; ++c) expect_row_equal(model.classes.embeddings[0], before, c);
}

TEST(Model, SaysWhichSpaceTheTableLacks) {
  Rng rng(3, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.network = network_of({{"sentence", 4}}, rng);
  EXPECT_EQ(message_of(model),
            "class table: expected the semantic space \"sentence\" that the network takes, got "
            "attribute, word");
}

TEST(Model, WithoutLayersItHasNoPrototypes) {
  Model model;
  EXPECT_EQ(message_of(model), "network: expected layers (it has none), got 0");
}

TEST(Model, SaysWhichWidthDiffers) {
  Rng rng(4, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.network = network_of({{"word", 9}}, rng);
  EXPECT_EQ(message_of(model), "class table, space \"word\": expected [3, 9], got [3, 6]");
}

TEST(Model, RefusesATableWhosePartsDisagree) {
  Rng rng(5, Purpose::kSynthetic);
  Model model;
  model.network = network_of({{"word", 6}}, rng);
  model.classes = table(rng);
  model.classes.names.push_back("okapi");
  model.classes.seen.push_back(false);
  EXPECT_EQ(message_of(model), "class table, space \"word\": expected [4, 6], got [3, 6]");
  model.classes = table(rng);
  model.classes.seen.pop_back();
  EXPECT_NE(message_of(model).find("2 flags for 3 names"), std::string::npos);
  model.classes = table(rng);
  model.classes.spaces.emplace_back("sentence");
  EXPECT_NE(message_of(model).find("2 arrays for 3 spaces"), std::string::npos);
}

}  // namespace
}  // namespace dem
