#include "dem/search/predictor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <thread>
#include <utility>

#include "dem/base/error.h"
#include "search/search_oracle.h"
#include "search/softmax_sums.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;
using test::oracle_ranking;

// A model of so many classes whose prototypes are set directly.
Model make_model(Index num_classes, Index feature_dim, Metric metric, float temperature) {
  Rng rng(5, Purpose::kSynthetic);
  Model model;
  model.class_map = ClassMap(NetworkMap{
      Network({.inputs = {{"attribute", 2}}, .hidden_dim = 0, .feature_dim = feature_dim})});
  for (Index c = 0; c < num_classes; ++c) {
    model.classes.names.push_back("class " + std::to_string(c));
    model.classes.seen.push_back(c % 3 != 0);
  }
  model.classes.spaces = {"attribute"};
  model.classes.embeddings.push_back(test::normal_matrix(num_classes, 2, 1.0, rng));
  model.metric = metric;
  model.temperature = temperature;
  model.prototypes.rows = test::normal_matrix(num_classes, feature_dim, 1.0, rng);
  return model;
}

// One query's answer by definition, in long double.
struct Expected {
  std::vector<ClassId> classes;
  std::vector<double> scores, probabilities;
  double margin = 0;
};

Expected naive(std::span<const float> x,
               const Model& model,
               std::vector<ClassId> candidates,
               Index k) {
  if (candidates.empty()) {
    for (ClassId c = 0; c < model.classes.size(); ++c) candidates.push_back(c);
  }
  Matrix<float> prototypes(static_cast<Index>(candidates.size()), model.prototypes.rows.cols());
  for (Index i = 0; i < prototypes.rows(); ++i) {
    const auto row = model.prototypes.rows.row(candidates[static_cast<std::size_t>(i)]);
    std::copy(row.begin(), row.end(), prototypes.row(i).begin());
  }
  const auto order = oracle_ranking(x, prototypes, model.metric);
  long double sum = 0;
  for (const auto& [score, row] : order)
    sum += std::exp(score / static_cast<long double>(model.temperature));
  Expected out;
  for (std::size_t j = 0; j < static_cast<std::size_t>(k); ++j) {
    const auto [score, row] = order[j];
    out.classes.push_back(candidates[static_cast<std::size_t>(row)]);
    out.scores.push_back(static_cast<double>(score));
    out.probabilities.push_back(
        static_cast<double>(std::exp(score / static_cast<long double>(model.temperature)) / sum));
  }
  out.margin = static_cast<double>(order[0].first - order[1].first);
  return out;
}

void expect_naive(const Prediction& got,
                  MatrixView<const float> features,
                  const Model& model,
                  const PredictOptions& options) {
  for (Index i = 0; i < features.rows(); ++i) {
    const Expected want = naive(features.row(i), model, options.candidates, options.top_k);
    for (Index j = 0; j < options.top_k; ++j) {
      const auto at = static_cast<std::size_t>(j);
      EXPECT_EQ(got.classes(i, j), want.classes[at]) << i << ", " << j;
      // Double sums, rounded to float32: one unit in the last place.
      EXPECT_NEAR(got.scores(i, j), want.scores[at], 1e-6 * (1 + std::abs(want.scores[at])));
      if (model.metric == Metric::kEuclidean) {
        EXPECT_EQ(got.distances(i, j), -got.scores(i, j));  // no scales and offsets here
      }
      // Distances of some 100 from float32 products over T: 1e-5 in the exponent.
      EXPECT_NEAR(
          got.probabilities(i, j), want.probabilities[at], 1e-4 * want.probabilities[at] + 1e-9);
    }
    EXPECT_NEAR(got.margins[static_cast<std::size_t>(i)], want.margin, 1e-5 * (1 + want.margin));
  }
}

TEST(Predictor, AgreesWithTheDefinition) {
  Rng rng(9, Purpose::kSynthetic);
  for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
    for (const Index num_classes : {2, 30, 700}) {  // 700: more than one tile
      const Model model =
          make_model(num_classes, 33, metric, metric == Metric::kCosine ? 0.1f : 7.0f);
      const Matrix<float> features = test::normal_matrix(300, 33, 1.0, rng);
      for (const Index k : {1, 2}) {
        const PredictOptions options{.top_k = k};
        expect_naive(predict(model, features, options), features, model, options);
      }
    }
  }
}

TEST(Predictor, SearchesTheCandidatesAlone) {
  Rng rng(10, Purpose::kSynthetic);
  const Model model = make_model(40, 16, Metric::kEuclidean, 3.0f);
  const Matrix<float> features = test::normal_matrix(50, 16, 1.0, rng);
  const PredictOptions options{.top_k = 4, .candidates = {7, 3, 39, 0, 21}};
  expect_naive(predict(model, features, options), features, model, options);
}

