// Evaluation of a model with a gamma: what predictions say.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/at.h"
#include "base/rng.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/pipeline/evaluate.h"
#include "dem/search/predictor.h"
#include "support/files.h"
#include "support/random_kernel_map.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

constexpr ClassId kClasses = 15, kSeen = 9;
constexpr Index kImages = 40, kAttributes = 6;

// Images around their class's description; those of 0 .. kSeen - 1 are seen test images.
Dataset scattered() {
  Rng rng(31, Purpose::kSynthetic);
  Dataset d;
  d.fingerprint = "0123";
  d.classes.spaces = {"attribute"};
  d.classes.embeddings.push_back(test::normal_matrix(kClasses, kAttributes, 1.0, rng));
  d.visual_features = test::normal_matrix(kClasses * kImages, kAttributes, 0.8, rng);
  for (Index row = 0; row < d.visual_features.rows(); ++row) {
    const auto label = static_cast<ClassId>(row / kImages);
    for (Index k = 0; k < kAttributes; ++k) {
      d.visual_features(row, k) += d.classes.embeddings[0](label, k);
    }
    d.labels.push_back(label);
    (label < kSeen ? d.split.test_seen : d.split.test_unseen).push_back(row);
  }
  for (ClassId c = 0; c < kClasses; ++c) {
    d.classes.names.push_back("class " + std::to_string(c));
    d.classes.seen.push_back(c < kSeen);
    (c < kSeen ? d.seen_classes : d.unseen_classes).push_back(c);
  }
  return d;
}

Model with_gamma(const Dataset& dataset, Metric metric, float gamma) {
  Model model;
  model.class_map = ClassMap(IdentityMap{{"attribute", kAttributes}, false});
  model.classes = dataset.classes.clone();
  model.metric = metric;
  model.gamma = gamma;
  model.temperature = 0.4f;
  model.update_prototypes();
  return model;
}

// Offsets of the class map's own.
Model with_hub_term(const Dataset& dataset, float gamma) {
  Rng rng(32, Purpose::kSynthetic);
  const test::KernelMapSizes sizes{kAttributes, kSeen, 5, kAttributes};
  KernelMap map = test::random_kernel_map(KernelKind::kQuartic, sizes, rng);
  map.hub = test::random_hub(sizes, rng);
  Model model = with_gamma(dataset, Metric::kDot, gamma);
  model.prototypes.offset.clear();
  model.class_map = ClassMap(std::move(map));
  model.update_prototypes();
  return model;
}

double mean_accuracy(const Prediction& prediction, bool of_unseen) {
  const Index first = of_unseen ? kSeen : 0, last = of_unseen ? kClasses : kSeen;
  Index right = 0;
  for (Index row = first * kImages; row < last * kImages; ++row) {
    right += prediction.classes(row, 0) == row / kImages ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>((last - first) * kImages);
}

double calibration_error(const Prediction& prediction) {
  struct Bin {
    double right = 0.0, probability = 0.0;
  };
  std::map<int, Bin> bins;
  for (Index row = 0; row < prediction.classes.rows(); ++row) {
    const double probability = prediction.probabilities(row, 0);
    Bin& bin = bins[static_cast<int>(std::ceil(15.0 * probability))];
    bin.right += prediction.classes(row, 0) == row / kImages ? 1.0 : 0.0;
    bin.probability += probability;
  }
  double sum = 0.0;
  for (const auto& [index, bin] : bins) sum += std::abs(bin.right - bin.probability);
  return sum / static_cast<double>(prediction.classes.rows());
}

void expect_what_predictions_say(const Dataset& dataset, const Model& model) {
  const EvaluationResult result = evaluate_model(model, dataset, model.metric);
  const Prediction all = predict(model, dataset.visual_features);
  EXPECT_EQ(result.gamma, double{model.gamma});
  EXPECT_NEAR(*result.unseen, mean_accuracy(all, true), 1e-14);
  EXPECT_NEAR(*result.seen, mean_accuracy(all, false), 1e-14);
  // Probabilities are sums of float32 products.
  EXPECT_NEAR(*result.generalised_calibration_error, calibration_error(all), 1e-4);
}

TEST(EvaluateGamma, GivesWhatPredictionsSay) {
  const Dataset dataset = scattered();
  for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
    for (const float gamma : {0.0f, 0.3f, -0.2f, 1.7f}) {
      expect_what_predictions_say(dataset, with_gamma(dataset, metric, gamma));
    }
  }
  for (const float gamma : {0.0f, 0.3f, 2.0f}) {
    expect_what_predictions_say(dataset, with_hub_term(dataset, gamma));
  }
}

