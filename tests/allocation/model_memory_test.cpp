// What training and evaluating take beside the dataset.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dem/base/threads.h"
#include "dem/data/prepared_data.h"
#include "dem/eval/calibration.h"
#include "dem/eval/scores.h"
#include "dem/pipeline/fit.h"
#include "support/allocations.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

constexpr Index kDim = 1024;
constexpr Index kSeen = 8, kUnseen = 4;
constexpr std::size_t kRowBytes = kDim * sizeof(float);

// Every fourth image is of an unseen class.
Dataset make_dataset(Index n) {
  Rng rng(4, Purpose::kSynthetic);
  Dataset dataset;
  dataset.name = "TOY";
  dataset.layout = "arrays";
  dataset.fingerprint = "0123";
  dataset.visual_features = test::normal_matrix(n, kDim, 1.0, rng);
  for (Index i = 0; i < n; ++i) {
    const bool is_unseen = i % 4 == 3;
    dataset.labels.push_back(static_cast<ClassId>(is_unseen ? kSeen + i / 4 % kUnseen : i % kSeen));
    (is_unseen ? dataset.split.test_unseen : dataset.split.trainval).push_back(i);
  }
  for (ClassId c = 0; c < kSeen + kUnseen; ++c) {
    dataset.classes.names.push_back(std::to_string(c));
    dataset.classes.seen.push_back(c < kSeen);
    (c < kSeen ? dataset.seen_classes : dataset.unseen_classes).push_back(c);
  }
  dataset.classes.spaces = {"attribute"};
  dataset.classes.embeddings.push_back(test::normal_matrix(kSeen + kUnseen, 6, 1.0, rng));
  return dataset;
}

FitOptions options_with(ScalingKind kind) {
  FitOptions options;
  options.recipe = make_recipe("gbu", "TOY", TrainMode::kAttribute);
  options.recipe.network->set_hidden_dim(4);
  options.recipe.feature_scaling = kind;
  options.recipe.network->batch_size = 16;
  options.recipe.network->num_epochs = 1;
  options.recipe.network->max_steps = 4;
  options.recipe.network->evaluation_interval = 0;
  return options;
}

class ModelMemory : public ::testing::Test {
 protected:
  // Each thread has blocks of its own.
  ModelMemory() { set_num_threads(2); }
  ~ModelMemory() override { set_num_threads(0); }
};

// The rows trained on once more where they are scaled, and nothing of the size of the images where
// they are not. Beside them, whatever the number of images: a network and its state, scores for the
// temperature, and a thread's blocks of mapped features, 2 MiB each.
TEST_F(ModelMemory, OfAFitIsThatOfTheScaledTrainingRows) {
  constexpr std::size_t kBeside = std::size_t{10} << 20;
  const Dataset dataset = make_dataset(12000);
  const std::size_t training = dataset.split.trainval.size() * kRowBytes;
  ASSERT_GT(training, 3 * kBeside);
  for (const ScalingKind kind : {ScalingKind::kNone, ScalingKind::kStandard, ScalingKind::kL2}) {
    const std::size_t peak = test::peak_of([&] { (void)fit(dataset, options_with(kind)); });
    const std::size_t copied = kind == ScalingKind::kNone ? 0 : training;
    EXPECT_LE(peak, copied + kBeside) << to_string(kind);
    EXPECT_GE(peak, copied) << to_string(kind) << ": the counter sees features";
  }
}

// The run that selects has let its rows go when the last one begins.
TEST_F(ModelMemory, OfAFitThatSelectsIsNoLarger) {
  constexpr std::size_t kBeside = std::size_t{10} << 20;
  const Dataset dataset = make_dataset(12000);
  const std::size_t training = dataset.split.trainval.size() * kRowBytes;
  for (const Solver solver : {Solver::kMinibatch, Solver::kStatistics}) {
    FitOptions options = options_with(ScalingKind::kL2);
    options.solver = solver;
    options.recipe.selection = Selection::kValidation;
    const std::size_t peak = test::peak_of([&] { (void)fit(dataset, options); });
    EXPECT_LE(peak, training + kBeside) << to_string(solver);
  }
}

FeatureMap scaled() {
  return FeatureMap(
      {ScalingKind::kStandard, std::vector<float>(kDim, 0.1f), std::vector<float>(kDim, 1.1f)});
}

// Few numbers an image: its place, its class, its best classes. Mapped features would be 4096 bytes
// each.
TEST_F(ModelMemory, OfAnEvaluationDoesNotGrowWithTheFeatures) {
  constexpr std::size_t kBytesAnImage = 200;
  const FeatureMap map = scaled();
  std::vector<std::size_t> peaks;
  const Index sizes[] = {3000, 24000};
  for (const Index n : sizes) {
    const Dataset dataset = make_dataset(n);
    Rng rng(5, Purpose::kSynthetic);
    const Matrix<float> prototypes = test::normal_matrix(kSeen + kUnseen, kDim, 1.0, rng);
    const PrototypeSource scores(dataset.visual_features, map, prototypes, Metric::kEuclidean);
    peaks.push_back(test::peak_of([&] {
      (void)evaluate({scores}, dataset);
      (void)candidate_accuracy(scores, dataset.seen_classes, dataset, dataset.split.trainval);
    }));
  }
  const auto more = static_cast<std::size_t>(sizes[1] - sizes[0]);
  EXPECT_LE(peaks[1], peaks[0] + kBytesAnImage * more);
}

// A temperature looks at 10,000 images at most; a score is a double.
TEST_F(ModelMemory, OfATemperatureIsThatOfTheScores) {
  const FeatureMap map = scaled();
  const Dataset dataset = make_dataset(24000);
  Rng rng(5, Purpose::kSynthetic);
  const Matrix<float> prototypes = test::normal_matrix(kSeen + kUnseen, kDim, 1.0, rng);
  const PrototypeSource scores(dataset.visual_features, map, prototypes, Metric::kEuclidean);
  const std::size_t peak = test::peak_of([&] {
    (void)fit_temperature(scores, dataset.seen_classes, dataset, dataset.split.trainval);
  });
  const std::size_t bytes = 10000 * kSeen * sizeof(double) +
                            dataset.split.trainval.size() * 64;  // lists of rows and labels
  EXPECT_LE(peak, bytes + (std::size_t{6} << 20));
}

TEST_F(ModelMemory, OfPreparedRowsIsThatOfTheWantedOnes) {
  const Dataset dataset = make_dataset(2000);
  const std::vector<Index> rows{7, 3, 1500, 1999};
  const std::size_t places = 2000 * sizeof(Index);
  const auto peak_with = [&](const FeatureMap& map) {
    return test::peak_of([&] { (void)PreparedData(dataset, rows, map); });
  };
  EXPECT_LE(peak_with(FeatureMap()), 1000u);
  EXPECT_LE(peak_with(scaled()), rows.size() * kRowBytes + places + 1000);
}

}  // namespace
}  // namespace dem
