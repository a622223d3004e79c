#include "dem/model/class_vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/at.h"
#include "dem/exchange/model_file.h"
#include "dem/search/predictor.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;

class ClassVectors : public ::testing::Test {
 protected:
  static constexpr Index kClasses = 6, kDim = 5, kRows = 40;

  ClassVectors() {
    Rng rng(7, Purpose::kInit);
    classes_.spaces = {"attribute"};
    classes_.embeddings.push_back(test::normal_matrix(kClasses, kDim, 2.0, rng));
    for (Index c = 0; c < kClasses; ++c) {
      classes_.names.push_back("class " + std::to_string(c));
      classes_.seen.push_back(true);  // nobody has seen it: the function says so
    }
    features_ = test::normal_matrix(kRows, kDim, 3.0, rng);
  }
  // By definition.
  [[nodiscard]] double cosine(Index row, Index c) const {
    double dot = 0.0, a = 0.0, b = 0.0;
    for (Index d = 0; d < kDim; ++d) {
      const double x = features_(row, d), y = classes_.embeddings[0](c, d);
      dot += x * y;
      a += x * x;
      b += y * y;
    }
    return dot / std::sqrt(a * b);
  }

  ClassTable classes_;
  Matrix<float> features_;
};

TEST_F(ClassVectors, AreComparedByTheCosineAndGiveProbabilities) {
  const Model model = model_of_class_vectors(classes_.clone(), {.temperature = 0.01f});
  const Prediction found = predict(model, features_, {.top_k = kClasses});
  for (Index i = 0; i < kRows; ++i) {
    double sum = 0.0;
    std::vector<double> cosines;
    for (Index c = 0; c < kClasses; ++c) cosines.push_back(cosine(i, c));
    const auto best = std::max_element(cosines.begin(), cosines.end());
    EXPECT_EQ(found.classes(i, 0), best - cosines.begin()) << i;
    for (const double value : cosines) sum += std::exp((value - *best) * 100.0);
    for (Index k = 0; k < kClasses; ++k) {
      const double value = cosines[at(found.classes(i, k))];
      // Float32 features and prototypes of norm 1: some units of their rounding, times 100 in an
      // exponent.
      EXPECT_NEAR(found.scores(i, k), value, 1e-6) << i << ", " << k;
      EXPECT_NEAR(found.probabilities(i, k), std::exp((value - *best) * 100.0) / sum, 1e-4);
    }
  }
}

TEST_F(ClassVectors, RankAlikeByEveryMetric) {
  const Prediction cosine =
      predict(model_of_class_vectors(classes_.clone()), features_, {.top_k = kClasses});
  EXPECT_TRUE(cosine.probabilities.empty());  // nobody gave a temperature
  for (const Metric metric : {Metric::kEuclidean, Metric::kDot}) {
    const Model model = model_of_class_vectors(classes_.clone(), {.metric = metric});
    EXPECT_EQ(model.metric, metric);
    const Prediction other = predict(model, features_, {.top_k = kClasses});
    for (Index i = 0; i < kRows; ++i) {
      for (Index k = 0; k < kClasses; ++k) EXPECT_EQ(other.classes(i, k), cosine.classes(i, k));
    }
  }
}

TEST_F(ClassVectors, SayWhereTheyComeFromAndTakeNewClasses) {
  Model model = model_of_class_vectors(classes_.clone(), {.temperature = 0.5f});
  EXPECT_EQ(model.provenance.at("recipe"), "class-vectors");
  EXPECT_EQ(model.provenance.at("selection"), "given");
  EXPECT_EQ(model.provenance.at("calibration"), "given");
  EXPECT_EQ(model.classes.seen, std::vector<bool>(at(kClasses), false));
  EXPECT_EQ(model_of_class_vectors(classes_.clone()).provenance.count("calibration"), 0);

  const test::TemporaryFolder folder;
  save_model(model, folder.file("m.safetensors"));
  model = load_model(folder.file("m.safetensors"));
  ClassTable added{{"new"}, {false}, {"attribute"}, {}};
  added.embeddings.emplace_back(1, kDim);
  const auto from = features_.row(3);
  std::copy(from.begin(), from.end(), added.embeddings[0].row(0).begin());
  model.add_classes(added);
  EXPECT_EQ(predict(model, features_).classes(3, 0), kClasses);  // the feature itself
}

TEST_F(ClassVectors, RefuseWhatHasNoDirection) {
  const auto refused = [&](ErrorKind kind, const char* part, const auto& spoil) {
    ClassTable classes = classes_.clone();
    spoil(classes);
    expect_error(
        kind, {"class vectors", part}, [&] { (void)model_of_class_vectors(std::move(classes)); });
  };
  const auto kArgument = ErrorKind::kInvalidArgument;
  refused(kArgument, "\"class 2\"", [](ClassTable& table) {
    for (float& value : table.embeddings[0].row(2)) value = 0.0f;
  });
  refused(kArgument, "\"class 1\"", [](ClassTable& table) {
    table.embeddings[0](1, 0) = std::numeric_limits<float>::quiet_NaN();
  });
  refused(kArgument, "one semantic space, got 2", [](ClassTable& table) {
    table.spaces.push_back("word");
    table.embeddings.push_back(table.embeddings[0].clone());
  });
  refused(ErrorKind::kShapeMismatch, "expected 5 rows", [](ClassTable& table) {
    table.names.pop_back();
  });
  refused(kArgument, "expected classes, got none", [](ClassTable& table) {
    table.names.clear();
    table.embeddings[0] = Matrix<float>(0, kDim);
  });
  for (const float temperature :
       {-1.0f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    expect_error(kArgument, {"temperature"}, [&] {
      (void)model_of_class_vectors(classes_.clone(), {.temperature = temperature});
    });
  }
}

}  // namespace
}  // namespace dem
