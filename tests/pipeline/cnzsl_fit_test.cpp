// fit() by the class-normalised classifier: from a folder of data to a model file.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/data/synthetic.h"
#include "dem/exchange/export.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "dem/pipeline/statistics.h"
#include "support/files.h"
#include "support/program.h"

namespace dem {
namespace {

using test::expect_error;

class CnzslFit : public ::testing::Test {
 protected:
  CnzslFit() {
    (void)write_synthetic({.output = folder_ / "",
                           .layout = "gbu",
                           .name = "TOY",
                           .num_train_images = 300,
                           .num_test_images = 80,
                           .num_test_seen_images = 40,
                           .num_seen_classes = 30,
                           .num_unseen_classes = 4,
                           .attribute_dim = 20,
                           .feature_dim = 24,
                           .noise = 0.3});
  }
  [[nodiscard]] DatasetOptions data() const {
    DatasetOptions options;
    options.data_path = folder_ / "";
    options.name = "TOY";
    return options;
  }
  [[nodiscard]] static FitOptions options(const std::map<std::string, std::string>& fields = {}) {
    FitOptions options;
    options.recipe = make_recipe("cnzsl", "TOY", TrainMode::kAttribute);
    options.recipe.set({{"hidden_dim", "48"}, {"batch_size", "64"}, {"num_epochs", "30"}});
    options.recipe.set(fields);
    return options;
  }

  test::TemporaryFolder folder_;
};

TEST_F(CnzslFit, ChoosesSwitchesAndGammaAndRecognisesClassesItHasNotSeen) {
  const Dataset dataset = load_dataset(data());
  FitOptions saved = options();
  saved.output = folder_ / "out";
  const FitResult result = fit(dataset, saved);
  const EvaluationResult scores = evaluate_model(result.model, dataset, result.model.metric);
  EXPECT_GT(scores.t1, 0.5);  // chance is 1/4
  EXPECT_NE(result.model.gamma, 0.0f);
  const auto summary = nlohmann::json::parse(test::read_file(folder_ / "out/summary.json"));
  EXPECT_EQ(summary.at("selection"), "val");
  for (const char* fact : {"centre", "output_relu", "gamma"}) {
    EXPECT_EQ(summary.at("chosen").at(fact), result.model.provenance.at(fact)) << fact;
  }
}

TEST_F(CnzslFit, DoesNotLookAtTestImages) {
  const Dataset dataset = load_dataset(data());
  Dataset other = load_dataset(data());
  for (const auto* rows : {&other.split.test_unseen, &other.split.test_seen}) {
    for (const Index row : *rows) {
      for (Index j = 0; j < other.visual_features.cols(); ++j) other.visual_features(row, j) = 9.0f;
    }
  }
  const FitOptions quick = options({{"num_epochs", "3"}});
  EXPECT_EQ(model_to_bytes(fit(other, quick).model), model_to_bytes(fit(dataset, quick).model));
}

TEST_F(CnzslFit, TheSeedDecidesWhatIsDrawn) {
  const Dataset dataset = load_dataset(data());
  FitOptions quick = options({{"num_epochs", "3"}, {"centre", "true"}, {"output_relu", "false"}});
  const std::string first = model_to_bytes(fit(dataset, quick).model);
  EXPECT_EQ(model_to_bytes(fit(dataset, quick).model), first);
  quick.seed = 2;
  EXPECT_NE(model_to_bytes(fit(dataset, quick).model), first);
}

TEST_F(CnzslFit, ComesBackFromItsFolderTakesNewClassesAndIsExported) {
  const Dataset dataset = load_dataset(data());
  FitOptions saved =
      options({{"num_epochs", "3"}, {"centre", "true"}, {"output_relu", "true"}, {"gamma", "0.1"}});
  saved.output = folder_ / "out";
  const FitResult result = fit(dataset, saved);
  Model loaded = Model::load(saved.output);
  EXPECT_EQ(loaded.gamma, 0.1f);
  EXPECT_EQ(evaluate_model(loaded, dataset, loaded.metric).to_json(),
            evaluate_model(result.model, dataset, loaded.metric).to_json());
  const ClassId unseen = dataset.unseen_classes[0];
  ClassTable twin{{"twin"}, {false}, loaded.classes.spaces, {}};
  const Matrix<float>& rows = loaded.classes.embeddings[0];
  twin.embeddings.emplace_back(1, rows.cols());
  for (Index j = 0; j < rows.cols(); ++j) twin.embeddings[0](0, j) = rows(unseen, j);
  loaded.add_classes(twin);
  const Index last = loaded.classes.size() - 1;
  for (Index j = 0; j < loaded.prototypes.rows.cols(); ++j) {
    EXPECT_NEAR(loaded.prototypes.rows(last, j), loaded.prototypes.rows(unseen, j), 1e-5);
  }
  for (const ExportGraph graph : {ExportGraph::kEmbed, ExportGraph::kClassify}) {
    const std::string path = folder_ / "model.onnx";
    export_onnx(loaded, {.graph = graph}, path);
    EXPECT_GT(std::filesystem::file_size(path), 0u);
  }
}

TEST_F(CnzslFit, AFileOfStatisticsIsRefused) {
  const SavedStatistics saved = gather_statistics(data(), {.second_moment = true});
  FitOptions from_file = options();
  from_file.saved_statistics = &saved;
  expect_error(ErrorKind::kInvalidArgument, {"recipe cnzsl", "single images in one process"}, [&] {
    (void)fit(load_dataset(data()), from_file);
  });
}

}  // namespace
}  // namespace dem
