#include "dem/model/hub_correction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/model/model.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

double naive_comparison(Metric metric, std::span<const float> a, std::span<const float> b) {
  double product = 0.0, aa = 0.0, bb = 0.0, distance = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) {
    const double difference = double{a[d]} - double{b[d]};
    product += double{a[d]} * double{b[d]};
    aa += double{a[d]} * double{a[d]};
    bb += double{b[d]} * double{b[d]};
    distance += difference * difference;
  }
  if (metric == Metric::kDot) return product;
  if (metric == Metric::kEuclidean) return -distance;
  return aa > 0.0 && bb > 0.0 ? product / std::sqrt(aa * bb) : 0.0;
}

TEST(HubCorrection, IsTheMeanOfTheNearestOfTheBank) {
  Rng rng(1, Purpose::kSynthetic);
  const Matrix<float> prototypes = test::normal_matrix(300, 5, 1.0, rng);
  for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
    for (const Index nearest : {Index{1}, Index{3}, Index{7}}) {
      const HubCorrection hubs{metric, {0.4f, nearest, test::normal_matrix(7, 5, 1.5, rng)}};
      const std::vector<double> got = hubs.of(prototypes);
      ASSERT_EQ(got.size(), 300u);
      for (Index c = 0; c < 300; ++c) {
        std::vector<double> values;
        for (Index s = 0; s < 7; ++s) {
          values.push_back(
              naive_comparison(metric, prototypes.view().row(c), hubs.term.seen.view().row(s)));
        }
        std::sort(values.begin(), values.end(), std::greater<>());
        double sum = 0.0;
        for (Index s = 0; s < nearest; ++s) sum += values[at(s)];
        // Sums of five products of numbers below 10 in float32.
        EXPECT_NEAR(got[at(c)], double{0.4f} * sum / static_cast<double>(nearest), 2e-5)
            << to_string(metric) << ", " << nearest << ", " << c;
      }
    }
  }
}

// Squares of 1000 in 5 dimensions are five million; distances are some tens.
TEST(HubCorrection, DistancesFarFromTheOriginDoNotCancel) {
  Rng rng(2, Purpose::kSynthetic);
  Matrix<float> prototypes = test::normal_matrix(4, 5, 1.0, rng);
  HubCorrection hubs{Metric::kEuclidean, {1.0f, 1, test::normal_matrix(3, 5, 1.0, rng)}};
  for (Index i = 0; i < prototypes.size(); ++i) prototypes.data()[i] += 1000.0f;
  for (Index i = 0; i < hubs.term.seen.size(); ++i) hubs.term.seen.data()[i] += 1000.0f;
  const std::vector<double> got = hubs.of(prototypes);
  for (Index c = 0; c < 4; ++c) {
    double best = -1e30;
    for (Index s = 0; s < 3; ++s) {
      best =
          std::max(best,
                   naive_comparison(
                       Metric::kEuclidean, prototypes.view().row(c), hubs.term.seen.view().row(s)));
    }
    EXPECT_NEAR(got[at(c)], best, 1e-4) << c;
  }
}

Model corrected_model(Rng& rng) {
  Model model;
  model.class_map = ClassMap(IdentityMap{{"attribute", 3}, false});
  model.class_map.set_hub_correction(
      HubCorrection{Metric::kCosine, {0.5f, 2, test::normal_matrix(4, 3, 1.0, rng)}});
  model.metric = Metric::kCosine;
  model.classes = {{"a", "b"}, {true, false}, {"attribute"}, {}};
  model.classes.embeddings.push_back(test::normal_matrix(2, 3, 1.0, rng));
  model.update_prototypes();
  return model;
}

TEST(HubCorrection, IsInTheOffsetsOfAllClassesAndOfNewOnes) {
  Rng rng(3, Purpose::kSynthetic);
  Model model = corrected_model(rng);
  ASSERT_EQ(model.prototypes.offset.size(), 2u);
  const std::vector<double> of = model.class_map.hub_correction()->of(model.prototypes.rows);
  for (std::size_t c = 0; c < 2; ++c)
    EXPECT_FLOAT_EQ(model.prototypes.offset[c], static_cast<float>(-of[c]));
  ClassTable twin{{"twin"}, {false}, {"attribute"}, {}};
  twin.embeddings.emplace_back(1, 3);
  for (Index d = 0; d < 3; ++d) twin.embeddings[0](0, d) = model.classes.embeddings[0](1, d);
  model.add_classes(twin);
  ASSERT_EQ(model.prototypes.offset.size(), 3u);
  EXPECT_EQ(model.prototypes.offset[2], model.prototypes.offset[1]);
  model.gamma = 0.25f;
  model.update_prototypes();
  EXPECT_FLOAT_EQ(model.prototypes.offset[0], static_cast<float>(-of[0] - 0.25));
  EXPECT_FLOAT_EQ(model.prototypes.offset[1], static_cast<float>(-of[1]));
}

TEST(HubCorrection, CloneIsDeepAndItIsToldOf) {
  Rng rng(4, Purpose::kSynthetic);
  const Model model = corrected_model(rng);
  const Model copy = model.clone();
  EXPECT_NE(copy.class_map.hub_correction()->term.seen.data(),
            model.class_map.hub_correction()->term.seen.data());
  EXPECT_EQ(copy.class_map.to_string(), "identity 3 less 0.5 x nearness to 2 of 4 classes");
}

}  // namespace
}  // namespace dem