TEST(Predictor, ScalesAsTheModelSays) {
  Rng rng(11, Purpose::kSynthetic);
  Model model = make_model(10, 8, Metric::kEuclidean, 2.0f);
  const Matrix<float> features = test::normal_matrix(700, 8, 1.0, rng);
  Matrix<float> scaled = features.clone();
  for (const ScalingKind kind : {ScalingKind::kStandard, ScalingKind::kL2}) {
    FeatureScaling scaling{kind, {}, {}};
    if (kind == ScalingKind::kStandard) {
      scaling.shift.assign(8, 0.25f);
      scaling.factor.assign(8, 1.5f);
    }
    scaled = features.clone();
    scaling.apply(scaled);
    model.feature_map = FeatureMap(scaling);
    expect_naive(predict(model, features), scaled, model, {});
  }
}

// From 8 to 5 dimensions, by norm before and after.
FeatureMap chain_of_maps(Rng& rng) {
  FeatureMap map(FeatureScaling{ScalingKind::kL2, {}, {}});
  map.add(AffineMap{test::normal_matrix(5, 8, 1.0, rng), std::vector<float>(5, 0.1f)});
  map.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  map.add(PowerMap{0.5f});
  return map;
}

TEST(Predictor, TakesFeaturesThroughAChainOfMaps) {
  Rng rng(16, Purpose::kSynthetic);
  for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
    Model model = make_model(30, 5, metric, 0.7f);
    model.feature_map = chain_of_maps(rng);
    // Once in one call of more than a block, and row by row.
    const Matrix<float> features = test::normal_matrix(600, 8, 1.0, rng);
    const Predictor predictor(model, {.top_k = 2});
    EXPECT_EQ(predictor.feature_dim(), 8);
    const Matrix<float> mapped = model.feature_map.mapped(features);
    const Prediction whole = predictor.predict(features);
    for (Index i = 0; i < 600; i += 37) {
      const Prediction one = predictor.predict(features.view().row_block(i, 1));
      const Expected want = naive(mapped.row(i), model, {}, 2);
      for (const auto& [got, row] : {std::pair(&whole, i), std::pair(&one, Index{0})}) {
        for (Index j = 0; j < 2; ++j) {
          const auto place = static_cast<std::size_t>(j);
          EXPECT_EQ(got->classes(row, j), want.classes[place]) << to_string(metric) << " " << i;
          EXPECT_NEAR(got->scores(row, j), want.scores[place], 1e-5) << to_string(metric);
          EXPECT_NEAR(got->probabilities(row, j), want.probabilities[place], 1e-4);
        }
      }
    }
  }
}

// Scores by definition, s_j c(z, p_j) + o_j; distances without them.
TEST(Predictor, TakesScalesAndOffsetsOfClasses) {
  Rng rng(17, Purpose::kSynthetic);
  for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
    Model model = make_model(40, 12, metric, 1.3f);
    for (int c = 0; c < 40; ++c) {
      model.prototypes.scale.push_back(0.5f + static_cast<float>(rng.uniform()));
      model.prototypes.offset.push_back(static_cast<float>(rng.normal()));
    }
    const Matrix<float> features = test::normal_matrix(50, 12, 1.0, rng);
    const std::vector<ClassId> candidates{31, 2, 17, 8, 39};
    const Prediction got = predict(model, features, {.top_k = 3, .candidates = candidates});
    const Prototypes chosen = candidate_prototypes(model.prototypes, candidates);
    for (Index i = 0; i < features.rows(); ++i) {
      const auto order = oracle_ranking(features.row(i), chosen, metric);
      double sum = 0.0;
      for (const auto& entry : order) sum += std::exp(static_cast<double>(entry.first) / 1.3);
      for (Index j = 0; j < 3; ++j) {
        const auto [exact, row] = order[static_cast<std::size_t>(j)];
        const auto score = static_cast<double>(exact);
        EXPECT_EQ(got.classes(i, j), candidates[static_cast<std::size_t>(row)]);
        EXPECT_NEAR(got.scores(i, j), score, 1e-6 * (1 + std::abs(score)));
        const double probability = std::exp(score / 1.3) / sum;
        EXPECT_NEAR(got.probabilities(i, j), probability, 1e-4 * probability + 1e-9);
        if (metric != Metric::kEuclidean) continue;
        const auto distance = static_cast<double>(
            test::oracle_distance(features.row(i), chosen.rows.row(row), metric));
        EXPECT_NEAR(got.distances(i, j), distance, 1e-6 * distance);
      }
    }
  }
}

