#include "dem/pipeline/model_signs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/at.h"

namespace dem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Index kNumClasses = 6;  // the last two unseen
constexpr Index kDim = 4;

// Class c has description e_c-like rows and two training images around mean (c, -c, 2 c, 1).
Dataset toy_dataset() {
  Dataset dataset;
  dataset.name = "TOY";
  dataset.classes.spaces = {"attribute"};
  Matrix<float> descriptions(kNumClasses, 1);
  for (ClassId c = 0; c < kNumClasses; ++c) {
    dataset.classes.names.push_back("class " + std::to_string(c));
    dataset.classes.seen.push_back(c < 4);
    (c < 4 ? dataset.seen_classes : dataset.unseen_classes).push_back(c);
    descriptions(c, 0) = static_cast<float>(c);
  }
  dataset.classes.embeddings.push_back(std::move(descriptions));
  dataset.visual_features = Matrix<float>(8, kDim);
  for (Index i = 0; i < 8; ++i) {
    const auto c = static_cast<float>(i / 2);
    const float off = i % 2 == 0 ? 0.1f : -0.1f;
    const float mean[] = {c, -c, 2 * c, 1.0f};
    for (Index d = 0; d < kDim; ++d) dataset.visual_features(i, d) = mean[d] + off;
    dataset.labels.push_back(static_cast<ClassId>(i / 2));
    dataset.split.trainval.push_back(i);
  }
  return dataset;
}

// p = relu(W a) without a hidden layer.
Model network_model(const std::vector<float>& weights) {
  Network network({.inputs = {{"attribute", 1}}, .hidden_dim = 0, .feature_dim = kDim});
  auto layer = network.layer(0);
  for (Index d = 0; d < kDim; ++d) layer.weight(d, 0) = weights[at(d)];
  Model model;
  model.class_map = ClassMap(NetworkMap{std::move(network)});
  model.classes = toy_dataset().classes.clone();
  model.update_prototypes();
  return model;
}

TEST(ModelSigns, CountsWhatAReluDoesNotReach) {
  const Dataset dataset = toy_dataset();
  const ModelSigns signs = model_signs(network_model({1, -1, 2, 0.5f}), dataset);
  EXPECT_EQ(signs.num_outputs, 4);
  EXPECT_EQ(signs.num_dead, 1);  // the second; means of the last do not differ
  // Below 0: of dimensions 0 and 2 the image of class 0 with -0.1, of the second all but that of
  // class 0 with +0.1; of the last none.
  EXPECT_NEAR(signs.unreachable, 9.0 / 32.0, 1e-9);
  // Prototypes c (1, 0, 2, 1/2), c = 0 .. 5: variance of c is 35/12.
  EXPECT_NEAR(signs.prototype_spread, std::sqrt(35.0 / 12.0 * 5.25), 1e-5);
  EXPECT_NEAR(signs.mean_spread, std::sqrt(1.25 * 6.0), 1e-5);
  const auto lines = signs.sentences();
  EXPECT_THAT(lines,
              ElementsAre(HasSubstr("1 of 4 outputs are the same for every class"),
                          HasSubstr("28.1 % of the features are below 0")));
}

TEST(ModelSigns, SaysThatPrototypesLieTogether) {
  const ModelSigns signs = model_signs(network_model({0.01f, 0.01f, 0.01f, 0.01f}), toy_dataset());
  EXPECT_EQ(signs.num_dead, 0);
  EXPECT_THAT(signs.sentences()[0], HasSubstr("hardly tells classes apart"));
}

TEST(ModelSigns, ASoundModelHasNone) {
  const Dataset dataset = toy_dataset();
  Model model = network_model({1, 1, 1, 1});
  Matrix<float> weight(kDim, 1);
  for (const auto& [d, value] : {std::pair{0, 1.0f}, {1, -1.0f}, {2, 2.0f}}) weight(d, 0) = value;
  model.class_map = ClassMap(LinearMap{{"attribute", 1}, false, std::move(weight), {0, 0, 0, 1}});
  model.update_prototypes();
  const ModelSigns signs = model_signs(model, dataset);
  EXPECT_EQ(signs.unreachable, 0.0);
  EXPECT_EQ(signs.num_dead, 0);
  EXPECT_THAT(signs.sentences(), IsEmpty());
}

TEST(ModelSigns, NothingIsSaidWithoutImages) {
  Dataset dataset = toy_dataset();
  dataset.visual_features = Matrix<float>(0, kDim);
  dataset.split.trainval.clear();
  EXPECT_THAT(model_signs(network_model({0, 0, 0, 0}), dataset).sentences(), IsEmpty());
}

TEST(CrowdingSentence, NamesTheClassThatMostImagesGoTo) {
  const Dataset dataset = toy_dataset();
  EvaluationResult result;
  result.num_test_unseen = 100;
  result.per_class = {{4, 20, 0.1, std::nullopt}, {5, 10, 0.2, std::nullopt}};
  result.hubness[result.metric].n1_hubs = {{5, 62}, {4, 38}};
  EXPECT_EQ(crowding_sentence(result, dataset), "62 of 100 unseen test images go to \"class 5\"");
  result.hubness[result.metric].n1_hubs[0].images = 59;  // below three times 20
  EXPECT_EQ(crowding_sentence(result, dataset), "");
  result.hubness[result.metric].n1_hubs.clear();
  EXPECT_EQ(crowding_sentence(result, dataset), "");
}

}  // namespace
}  // namespace dem
