// The temperature of recipes that learn at once: probabilities of classes never seen are as good as
// they say.
#include <gtest/gtest.h>

#include <string>

#include "dem/data/dataset_from_arrays.h"
#include "dem/exchange/model_file.h"
#include "dem/learn/family.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "dem/search/predictor.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

constexpr Index kNumSeen = 60;
constexpr Index kNumUnseen = 20;
constexpr Index kDim = 12;

// Means are what descriptions say, half; the other half no description tells.
Dataset doubtful_dataset(Index images_of_a_seen_class) {
  Rng rng(17, Purpose::kInit);
  const Index num_classes = kNumSeen + kNumUnseen;
  Matrix<float> descriptions = test::normal_matrix(num_classes, kDim, 1.0, rng);
  const Matrix<float> untold = test::normal_matrix(num_classes, kDim, 1.0, rng);
  DatasetArrays arrays;
  const auto add = [&](Index c, Index count, std::vector<Index>& list) {
    for (Index i = 0; i < count; ++i) {
      list.push_back(static_cast<Index>(arrays.labels.size()));
      arrays.labels.push_back(static_cast<ClassId>(c));
    }
  };
  for (Index c = 0; c < num_classes; ++c) {
    arrays.classes.names.push_back("class " + std::to_string(c));
    if (c < kNumSeen) {
      add(c, images_of_a_seen_class, arrays.split.trainval);
      add(c, 10, arrays.split.test_seen);
    } else {
      add(c, 30, arrays.split.test_unseen);
    }
  }
  const auto n = static_cast<Index>(arrays.labels.size());
  Matrix<float> features = test::normal_matrix(n, kDim, 0.5, rng);
  for (Index i = 0; i < n; ++i) {
    const ClassId c = arrays.labels[static_cast<std::size_t>(i)];
    for (Index j = 0; j < kDim; ++j) features(i, j) += descriptions(c, j) + untold(c, j);
  }
  arrays.classes.spaces = {"attribute"};
  arrays.classes.embeddings.push_back(std::move(descriptions));
  return dataset_from_arrays(std::move(features), std::move(arrays));
}

Model fitted(const Dataset& dataset, const std::string& recipe) {
  FitOptions options;
  options.recipe = make_recipe(recipe, "", TrainMode::kAttribute);
  return fit(dataset, options).model;
}

TEST(TemperatureOnFolds, ProbabilitiesOfUnseenClassesAreAsGoodAsTheySay) {
  const Dataset dataset = doubtful_dataset(10);
  for (const char* recipe : {"auto", "whitened", "dem"}) {
    Model model = fitted(dataset, recipe);
    EXPECT_EQ(model.provenance.at("calibration"),
              "folds of held-out seen classes, among all of their classes");
    const EvaluationResult result = evaluate_model(model, dataset, model.metric);
    EXPECT_LT(*result.calibration_error, 0.12) << recipe;
    EXPECT_LT(*result.generalised_calibration_error, 0.12) << recipe;
    // As sure of unseen classes as it may be of those that it has learned from: far too sure.
    model.temperature /= 4.0f;
    const EvaluationResult surer = evaluate_model(model, dataset, model.metric);
    EXPECT_GT(*surer.calibration_error, *result.calibration_error + 0.1) << recipe;
  }
}

// Of test images, which the curve knows nothing of, about as many are right as it says.
TEST(TemperatureOnFolds, TheCurveOfRejectionHoldsForTestImages) {
  const Dataset dataset = doubtful_dataset(10);
  for (const char* recipe : {"auto", "dem"}) {
    const Model model = fitted(dataset, recipe);
    ASSERT_FALSE(model.rejection.empty()) << recipe;
    EXPECT_EQ(model.rejection.least_candidates, kNumSeen) << recipe;
    EXPECT_EQ(model.rejection.most_candidates, kNumSeen) << recipe;
    EXPECT_GT(model.rejection.num_images, 100) << recipe;
    const double wanted = 0.9;
    const double threshold = model.rejection.at_precision(wanted).threshold;
    const Prediction found = predict(model, dataset.visual_features);
    double right = 0.0, accepted = 0.0;
    for (const auto* rows : {&dataset.split.test_seen, &dataset.split.test_unseen}) {
      for (const Index row : *rows) {
        if (double{found.probabilities(row, 0)} < threshold) continue;
        accepted += 1.0;
        if (found.classes(row, 0) == dataset.labels[static_cast<std::size_t>(row)]) right += 1.0;
      }
    }
    EXPECT_GT(accepted, 100.0) << recipe;
    EXPECT_GT(right / accepted, wanted - 0.1) << recipe;  // 80 classes here, 60 there
  }
}

TEST(TemperatureOnFolds, TheCurveOfRejectionIsNotOfTestImages) {
  const Dataset dataset = doubtful_dataset(10);
  Dataset other = doubtful_dataset(10);
  for (const auto* rows : {&other.split.test_seen, &other.split.test_unseen}) {
    for (const Index row : *rows) {
      for (float& value : other.visual_features.row(row)) value = -value;
    }
  }
  EXPECT_EQ(model_to_bytes(fitted(other, "auto")), model_to_bytes(fitted(dataset, "auto")));
}

TEST(TemperatureOnFolds, WithoutFoldsItIsThatOfTheTrainingImages) {
  DatasetArrays arrays;
  FitOptions options;
  options.recipe = make_recipe("auto", "", TrainMode::kAttribute);
  arrays.classes.spaces = {"attribute"};
  Rng rng(1, Purpose::kInit);
  arrays.classes.embeddings.push_back(test::normal_matrix(4, 3, 1.0, rng));
  for (Index c = 0; c < 4; ++c) {
    arrays.classes.names.push_back("class " + std::to_string(c));
    for (Index i = 0; i < 6; ++i) {
      const auto row = static_cast<Index>(arrays.labels.size());
      (c < 2 ? arrays.split.trainval : arrays.split.test_unseen).push_back(row);
      arrays.labels.push_back(static_cast<ClassId>(c));
    }
  }
  const Dataset two = dataset_from_arrays(test::normal_matrix(24, 5, 1.0, rng), std::move(arrays));
  const Model model = fit(two, options).model;
  EXPECT_EQ(model.provenance.at("calibration"), "training images among seen classes");
  EXPECT_TRUE(model.rejection.empty());
}

}  // namespace
}  // namespace dem