TEST(Predictor, RefusesAnotherMetricThanScalesAndOffsetsAreFor) {
  for (const bool is_scale : {true, false}) {
    Model model = make_model(5, 6, Metric::kCosine, 1.0f);
    (is_scale ? model.prototypes.scale : model.prototypes.offset).assign(5, 2.0f);
    expect_error(ErrorKind::kInvalidArgument, {"metric cosine", "got euclidean"}, [&] {
      Predictor{model, {.metric = Metric::kEuclidean}};
    });
    const Predictor same(model, {.metric = Metric::kCosine});
    EXPECT_TRUE(same.has_probabilities());
  }
}

TEST(Predictor, ProbabilitiesOfAllCandidatesSumToOne) {
  Rng rng(12, Purpose::kSynthetic);
  for (const float temperature : {0.01f, 1.0f, 1e6f}) {
    const Model model = make_model(600, 12, Metric::kEuclidean, temperature);
    const Matrix<float> features = test::normal_matrix(20, 12, 1.0, rng);
    const Prediction got = predict(model, features, {.top_k = 600});
    for (Index i = 0; i < features.rows(); ++i) {
      double sum = 0.0;
      for (const float p : got.probabilities.row(i)) {
        EXPECT_GE(p, 0.0f);
        EXPECT_LE(p, 1.0f);
        sum += double{p};
      }
      EXPECT_NEAR(sum, 1.0, 1e-3) << temperature;  // float32 products over T = 0.01
    }
  }
}

// Features far from zero: x.p and |p|^2 / 2 agree in most of their digits.
TEST(Predictor, ProbabilitiesSumToOneFarFromZeroToo) {
  Rng rng(13, Purpose::kSynthetic);
  for (const float offset : {5.0f, 100.0f, 1000.0f}) {
    Model model = make_model(40, 64, Metric::kEuclidean, 1.0f);
    Matrix<float> features = test::normal_matrix(20, 64, 1.0, rng);
    for (Index c = 0; c < 40; ++c) {
      // Close enough to each other for several to have a share.
      for (float& p : model.prototypes.rows.row(c)) p = 0.1f * p + offset;
    }
    for (Index i = 0; i < 20; ++i) {
      for (float& x : features.row(i)) x += offset;
    }
    const Prediction got = predict(model, features, {.top_k = 40});
    for (Index i = 0; i < 20; ++i) {
      double sum = 0.0;
      for (const float p : got.probabilities.row(i)) sum += double{p};
      EXPECT_NEAR(sum, 1.0, 2e-3) << offset << " " << i;
    }
  }
}

TEST(Predictor, HugeAndZeroFeaturesGiveProbabilitiesToo) {
  const Model model = make_model(5, 4, Metric::kEuclidean, 1.0f);
  Matrix<float> features(3, 4);
  for (Index d = 0; d < 4; ++d) features(1, d) = 3e38f;
  for (Index d = 0; d < 4; ++d) features(2, d) = 1e18f;
  const Prediction got = predict(model, features);
  for (const float p : got.probabilities.row(0)) EXPECT_TRUE(p > 0.0f && p <= 1.0f) << p;
  for (Index i = 0; i < 3; ++i) EXPECT_TRUE(got.probabilities(i, 0) >= 0.2f - 1e-6f) << i;
  const Model cosine = make_model(5, 4, Metric::kCosine, 1.0f);
  EXPECT_NEAR(predict(cosine, features).probabilities(0, 0), 0.2, 1e-6);  // all cosines are 0
}

