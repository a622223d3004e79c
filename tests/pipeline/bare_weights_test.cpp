#include "dem/pipeline/bare_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "dem/exchange/model_file.h"
#include "dem/optim/training_state.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "support/files.h"

namespace dem {
namespace {

using test::encode_floats;
using test::example_network;
using test::expect_error;

class BareWeightsFile : public ::testing::Test {
 protected:
  // A checkpoint of a network of these inputs.
  std::string save(std::vector<NetworkInput> inputs, Index hidden_dim) {
    network_ = example_network({.inputs = std::move(inputs),
                                .hidden_dim = hidden_dim,
                                .feature_dim = 6,
                                .hidden_activation = Activation::kTanh});
    save_mindspore_checkpoint(network_, path_);
    return path_;
  }
  void expect_weights(const BareWeights& weights) const {
    EXPECT_TRUE(
        std::ranges::equal(weights.map.network.parameters(), std::as_const(network_).parameters()));
    EXPECT_EQ(weights.map.network.spec().feature_dim, 6);
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_.file("train.ckpt");
  Network network_;
};

TEST_F(BareWeightsFile, LayersTellTheReferencesNetworks) {
  const BareWeights word = load_bare_weights(save({{"word", 4, 1.0f}}, 0));
  expect_weights(word);
  EXPECT_EQ(word.map.network.spec().to_string(), "4-6 relu");
  EXPECT_EQ(word.map.network.spec().inputs[0].space, "word");
  EXPECT_EQ(word.metric, Metric::kCosine);
  EXPECT_EQ(word.provenance.at("train_mode"), "word");

  const BareWeights attribute = load_bare_weights(save({{"attribute", 3, 1.0f}}, 5));
  expect_weights(attribute);
  EXPECT_EQ(attribute.map.network.spec().to_string(), "3-5-6 relu");
  EXPECT_EQ(attribute.map.network.spec().inputs[0].space, "attribute");
  EXPECT_EQ(attribute.metric, Metric::kEuclidean);

  const BareWeights fusion =
      load_bare_weights(save({{"word", 4, 1.0f}, {"attribute", 3, 1.0f}}, 5));
  expect_weights(fusion);
  EXPECT_EQ(fusion.map.network.spec().to_string(), "(4 + 3*3)-5-6 scaled_tanh");
}

TEST_F(BareWeightsFile, TheModeAndTheRecipeDecideWhatShapesLeaveOpen) {
  const std::string two_layers = save({{"word", 4, 1.0f}}, 5);
  const BareWeights word = load_bare_weights(two_layers, TrainMode::kWord);
  EXPECT_EQ(word.map.network.spec().inputs[0].space, "word");
  EXPECT_EQ(word.map.network.spec().hidden_dim, 5);
  const std::string fusion = save({{"word", 4, 1.0f}, {"attribute", 3, 1.0f}}, 5);
  const BareWeights model = load_bare_weights(fusion, {}, "tensorflow");
  EXPECT_EQ(model.map.network.spec().hidden_activation, Activation::kTanh);
}

TEST_F(BareWeightsFile, NamesOfCellsAroundTheNetworkAndOptimiserStateArePassedOver) {
  const std::string bytes = encode_floats("moment1.fc1.weight", {9, 9}, 0.0f) +
                            encode_floats("network.fc1.weight", {6, 4}, 1.0f) +
                            encode_floats("network.fc1.bias", {6}, 2.0f);
  const BareWeights model = load_bare_weights(folder_.write("train.ckpt", bytes));
  EXPECT_EQ(model.map.network.spec().to_string(), "4-6 relu");
}

TEST_F(BareWeightsFile, AModelBesideWithTheSameWeightsTellsTheNetwork) {
  const std::string path = save({{"word", 4, 1.0f}, {"attribute", 3, 0.5f}}, 5);
  Model model;
  model.classes.spaces = {"word", "attribute"};
  model.classes.embeddings.emplace_back(0, 4);
  model.classes.embeddings.emplace_back(0, 3);
  model.class_map = ClassMap(NetworkMap{network_.clone()});
  model.prototypes.rows = Matrix<float>(0, 6);
  save_model(model, folder_.file("model.safetensors"));
  const NetworkSpec spec = load_bare_weights(path).map.network.spec();
  EXPECT_EQ(spec.to_string(), "(4 + 0.5*3)-5-6 tanh");
  // Other weights, other network.
  Network other = network_.clone();
  other.parameters()[0] += 1.0f;
  model.class_map = ClassMap(NetworkMap{std::move(other)});
  save_model(model, folder_.file("model.safetensors"));
  EXPECT_EQ(load_bare_weights(path).map.network.spec().to_string(), "(4 + 3*3)-5-6 scaled_tanh");
}

TEST_F(BareWeightsFile, ATrainingStateNamesItsNetwork) {
  (void)save({{"word", 4, 0.25f}}, 5);
  TrainingState state;
  state.parameters.assign(network_.parameters().begin(), network_.parameters().end());
  state.moment1 = state.moment2 = state.parameters;
  const std::string path = folder_.file("last.safetensors");
  save_training_state(state, network_, path);
  const BareWeights model = load_bare_weights(path);
  expect_weights(model);
  EXPECT_EQ(model.map.network.spec().to_string(), "(0.25*4)-5-6 tanh");
  EXPECT_EQ(model.provenance.at("train_mode"), "word");
  expect_error(ErrorKind::kInvalidArgument, {path, "word", "att"}, [&] {
    (void)load_bare_weights(path, TrainMode::kAttribute);
  });
}

TEST_F(BareWeightsFile, ErrorsNameFileExpectationAndWhatWasThere) {
  const std::string path = save({{"attribute", 3, 1.0f}}, 5);
  expect_error(ErrorKind::kInvalidArgument, {path, "3 layers", "fusion", "2"}, [&] {
    (void)load_bare_weights(path, TrainMode::kFusion);
  });
  expect_error(
      ErrorKind::kInvalidArgument, {"best"}, [&] { (void)load_bare_weights(path, {}, "best"); });
  const std::string fusion = save({{"word", 4, 1.0f}, {"attribute", 3, 1.0f}}, 5);
  expect_error(ErrorKind::kInvalidArgument, {path, "1 or 2 layers", "word", "3"}, [&] {
    (void)load_bare_weights(fusion, TrainMode::kWord);
  });
  const std::string other = folder_.write("other.ckpt", encode_floats("conv.weight", {2, 2}, 1.0f));
  expect_error(ErrorKind::kFormat, {other, "fc1.weight", "MindSpore checkpoint"}, [&] {
    (void)load_bare_weights(other);
  });
  const std::string uneven = folder_.write(
      "uneven.ckpt",
      encode_floats("fc1.weight", {5, 3}, 1.0f) + encode_floats("fc1.bias", {5}, 1.0f) +
          encode_floats("fc2.weight", {6, 4}, 1.0f) + encode_floats("fc2.bias", {6}, 1.0f));
  expect_error(ErrorKind::kShapeMismatch, {uneven, "fc2.weight", "6, 5", "6, 4"}, [&] {
    (void)load_bare_weights(uneven);
  });
}

TEST(TrainModeOf, GoesByWordAndAttributeWhateverElseThereIs) {
  using Spaces = std::vector<std::string>;
  EXPECT_EQ(train_mode_of(Spaces{"attribute"}), TrainMode::kAttribute);
  EXPECT_EQ(train_mode_of(Spaces{"word"}), TrainMode::kWord);
  EXPECT_EQ(train_mode_of(Spaces{"word", "attribute"}), TrainMode::kFusion);
  EXPECT_EQ(train_mode_of(Spaces{"attribute", "text"}), TrainMode::kAttribute);
  EXPECT_EQ(train_mode_of(Spaces{"word", "text"}), TrainMode::kWord);
  EXPECT_EQ(train_mode_of(Spaces{"text"}), TrainMode::kAttribute);
}

}  // namespace
}  // namespace dem
