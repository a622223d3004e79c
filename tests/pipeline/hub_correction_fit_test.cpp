// fit() with something off the scores of hubs.
#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "dem/pipeline/statistics.h"
#include "pipeline/toy_folder.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;

class HubCorrectionFit : public ::testing::TestWithParam<const char*> {
 protected:
  HubCorrectionFit() { toy_.write(20); }
  [[nodiscard]] Dataset dataset() const { return load_dataset(toy_.data()); }
  [[nodiscard]] static FitOptions options(const std::string& hubs, const char* name) {
    FitOptions options;
    options.recipe = make_recipe(name, "TOY", TrainMode::kAttribute);
    options.recipe.set({{"hub_correction", hubs}});
    return options;
  }
  test::ToyFolder toy_;
};

// Means of the training images' features by class, in plain loops, through the model's map.
Matrix<float> naive_bank(const Model& model, const Dataset& dataset) {
  const Index dim = dataset.feature_dim();
  Matrix<double> sums(dataset.classes.size(), dim);
  std::vector<double> counts(at(dataset.classes.size()), 0.0);
  for (const Index row : dataset.split.trainval) {
    const Index c = dataset.labels[at(row)];
    counts[at(c)] += 1.0;
    for (Index d = 0; d < dim; ++d) sums(c, d) += double{dataset.visual_features(row, d)};
  }
  std::vector<ClassId> seen;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0.0) seen.push_back(static_cast<ClassId>(c));
  }
  Matrix<float> means(static_cast<Index>(seen.size()), dim);
  for (Index s = 0; s < means.rows(); ++s) {
    const Index c = seen[at(s)];
    for (Index d = 0; d < dim; ++d) means(s, d) = static_cast<float>(sums(c, d) / counts[at(c)]);
  }
  return model.feature_map.mapped(means);
}

TEST_P(HubCorrectionFit, AGivenWeightIsInTheModel) {
  const Dataset data = dataset();
  const FitResult result = fit(data, options("0.5", GetParam()));
  const auto& hubs = result.model.class_map.hub_correction();
  ASSERT_TRUE(hubs.has_value());
  EXPECT_EQ(hubs->term.weight, 0.5f);
  EXPECT_EQ(hubs->term.nearest, 2);  // a tenth of 20 seen classes
  EXPECT_EQ(hubs->metric, result.model.metric);
  EXPECT_EQ(result.model.provenance.at("hub_correction"), "0.5");
  const Matrix<float> bank = naive_bank(result.model, data);
  ASSERT_EQ(hubs->term.seen.rows(), bank.rows());
  float largest = 0.0f;
  for (Index i = 0; i < bank.size(); ++i) largest = std::max(largest, std::abs(bank.data()[i]));
  for (Index i = 0; i < bank.size(); ++i) {
    ASSERT_NEAR(hubs->term.seen.data()[i], bank.data()[i], 1e-5f * largest) << i;
  }
  const std::string bytes = model_to_bytes(result.model);
  const Model read = model_from_bytes(std::as_bytes(std::span(bytes)));
  EXPECT_EQ(model_to_bytes(read), bytes);
}

TEST_P(HubCorrectionFit, NothingIsAsWithout) {
  const Dataset data = dataset();
  FitOptions without = options("none", GetParam());
  const FitResult expected = fit(data, without);
  EXPECT_FALSE(expected.model.class_map.hub_correction().has_value());
  const FitResult zero = fit(data, options("0", GetParam()));
  EXPECT_FALSE(zero.model.class_map.hub_correction().has_value());
  EXPECT_EQ(zero.model.gamma, expected.model.gamma);
  EXPECT_EQ(zero.model.temperature, expected.model.temperature);
}

TEST_P(HubCorrectionFit, AChosenOneDoesNotLookAtTestImages) {
  const FitResult result = fit(dataset(), options("val", GetParam()));
  EXPECT_EQ(result.model.provenance.count("hub_correction"), 1u);
  Dataset other = dataset();
  for (const auto* rows : {&other.split.test_unseen, &other.split.test_seen}) {
    for (const Index row : *rows) {
      for (Index j = 0; j < other.visual_features.cols(); ++j) other.visual_features(row, j) = 9.0f;
    }
  }
  EXPECT_EQ(model_to_bytes(fit(other, options("val", GetParam())).model),
            model_to_bytes(result.model));
}

TEST_P(HubCorrectionFit, ComesFromStatisticsAlone) {
  const SavedStatistics saved = gather_statistics(toy_.data(), {.second_moment = true});
  FitOptions from_file = options("0.5", GetParam());
  from_file.saved_statistics = &saved;
  const FitResult result = fit(dataset_without_images(saved), from_file);
  EXPECT_TRUE(result.model.class_map.hub_correction().has_value());
}

INSTANTIATE_TEST_SUITE_P(Recipes,
                         HubCorrectionFit,
                         ::testing::Values("ridge", "ridge-v2s", "eszsl", "sae", "whitened"));

TEST_F(HubCorrectionFit, IsForRecipesThatLearnAtOnceWithoutAHubTermOrOffsets) {
  const Dataset data = dataset();
  expect_error(ErrorKind::kInvalidArgument, {"auto", "hub_correction", "hub term of its own"}, [&] {
    (void)fit(data, options("val", "auto"));
  });
  for (const char* weight : {"val", "0.5"}) {
    expect_error(ErrorKind::kInvalidArgument, {"gp", "hub_correction", "offsets", weight}, [&] {
      (void)fit(data, options(weight, "gp"));
    });
  }
  expect_error(ErrorKind::kInvalidArgument, {"gbu", "hub_correction", "in steps"}, [&] {
    (void)fit(data, options("0.5", "gbu"));
  });
  expect_error(ErrorKind::kInvalidArgument, {"hub_correction", "at least 0", "-1"}, [&] {
    (void)fit(data, options("-1", "ridge"));
  });
}

}  // namespace
}  // namespace dem
