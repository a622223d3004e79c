// fit() by recipe `dem`, where data are few or of another scale.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "base/at.h"
#include "dem/base/threads.h"
#include "dem/data/synthetic.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "dem/pipeline/statistics.h"
#include "support/program.h"

namespace dem {
namespace {

class ClassNetworkFit : public ::testing::Test {
 protected:
  void write(Index num_seen_classes, Index images_a_class = 20) {
    (void)write_synthetic({.output = folder_ / "",
                           .layout = "gbu",
                           .name = "TOY",
                           .num_train_images = images_a_class * num_seen_classes,
                           .num_test_images = 80,
                           .num_test_seen_images = 40,
                           .num_seen_classes = num_seen_classes,
                           .num_unseen_classes = 4,
                           .attribute_dim = 30,
                           .feature_dim = 20,
                           .noise = 0.3});
  }
  [[nodiscard]] Dataset load() const {
    DatasetOptions options;
    options.data_path = folder_ / "";
    options.name = "TOY";
    return load_dataset(options);
  }
  [[nodiscard]] static FitOptions options(const std::map<std::string, std::string>& fields = {}) {
    FitOptions options;
    options.recipe = make_recipe("dem", "TOY", TrainMode::kAttribute);
    options.recipe.set(fields);
    return options;
  }
  // One network to learn on each fold, where what is chosen does not matter.
  [[nodiscard]] static FitOptions one_network() {
    return options({{"hidden_dim", "16"}, {"space", "whitened"}});
  }
  static double t1(const FitResult& result, const Dataset& dataset) {
    return evaluate_model(result.model, dataset, result.model.metric).t1;
  }

  test::TemporaryFolder folder_;
};

TEST_F(ClassNetworkFit, IsTheSameForASeedAndAnyNumberOfThreads) {
  write(20);
  const Dataset dataset = load();
  const int before = num_threads();
  std::string first;
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    Model model = fit(dataset, one_network()).model;
    model.provenance.erase("threads");
    const std::string bytes = model_to_bytes(model);
    if (first.empty()) first = bytes;
    EXPECT_TRUE(bytes == first) << threads;
  }
  set_num_threads(before);
}

TEST_F(ClassNetworkFit, DoesNotLookAtTestImages) {
  write(20);
  const Dataset dataset = load();
  Dataset other = load();
  for (const auto* rows : {&other.split.test_unseen, &other.split.test_seen}) {
    for (const Index row : *rows) {
      for (Index j = 0; j < other.visual_features.cols(); ++j) other.visual_features(row, j) = 9.0f;
    }
  }
  EXPECT_EQ(model_to_bytes(fit(other, one_network()).model),
            model_to_bytes(fit(dataset, one_network()).model));
}

TEST_F(ClassNetworkFit, ComesBackFromItsFolder) {
  write(40);
  const Dataset dataset = load();
  FitOptions saved = one_network();
  saved.output = folder_ / "out";
  const FitResult result = fit(dataset, saved);
  EXPECT_GT(t1(result, dataset), 0.5);  // chance is 1/4
  EXPECT_EQ(result.model.provenance.at("selection"), "val");
  const Model loaded = Model::load(saved.output);
  EXPECT_EQ(evaluate_model(loaded, dataset, loaded.metric).to_json(),
            evaluate_model(result.model, dataset, loaded.metric).to_json());
}

TEST_F(ClassNetworkFit, ChoosesFromAFileOfStatisticsWithoutImages) {
  write(40);
  DatasetOptions data;
  data.data_path = folder_ / "";
  data.name = "TOY";
  const SavedStatistics saved = gather_statistics(data, {.second_moment = true});
  FitOptions from_file = options();
  from_file.saved_statistics = &saved;
  const FitResult result = fit(dataset_without_images(saved), from_file);
  EXPECT_EQ(result.model.provenance.at("selection"), "val");
  const Dataset dataset = load();
  EXPECT_GT(t1(result, dataset), 0.5);
}

TEST_F(ClassNetworkFit, DoesNotCareForTheScaleOfFeaturesOrDescriptions) {
  write(16);
  const Dataset plain = load();
  const double expected = t1(fit(plain, options()), plain);
  for (const float scale : {1e-3f, 1e3f}) {
    Dataset scaled = load();
    for (Index i = 0; i < scaled.visual_features.size(); ++i) {
      scaled.visual_features.data()[i] *= scale;
    }
    Matrix<float>& descriptions = scaled.classes.embeddings[0];
    for (Index i = 0; i < descriptions.size(); ++i) descriptions.data()[i] *= scale;
    EXPECT_NEAR(t1(fit(scaled, options()), scaled), expected, 0.03) << scale;  // two images of 80
  }
}

TEST_F(ClassNetworkFit, TakesItsDefaultsWhereThereIsNothingToChooseBy) {
  for (const Index seen : {2, 3}) {
    write(seen);
    const Dataset dataset = load();
    const FitResult result = fit(dataset, options());
    EXPECT_EQ(result.model.provenance.at("selection"), "default") << seen;
    EXPECT_EQ(result.model.provenance.at("hidden_dim"), "0") << seen;
    EXPECT_EQ(result.model.provenance.at("space"), "whitened") << seen;
    EXPECT_TRUE(std::isfinite(t1(result, dataset))) << seen;
  }
}

TEST_F(ClassNetworkFit, LearnsFromOneImageAClass) {
  write(40, 1);
  const Dataset dataset = load();
  EXPECT_GT(t1(fit(dataset, one_network()), dataset), 0.4);  // chance is 1/4
}

// As the paper's network ends; the plain space of min-max features has nothing below zero.
TEST_F(ClassNetworkFit, EndsInAReluWhereNoFeatureIsNegative) {
  write(12);
  const Dataset dataset = load();
  const std::map<std::string, std::string> settings{
      {"space", "plain"}, {"hidden_dim", "8"}, {"iterations", "5"}, {"lambda", "0.1"}};
  const FitResult bounded = fit(dataset, options(settings));
  EXPECT_EQ(bounded.model.provenance.at("output_relu"), "true");
  const Matrix<float>& rows = bounded.model.prototypes.rows;
  EXPECT_GE(*std::min_element(rows.data(), rows.data() + rows.size()), 0.0f);
  std::map<std::string, std::string> standard = settings;
  standard["feature_scaling"] = "standard";
  const FitResult free = fit(dataset, options(standard));
  EXPECT_EQ(free.model.provenance.at("output_relu"), "false");
  const Matrix<float>& others = free.model.prototypes.rows;
  EXPECT_LT(*std::min_element(others.data(), others.data() + others.size()), 0.0f);
}

// A hidden layer of its own and iterations that are given: what was asked is what the model has.
TEST_F(ClassNetworkFit, TrainsTheNetworkThatIsGiven) {
  write(40);
  const Dataset dataset = load();
  const FitResult result =
      fit(dataset, options({{"hidden_dim", "16"}, {"iterations", "20"}, {"space", "whitened"}}));
  EXPECT_EQ(result.model.provenance.at("hidden_dim"), "16");
  EXPECT_EQ(result.model.provenance.at("iterations"), "20");
  EXPECT_NE(result.model.class_map.to_string().find("30-16 relu-20 identity"), std::string::npos)
      << result.model.class_map.to_string();
  EXPECT_EQ(result.model.provenance.at("selection"), "val");
}

}  // namespace
}  // namespace dem