// As the model of that gamma, and with none as `uncalibrated`.
TEST(EvaluateGamma, AGivenGammaStandsForTheModels) {
  const Dataset dataset = scattered();
  const auto scores = [&](const Model& model, std::optional<double> gamma) {
    return evaluate_model(
        model, dataset, model.metric, self_communicator(), {.gamma = gamma, .curve = true});
  };
  for (const bool has_hub_term : {false, true}) {
    const auto made = [&](float gamma) {
      return has_hub_term ? with_hub_term(dataset, gamma)
                          : with_gamma(dataset, Metric::kCosine, gamma);
    };
    const EvaluationResult plain = scores(made(0.0f), {}), own = scores(made(0.5f), {});
    EXPECT_EQ(scores(made(0.0f), 0.5).to_json(), own.to_json());
    EXPECT_EQ(scores(made(0.5f), 0.0).to_json(), plain.to_json());
    ASSERT_TRUE(own.uncalibrated.has_value());
    EXPECT_FALSE(plain.uncalibrated.has_value());
    EXPECT_EQ(own.uncalibrated->unseen, *plain.unseen);
    EXPECT_EQ(own.uncalibrated->seen, *plain.seen);
    EXPECT_EQ(own.uncalibrated->harmonic, *plain.harmonic);
    EXPECT_NE(own.uncalibrated->unseen, *own.unseen);
    EXPECT_EQ(own.ausuc, plain.ausuc);
    EXPECT_EQ(own.curve.size(), plain.curve.size());
    EXPECT_EQ(own.t1, plain.t1);
    // Hubness is among unseen classes, where gamma changes nothing.
    EXPECT_EQ(own.hubness.size(), plain.hubness.size());
  }
}

// What changes with gamma; the rest is of scores without it.
void expect_scores_without_gamma(const EvaluationResult& result, const EvaluationResult& plain) {
  ASSERT_TRUE(result.uncalibrated.has_value());
  EXPECT_EQ(result.uncalibrated->unseen, *plain.unseen);
  EXPECT_EQ(result.uncalibrated->seen, *plain.seen);
  EXPECT_EQ(result.ausuc, plain.ausuc);
  EXPECT_EQ(result.oracle->gamma, plain.oracle->gamma);
  EXPECT_EQ(result.oracle->harmonic, plain.oracle->harmonic);
  EXPECT_EQ(result.curve.size(), plain.curve.size());
  EXPECT_EQ(result.t1, plain.t1);
  EXPECT_EQ(result.calibration_error, plain.calibration_error);
  EXPECT_EQ(result.hubness.size(), plain.hubness.size());
}

Model that_has_seen(const std::vector<ClassId>& classes, const Dataset& dataset, float gamma) {
  Model model = with_gamma(dataset, Metric::kEuclidean, gamma);
  model.classes.seen.assign(kClasses, false);
  for (const ClassId c : classes) model.classes.seen[at(c)] = true;
  model.prototypes.offset.clear();
  model.update_prototypes();
  return model;
}