TEST(Predictor, RefusesFeaturesThatScalingTakesOutOfFloat32) {
  Model model = make_model(5, 3, Metric::kEuclidean, 1.0f);
  model.feature_map = FeatureMap({ScalingKind::kStandard, {0, 0, -1}, {1, 2, 1}});
  Matrix<float> features(600, 3);
  features(511, 0) = std::numeric_limits<float>::max();
  EXPECT_EQ(predict(model, features).scores(511, 0), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(predict(model, features).distances(511, 0), std::numeric_limits<float>::infinity());
  features(511, 1) = std::numeric_limits<float>::max();
  const Predictor predictor(model);
  expect_error(ErrorKind::kNumerical, {"row 511, column 1", "inf"}, [&] {
    (void)predictor.predict(features);
  });
  expect_error(ErrorKind::kNumerical, {"row 1511, column 1"}, [&] {
    (void)predictor.predict(features, 1000);
  });
}

TEST(Predictor, HasNoProbabilitiesWithoutAFittedTemperature) {
  Rng rng(13, Purpose::kSynthetic);
  const Matrix<float> features = test::normal_matrix(3, 6, 1.0, rng);
  const Model unfitted = make_model(5, 6, Metric::kEuclidean, 0.0f);
  EXPECT_TRUE(predict(unfitted, features).probabilities.empty());
  EXPECT_EQ(predict(unfitted, features).scores.rows(), 3);
  const Model fitted = make_model(5, 6, Metric::kEuclidean, 1.0f);
  EXPECT_TRUE(predict(fitted, features, {.metric = Metric::kCosine}).probabilities.empty());
  const Prediction ids = predict(fitted, features, {.ids_only = true});
  EXPECT_TRUE(ids.scores.empty() && ids.probabilities.empty() && ids.margins.empty());
  EXPECT_EQ(ids.classes(2, 0), predict(fitted, features).classes(2, 0));
}

TEST(Predictor, OneCandidateHasNoMargin) {
  const Model model = make_model(5, 6, Metric::kEuclidean, 1.0f);
  const Matrix<float> features(2, 6);
  const Prediction got = predict(model, features, {.candidates = {3}});
  EXPECT_EQ(got.classes(1, 0), 3);
  EXPECT_TRUE(std::isnan(got.margins[1]));
  EXPECT_EQ(got.probabilities(1, 0), 1.0f);
  EXPECT_EQ(predict(model, Matrix<float>(0, 6)).classes.rows(), 0);
}

TEST(Predictor, RefusesWhatCannotBe) {
  const Model model = make_model(5, 6, Metric::kEuclidean, 1.0f);
  const auto refused = [&](const PredictOptions& options,
                           std::initializer_list<std::string_view> parts) {
    expect_error(ErrorKind::kInvalidArgument, parts, [&] { Predictor{model, options}; });
  };
  refused({.top_k = 0}, {"top_k", "got 0"});
  refused({.top_k = 6}, {"5 candidates", "got 6"});
  refused({.top_k = 3, .candidates = {1, 2}}, {"2 candidates", "got 3"});
  refused({.candidates = {1, 5}}, {"0 .. 4", "got 5"});
  refused({.candidates = {-1}}, {"got -1"});
  refused({.candidates = {2, 2}}, {"2 twice"});
  expect_error(ErrorKind::kShapeMismatch, {"6 dimensions", "got 7"}, [&] {
    (void)predict(model, Matrix<float>(2, 7));
  });
  expect_error(ErrorKind::kInvalidArgument, {"a model with classes"}, [&] { Predictor{Model{}}; });
}

// Run under the thread sanitizer, too.
TEST(Predictor, ManyThreadsMayAskOneObject) {
  Rng rng(14, Purpose::kSynthetic);
  const Model model = make_model(200, 24, Metric::kEuclidean, 2.0f);
  const Matrix<float> features = test::normal_matrix(900, 24, 1.0, rng);
  const Predictor predictor(model, {.top_k = 3});
  const Prediction expected = predictor.predict(features);
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (std::size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int repeat = 0; repeat < 3; ++repeat) {
        const Prediction got = predictor.predict(features);
        const auto bytes = static_cast<std::size_t>(got.classes.size()) * sizeof(ClassId);
        good[t] += std::memcmp(got.classes.data(), expected.classes.data(), bytes) == 0 &&
                   std::memcmp(got.scores.data(), expected.scores.data(), bytes) == 0 &&
                   std::memcmp(got.probabilities.data(), expected.probabilities.data(), bytes) == 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 3));
}

TEST(Predictor, ScoresDoNotDependOnHowRowsAreDealtOut) {
  Rng rng(15, Purpose::kSynthetic);
  const Model model = make_model(60, 24, Metric::kCosine, 0.2f);
  const Matrix<float> features = test::normal_matrix(700, 24, 1.0, rng);
  const Predictor predictor(model, {.top_k = 2});
  const Prediction whole = predictor.predict(features);
  for (Index first = 0; first < 700; first += 13) {
    const Index count = std::min<Index>(13, 700 - first);
    const Prediction part = predictor.predict(features.view().row_block(first, count));
    for (Index i = 0; i < count; ++i) {
      EXPECT_EQ(part.classes(i, 0), whole.classes(first + i, 0));
      EXPECT_EQ(part.scores(i, 1), whole.scores(first + i, 1));
      EXPECT_EQ(part.margins[static_cast<std::size_t>(i)],
                whole.margins[static_cast<std::size_t>(first + i)]);
    }
  }
}

TEST(FastExp, IsCloseToExp) {
  for (float x = -87.0f; x <= 0.0f; x += 0.00137f) {
    const double exact = std::exp(double{x});
    ASSERT_NEAR(fast_exp(x), exact, 4e-7 * exact) << x;
  }
  EXPECT_EQ(fast_exp(0.0f), 1.0f);
  EXPECT_EQ(fast_exp(-88.0f), 0.0f);
  EXPECT_EQ(fast_exp(-std::numeric_limits<float>::infinity()), 0.0f);
}

}  // namespace
}  // namespace dem
