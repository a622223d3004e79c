// fit() by recipe class-vectors: what a model of images and texts can do without training.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/at.h"
#include "dem/data/dataset_from_arrays.h"
#include "dem/exchange/model_file.h"
#include "dem/learn/family.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "support/files.h"
#include "support/random_matrix.h"
#include "support/real_data.h"

namespace dem {
namespace {

using test::expect_error;

constexpr Index kSeen = 9, kUnseen = 4, kDim = 12, kImages = 30;

// Images around their class vectors, neither of norm 1: every third of a seen class is a test
// image, all of the unseen ones are.
Dataset vectors_and_images(Index embedding_dim = kDim) {
  Rng rng(11, Purpose::kInit);
  DatasetArrays arrays;
  arrays.classes.spaces = {"attribute"};
  arrays.classes.embeddings.push_back(
      test::normal_matrix(kSeen + kUnseen, embedding_dim, 1.0, rng));
  Matrix<float> features = test::normal_matrix((kSeen + kUnseen) * kImages, kDim, 2.0, rng);
  for (Index c = 0; c < kSeen + kUnseen; ++c) {
    arrays.classes.names.push_back("class " + std::to_string(c));
    for (Index i = 0; i < kImages; ++i) {
      const Index row = c * kImages + i;
      for (Index d = 0; d < std::min(kDim, embedding_dim); ++d) {
        features(row, d) += 2.0f * arrays.classes.embeddings[0](c, d);
      }
      arrays.labels.push_back(static_cast<ClassId>(c));
      auto& split = arrays.split;
      (c >= kSeen   ? split.test_unseen
       : i % 3 == 0 ? split.test_seen
                    : split.trainval)
          .push_back(row);
    }
  }
  arrays.classes.seen.resize(at(kSeen + kUnseen));
  return dataset_from_arrays(std::move(features), std::move(arrays));
}

FitOptions class_vectors(const std::map<std::string, std::string>& fields = {}) {
  FitOptions options;
  options.recipe = make_recipe("class-vectors", "TOY", TrainMode::kAttribute);
  options.recipe.set(fields);
  return options;
}

// The class among [first, end) of the largest cosine, by definition.
ClassId nearest(const Dataset& data, Index row, Index first, Index end) {
  ClassId best = 0;
  double largest = -2.0;
  for (Index c = first; c < end; ++c) {
    double dot = 0.0, norm = 0.0;
    for (Index d = 0; d < kDim; ++d) {
      const double v = data.classes.embeddings[0](c, d);
      dot += v * double{data.visual_features(row, d)};
      norm += v * v;
    }
    if (dot / std::sqrt(norm) <= largest) continue;
    largest = dot / std::sqrt(norm);
    best = static_cast<ClassId>(c);
  }
  return best;
}

// The mean over classes of the share of their rows that are right.
double naive_accuracy(const Dataset& data, const std::vector<Index>& rows, Index first) {
  std::map<ClassId, std::pair<double, double>> right_of;
  for (const Index row : rows) {
    const ClassId label = data.labels[at(row)];
    right_of[label].second += 1.0;
    if (nearest(data, row, first, kSeen + kUnseen) == label) right_of[label].first += 1.0;
  }
  double sum = 0.0;
  for (const auto& [label, counts] : right_of) sum += counts.first / counts.second;
  return sum / static_cast<double>(right_of.size());
}

TEST(ClassVectorsFit, HasTheScoresOfNearestVectorsByCosine) {
  const Dataset data = vectors_and_images();
  const FitResult result = fit(data, class_vectors());
  const EvaluationResult scores = evaluate_model(result.model, data, result.model.metric);
  const double t1 = naive_accuracy(data, data.split.test_unseen, kSeen);
  EXPECT_GT(t1, 0.5);  // chance is 1/4
  EXPECT_LT(t1, 1.0);
  EXPECT_DOUBLE_EQ(scores.t1, t1);
  EXPECT_DOUBLE_EQ(scores.unseen.value(), naive_accuracy(data, data.split.test_unseen, 0));
  EXPECT_DOUBLE_EQ(scores.seen.value(), naive_accuracy(data, data.split.test_seen, 0));
  for (const char* metric : {"euclidean", "dot"}) {
    const FitResult other = fit(data, class_vectors({{"metric", metric}}));
    EXPECT_DOUBLE_EQ(evaluate_model(other.model, data, other.model.metric).t1, t1) << metric;
  }
}

TEST(ClassVectorsFit, ChoosesNothingButATemperatureOnTrainingImages) {
  const Dataset data = vectors_and_images();
  const FitResult result = fit(data, class_vectors());
  EXPECT_EQ(result.model.provenance.at("selection"), "given");
  EXPECT_EQ(result.model.gamma, 0.0f);
  EXPECT_GT(result.model.temperature, 0.0f);
  Dataset other = vectors_and_images();
  for (const auto* rows : {&other.split.test_unseen, &other.split.test_seen}) {
    for (const Index row : *rows) {
      for (float& value : other.visual_features.row(row)) value = -value;
    }
  }
  EXPECT_EQ(model_to_bytes(fit(other, class_vectors()).model), model_to_bytes(result.model));
}

TEST(ClassVectorsFit, TakesGammaAsOthersDo) {
  const FitResult result = fit(vectors_and_images(), class_vectors({{"gamma", "0.25"}}));
  EXPECT_EQ(result.model.gamma, 0.25f);
}

TEST(ClassVectorsFit, RefusesVectorsOfAnotherSpace) {
  expect_error(ErrorKind::kShapeMismatch,
               {"recipe class-vectors", "12 numbers", "got 7 (attribute)"},
               [] { (void)fit(vectors_and_images(7), class_vectors()); });
  for (const char* scaling : {"minmax", "standard"}) {
    expect_error(ErrorKind::kInvalidArgument, {"feature_scaling: expected l2 or none"}, [&] {
      class_vectors({{"feature_scaling", scaling}}).recipe.validate();
    });
  }
}

// These sets' features are CLIP's, their descriptions word vectors and sentences of other models.
TEST(ClassVectorsFit, RefusesDescriptionsThatAreNoVectorsOfClip) {
  for (const char* name : {"imagenet_clip", "flowers102_clip", "food101_clip", "caltech101_clip"}) {
    DEM_NEEDS_REAL_DATA(name);
    DatasetOptions options;
    options.data_path = test::real_data("");
    options.name = name;
    const Dataset data = load_dataset(options);
    expect_error(ErrorKind::kShapeMismatch, {"recipe class-vectors", "of 512 numbers"}, [&] {
      (void)fit(data, class_vectors());
    });
  }
}

}  // namespace
}  // namespace dem
