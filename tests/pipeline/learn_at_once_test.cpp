// fit() by recipes that learn at once: the whole way from a folder of data to a model file.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/data/synthetic.h"
#include "dem/exchange/model_file.h"
#include "dem/learn/family.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "dem/pipeline/statistics.h"
#include "dem/search/predictor.h"
#include "pipeline/toy_folder.h"
#include "support/files.h"
#include "support/log_lines.h"
#include "support/program.h"
#include "support/real_data.h"

namespace dem {
namespace {

using test::expect_error;

class LearnAtOnce : public ::testing::TestWithParam<const char*> {
 protected:
  LearnAtOnce() {
    (void)write_synthetic({.output = folder_ / "",
                           .layout = "gbu",
                           .name = "TOY",
                           .num_train_images = 800,
                           .num_test_images = 80,
                           .num_test_seen_images = 40,
                           .num_seen_classes = 40,
                           .num_unseen_classes = 4,
                           .attribute_dim = 30,
                           .feature_dim = 20,
                           .noise = 0.3});
  }
  [[nodiscard]] DatasetOptions data() const {
    DatasetOptions options;
    options.data_path = folder_ / "";
    options.name = "TOY";
    return options;
  }
  [[nodiscard]] FitOptions options() const {
    FitOptions options;
    options.recipe = make_recipe(GetParam(), "TOY", TrainMode::kAttribute);
    return options;
  }
  // The same with one point of the grid, so that nothing is chosen.
  [[nodiscard]] FitOptions fixed_options() const {
    FitOptions fixed = options();
    const std::map<std::string, std::string> settings = fixed.recipe.settings;
    for (const auto& [name, grid] : settings) {
      if (!name.ends_with("_grid")) continue;
      const std::string first = grid.substr(0, grid.find(' '));
      fixed.recipe.set({{name.substr(0, name.size() - 5), first}});
    }
    return fixed;
  }