void expect_gamma_off(const std::vector<ClassId>& classes,
                      const std::vector<ClassId>& trained_unseen) {
  const Dataset dataset = scattered();
  const auto scores = [&](const Model& model) {
    return evaluate_model(model,
                          dataset,
                          model.metric,
                          self_communicator(),
                          {.oracle = true,
                           .curve = true,
                           .confusion = true,
                           .trained_unseen = !trained_unseen.empty()});
  };
  const Model model = that_has_seen(classes, dataset, 0.8f);
  const EvaluationResult result = scores(model);
  const EvaluationResult plain = scores(that_has_seen(classes, dataset, 0.0f));
  const Prediction all = predict(model, dataset.visual_features);
  EXPECT_NEAR(*result.unseen, mean_accuracy(all, true), 1e-14);
  EXPECT_NEAR(*result.seen, mean_accuracy(all, false), 1e-14);
  EXPECT_NEAR(*result.generalised_calibration_error, calibration_error(all), 1e-4);
  EXPECT_EQ(result.gamma, double{0.8f});
  EXPECT_EQ(result.gamma_classes, classes);
  EXPECT_EQ(result.trained_unseen, trained_unseen);
  EXPECT_EQ(plain.trained_unseen, trained_unseen) << "said without gamma, too";
  expect_scores_without_gamma(result, plain);
  double seen = 0.0;
  for (const ClassScore& score : result.per_class) {
    if (score.class_id < kSeen) seen += *score.generalised / kSeen;
  }
  EXPECT_NEAR(seen, *result.seen, 1e-12);
}

// As in the model's predictions, and off no others.
TEST(EvaluateGamma, IsTakenOffTheClassesThatTheModelHasSeen) {
  expect_gamma_off({0, 1, 2, 3, 4, 5, 6, 7}, {});
  expect_gamma_off({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {9, 10});
  expect_gamma_off({0, 1, 2, 3, 4, 11}, {11});
}

TEST(EvaluateGamma, UnseenClassesThatTheModelHasSeenAreRefusedOrWarnedOf) {
  const Dataset dataset = scattered();
  Model model = with_gamma(dataset, Metric::kEuclidean, 0.0f);
  const auto warnings = [&] {
    std::string text;
    set_log_sink([&](LogLevel level, std::string_view message) {
      if (level == LogLevel::kWarning) text.append(message);
    });
    const EvaluationOptions all{.trained_unseen = true};
    (void)evaluate_model(model, dataset, model.metric, self_communicator(), all);
    set_log_sink(nullptr);
    return text;
  };
  EXPECT_EQ(warnings(), "");
  model.classes.seen[9] = model.classes.seen[14] = true;
  const std::string text = warnings();
  EXPECT_NE(text.find("trained on 2 of the 6 classes"), std::string::npos) << text;
  EXPECT_NE(text.find("(class 9, class 14)"), std::string::npos) << text;
  EXPECT_EQ(trained_unseen_classes(model, dataset), (std::vector<ClassId>{9, 14}));
  test::expect_error(ErrorKind::kInvalidArgument,
                     {"trained on 2 of the 6 classes", "expected classes that it has not seen"},
                     [&] { (void)evaluate_model(model, dataset, model.metric); });
}

TEST(EvaluateGamma, IsForTheModelsMetric) {
  const Dataset dataset = scattered();
  const Model model = with_gamma(dataset, Metric::kEuclidean, 0.8f);
  const auto by = [&](Metric metric, std::optional<double> gamma) {
    return evaluate_model(model, dataset, metric, self_communicator(), {.gamma = gamma});
  };
  test::expect_error(ErrorKind::kInvalidArgument, {"expected metric euclidean"}, [&] {
    (void)by(Metric::kCosine, {});
  });
  const EvaluationResult other = by(Metric::kCosine, 0.0);
  EXPECT_FALSE(other.calibration_error.has_value()) << "the temperature is another metric's";
  EXPECT_TRUE(by(Metric::kEuclidean, 0.0).calibration_error.has_value());
}

// Class 14 has an offset that draws all unseen images to it.
TEST(EvaluateGamma, PrototypesHaveTheModelsOffsets) {
  const Dataset dataset = scattered();
  Model model = with_gamma(dataset, Metric::kEuclidean, 0.0f);
  model.prototypes.offset.assign(kClasses, 0.0f);
  model.prototypes.offset[14] = 1e4f;
  const Prototypes prototypes = evaluated_prototypes(model, dataset);
  EXPECT_EQ(prototypes.offset, model.prototypes.offset);
  model.gamma = 3.0f;
  EXPECT_TRUE(evaluated_prototypes(model, dataset).offset.empty()) << "gamma stands beside them";
}

}  // namespace
}  // namespace dem
