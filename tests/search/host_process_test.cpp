// A predictor inside a program that has other things to do.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "dem/base/threads.h"
#include "dem/search/predictor.h"
#include "linalg/openblas.h"
#include "support/forked.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

Model model_of(Index num_classes, Index feature_dim) {
  Rng rng(5, Purpose::kSynthetic);
  Model model;
  model.class_map = ClassMap(NetworkMap{
      Network({.inputs = {{"attribute", 2}}, .hidden_dim = 0, .feature_dim = feature_dim})});
  for (Index c = 0; c < num_classes; ++c) {
    model.classes.names.push_back("class " + std::to_string(c));
    model.classes.seen.push_back(true);
  }
  model.classes.spaces = {"attribute"};
  model.classes.embeddings.push_back(test::normal_matrix(num_classes, 2, 1.0, rng));
  model.prototypes.rows = test::normal_matrix(num_classes, feature_dim, 1.0, rng);
  return model;
}

bool same_classes(const Prediction& a, const Prediction& b) {
  return std::ranges::equal(
      std::span(a.classes.data(), static_cast<std::size_t>(a.classes.size())),
      std::span(b.classes.data(), static_cast<std::size_t>(b.classes.size())));
}

// A server loads a model, tries it and then forks its workers.
TEST(PredictorInAHost, AnswersInAForkedChildAsInItsParent) {
  if (!test::kCanFork) GTEST_SKIP() << "sanitizers cannot follow a fork";
  set_num_threads(3);
  Rng rng(6, Purpose::kSynthetic);
  const Matrix<float> features = test::normal_matrix(3000, 32, 1.0, rng);
  const Predictor predictor(model_of(200, 32));
  const Prediction expected = predictor.predict(features);
  for (const int threads : {3, 2}) {
    EXPECT_EQ(test::forked([&] {
                set_num_threads(threads);
                return same_classes(predictor.predict(features), expected);
              }),
              "exit 0")
        << threads;
  }
  EXPECT_TRUE(same_classes(predictor.predict(features), expected));
  set_num_threads(0);
}

TEST(PredictorInAHost, LeavesItsThreadsOfOpenBlas) {
  const int before = openblas_get_num_threads();
  Rng rng(7, Purpose::kSynthetic);
  const Predictor predictor(model_of(200, 32));
  for (const Index rows : {1, 300, 3000}) {
    const Matrix<float> features = test::normal_matrix(rows, 32, 1.0, rng);
    openblas_set_num_threads(1);
    const Prediction expected = predictor.predict(features);
    openblas_set_num_threads(2);
    const Prediction got = predictor.predict(features);
    EXPECT_EQ(openblas_get_num_threads(), 2) << rows;
    EXPECT_TRUE(same_classes(got, expected)) << rows;
    EXPECT_TRUE(std::ranges::equal(got.margins, expected.margins)) << rows;
  }
  openblas_set_num_threads(before);
}

}  // namespace
}  // namespace dem