  test::TemporaryFolder folder_;
};

void expect_near_prototypes(const Model& got, const Model& expected, float relative) {
  const Matrix<float>& a = got.prototypes.rows;
  const Matrix<float>& b = expected.prototypes.rows;
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_EQ(a.cols(), b.cols());
  float largest = 0.0f;
  for (Index i = 0; i < b.size(); ++i) largest = std::max(largest, std::abs(b.data()[i]));
  for (Index i = 0; i < b.size(); ++i) {
    ASSERT_NEAR(a.data()[i], b.data()[i], relative * largest) << i;
  }
}

TEST_P(LearnAtOnce, RecognisesClassesItHasNotSeen) {
  const Dataset dataset = load_dataset(data());
  const FitResult result = fit(dataset, options());
  EXPECT_TRUE(result.report.summary.finished());
  const EvaluationResult scores = evaluate_model(result.model, dataset, result.model.metric);
  EXPECT_GT(scores.t1, 0.5);  // chance is 1/4
  EXPECT_GT(result.model.temperature, 0.0f);
  EXPECT_EQ(result.model.provenance.at("selection"), "val");
  EXPECT_EQ(result.model.provenance.count("lambda"), 1);
}

// Neither the regularisers nor anything else may come from test images.
TEST_P(LearnAtOnce, DoesNotLookAtTestImages) {
  const Dataset dataset = load_dataset(data());
  const FitResult result = fit(dataset, options());
  Dataset other = load_dataset(data());
  for (const auto* rows : {&other.split.test_unseen, &other.split.test_seen}) {
    for (const Index row : *rows) {
      for (Index j = 0; j < other.visual_features.cols(); ++j) other.visual_features(row, j) = 9.0f;
    }
  }
  const FitResult again = fit(other, options());
  EXPECT_EQ(model_to_bytes(again.model), model_to_bytes(result.model));
}

TEST_P(LearnAtOnce, ComesBackFromItsFolderAndTakesNewClasses) {
  const Dataset dataset = load_dataset(data());
  FitOptions saved = options();
  saved.output = folder_ / "out";
  const FitResult result = fit(dataset, saved);
  Model loaded = Model::load(saved.output);
  EXPECT_EQ(evaluate_model(loaded, dataset, loaded.metric).to_json(),
            evaluate_model(result.model, dataset, loaded.metric).to_json());
  const auto summary = nlohmann::json::parse(test::read_file(folder_ / "out/summary.json"));
  EXPECT_EQ(summary.at("chosen").at("lambda"), loaded.provenance.at("lambda"));
  // A twin of the first class under another name has its prototype, and its scores.
  ClassTable twin{{"twin"}, {false}, loaded.classes.spaces, {}};
  const Matrix<float>& rows = loaded.classes.embeddings[0];
  twin.embeddings.emplace_back(1, rows.cols());
  for (Index j = 0; j < rows.cols(); ++j) twin.embeddings[0](0, j) = rows(0, j);
  loaded.add_classes(twin);
  const Index last = loaded.classes.size() - 1;
  for (Index j = 0; j < loaded.prototypes.rows.cols(); ++j) {
    EXPECT_NEAR(loaded.prototypes.rows(last, j), loaded.prototypes.rows(0, j), 1e-5);
  }
  const Prediction prediction =
      Predictor(loaded, {.top_k = loaded.classes.size()}).predict(dataset.visual_features);
  EXPECT_EQ(prediction.classes.rows(), dataset.visual_features.rows());
}

TEST_P(LearnAtOnce, LearnsTheSameFromAFileOfStatistics) {
  const Dataset dataset = load_dataset(data());
  const FitResult from_images = fit(dataset, fixed_options());
  const SavedStatistics gathered = gather_statistics(data(), {.second_moment = true});
  save_statistics(gathered, folder_ / "toy.stats");
  const SavedStatistics saved = load_statistics(folder_ / "toy.stats");
  FitOptions from_file = fixed_options();
  from_file.saved_statistics = &saved;
  const FitResult result = fit(dataset, from_file);
  expect_near_prototypes(result.model, from_images.model, 1e-5f);
  EXPECT_EQ(evaluate_model(result.model, dataset, result.model.metric).t1,
            evaluate_model(from_images.model, dataset, result.model.metric).t1);
}

TEST_P(LearnAtOnce, ChoosesFromAFileOfStatisticsWithoutImages) {
  const SavedStatistics saved = gather_statistics(data(), {.second_moment = true});
  FitOptions from_file = options();
  from_file.saved_statistics = &saved;
  const FitResult result = fit(dataset_without_images(saved), from_file);
  EXPECT_EQ(result.model.provenance.at("selection"), "val");
  const Dataset dataset = load_dataset(data());
  EXPECT_GT(evaluate_model(result.model, dataset, result.model.metric).t1, 0.5);
}

TEST_P(LearnAtOnce, SaysWhatAFileOfStatisticsLacks) {
  const SavedStatistics means = gather_statistics(data(), {});
  FitOptions from_file = options();
  from_file.saved_statistics = &means;
  expect_error(ErrorKind::kInvalidArgument, {"second moments"}, [&] {
    (void)fit(dataset_without_images(means), from_file);
  });
  const SavedStatistics no_images =
      gather_statistics(data(), {.second_moment = true, .sample_rows = 0});
  from_file.saved_statistics = &no_images;
  expect_error(ErrorKind::kInvalidArgument, {"lambda", "held-out"}, [&] {
    (void)fit(dataset_without_images(no_images), from_file);
  });
  FitOptions fixed = fixed_options();
  fixed.saved_statistics = &no_images;
  const FitResult result = fit(dataset_without_images(no_images), fixed);
  EXPECT_EQ(result.model.provenance.count("selected_accuracy"), 0);
  EXPECT_EQ(result.model.provenance.at("selection"), "given");
}

// Folds without an image of the sample are no judges: an accuracy of nothing is not a number.
TEST_P(LearnAtOnce, ChoosesByTheFoldsThatHaveImages) {
  for (const Index rows : {1, 2, 3, 6}) {
    const SavedStatistics saved =
        gather_statistics(data(), {.second_moment = true, .sample_rows = rows});
    FitOptions from_file = options();
    from_file.saved_statistics = &saved;
    const FitResult result = fit(dataset_without_images(saved), from_file);
    const double accuracy = std::stod(result.model.provenance.at("selected_accuracy"));
    EXPECT_GE(accuracy, 0.0) << rows;
    EXPECT_LE(accuracy, 1.0) << rows;
  }
}

// Among one class alone every choice is right.
TEST_P(LearnAtOnce, DoesNotChooseByOneClass) {
  Dataset dataset = load_dataset(data());
  std::vector<Index> kept;
  for (const Index row : dataset.split.trainval) {
    const ClassId label = dataset.labels[at(row)];
    if (label == dataset.seen_classes[0] || label == dataset.seen_classes[1]) kept.push_back(row);
  }
  dataset.split.trainval = kept;
  dataset.split.train.clear();
  dataset.split.val.clear();
  dataset.seen_classes.resize(2);
  expect_error(
      ErrorKind::kInvalidArgument, {"lambda", "held-out"}, [&] { (void)fit(dataset, options()); });
  EXPECT_EQ(fit(dataset, fixed_options()).model.provenance.at("selection"), "given");
}

TEST_P(LearnAtOnce, RefusesWhatOnlyStepsHave) {
  const Dataset dataset = load_dataset(data());
  FitOptions resumed = options();
  resumed.output = folder_ / "out";
  resumed.resume = true;
  expect_error(
      ErrorKind::kInvalidArgument, {"resume", "at once"}, [&] { (void)fit(dataset, resumed); });
  FitOptions started = options();
  started.init_file = folder_ / "x.ckpt";
  expect_error(
      ErrorKind::kInvalidArgument, {"init_file", "at once"}, [&] { (void)fit(dataset, started); });
}

INSTANTIATE_TEST_SUITE_P(Recipes,
                         LearnAtOnce,
                         ::testing::Values("ridge", "ridge-v2s", "eszsl", "sae"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::erase(name, '-');
                           return name;
                         });

// The README of the set, from numpy: min-max features, regularisers from validation.
// Every recipe that makes descriptions unit length, once a run, whatever it learns on folds.
TEST(DoubtfulDescriptions, AreWarnedOfByAllRecipesThatLearnAtOnce) {
  test::ToyFolder folder;
  folder.write(12, 20);  // as wide as the features, which class-vectors asks for
  Dataset dataset = load_dataset(folder.data());
  const ClassId unseen = dataset.unseen_classes[0];
  for (float& value : dataset.classes.embeddings[0].row(unseen)) value = 0.0f;
  for (const RecipeEntry& entry : recipe_entries()) {
    if (entry.learn == nullptr) continue;
    FitOptions options;
    options.recipe = make_recipe(entry.name, "TOY", TrainMode::kAttribute);
    const bool is_trained = entry.name == "cnzsl";
    if (is_trained) options.recipe.set({{"num_epochs", "2"}, {"hidden_dim", "8"}});
    const test::LogLines log;
    (void)fit(dataset, options);
    EXPECT_EQ(log.count({entry.name, "1 of 16 classes has a description of zeros"}), 1)
        << entry.name;
    if (!is_trained) continue;
    options.recipe.set({{"attribute_scale", "false"}});  // not made unit length
    const test::LogLines others;
    (void)fit(dataset, options);
    EXPECT_EQ(others.count({"description of zeros, which"}), 0);
  }
}

TEST(LearnAtOnceOnFlowers, HasTheFiguresOfNumpy) {
  DEM_NEEDS_REAL_DATA("flowers102_clip");
  DatasetOptions data;
  data.data_path = test::real_data("");
  data.name = "flowers102_clip";
  const Dataset dataset = load_dataset(data);
  const struct {
    const char* recipe;
    double t1, u, s, h;
  } cases[] = {{"ridge", 74.9, 35.6, 87.2, 50.6},
               {"ridge-v2s", 63.0, 40.6, 57.9, 47.7},
               {"eszsl", 43.4, 4.0, 51.0, 7.3}};
  for (const auto& c : cases) {
    FitOptions options;
    options.recipe = make_recipe(c.recipe, data.name, TrainMode::kAttribute);
    const FitResult result = fit(dataset, options);
    const EvaluationResult scores = evaluate_model(result.model, dataset, result.model.metric);
    EXPECT_NEAR(100 * scores.t1, c.t1, 0.1) << c.recipe;
    EXPECT_NEAR(100 * scores.unseen.value_or(0.0), c.u, 0.1) << c.recipe;
    EXPECT_NEAR(100 * scores.seen.value_or(0.0), c.s, 0.1) << c.recipe;
    EXPECT_NEAR(100 * scores.harmonic.value_or(0.0), c.h, 0.1) << c.recipe;
  }
}

}  // namespace
}  // namespace dem
