// Kernel prototypes of given settings against numpy from single images
// (tools/make_kernel_fixtures.py).
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/learn/family.h"
#include "support/files.h"

namespace dem {
namespace {

using Json = nlohmann::json;
using test::expect_error;

Matrix<float> to_matrix(const Json& values, Index cols) {
  Matrix<float> matrix(static_cast<Index>(values.size()) / cols, cols);
  for (Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = values[at(i)].get<float>();
  return matrix;
}

// A fixture's problem as a recipe gets it. Images are of unit length already.
struct Problem {
  explicit Problem(const Json& fixture)
      : features(to_matrix(fixture["features"], fixture["feature_dim"])),
        tests(to_matrix(fixture["tests"], fixture["feature_dim"])) {
    classes.spaces = {"attribute"};
    classes.embeddings.push_back(to_matrix(fixture["descriptions"], fixture["embedding_dim"]));
    const Index num_classes = classes.embeddings[0].rows();
    for (Index c = 0; c < num_classes; ++c) {
      classes.names.push_back("class " + std::to_string(c));
      classes.seen.push_back(c < fixture["num_seen"].get<Index>());
    }
    StatisticsGatherer gatherer(num_classes, features.cols(), true);
    gatherer.add(features, fixture["labels"].get<std::vector<ClassId>>());
    statistics = gatherer.finish();
  }
  [[nodiscard]] LearningData data() const {
    return {classes, statistics, base, {}, {}, {}, {}, {}};
  }

  Matrix<float> features, tests;
  ClassTable classes;
  ClassStatistics statistics;
  FeatureMap base;
};

Recipe recipe_of(const Json& settings) {
  Recipe recipe = make_recipe("kernel-prototypes", "TOY", TrainMode::kAttribute);
  std::map<std::string, std::string> values{{"tune", "none"}};
  for (auto item = settings.begin(); item != settings.end(); ++item) {
    values[item.key()] = item.value().get<std::string>();
  }
  recipe.set(values);
  recipe.validate();
  return recipe;
}

// Scores in double of the slots: [tests, classes].
Matrix<double> scores_of(const Learned& learned,
                         const ClassTable& classes,
                         MatrixView<const float> tests) {
  const Prototypes prototypes = learned.class_map.mapped(classes);
  const Matrix<float> images = learned.feature_map.mapped(tests);
  Matrix<double> scores(images.rows(), prototypes.rows.rows());
  for (Index i = 0; i < scores.rows(); ++i) {
    for (Index c = 0; c < scores.cols(); ++c) {
      double sum = double{prototypes.view().offset_of(c)};
      for (Index j = 0; j < images.cols(); ++j) {
        sum += double{images(i, j)} * double{prototypes.rows(c, j)};
      }
      scores(i, c) = sum;
    }
  }
  return scores;
}

class KernelPrototypes : public testing::TestWithParam<std::string> {
 protected:
  KernelPrototypes() {
    std::ifstream file(std::string(DEM_SOURCE_DIR) + "/tests/data/learn/kernel_" + GetParam() +
                       ".json");
    EXPECT_TRUE(file) << GetParam();
    fixture_ = Json::parse(file);
  }
  Json fixture_;
};

TEST_P(KernelPrototypes, GiveTheScoresOfNumpy) {
  const Problem problem(fixture_);
  const Recipe recipe = recipe_of(fixture_["settings"]);
  const Learned learned = find_recipe(recipe.name)->learn(recipe, problem.data());
  EXPECT_EQ(learned.metric, Metric::kDot);
  EXPECT_EQ(learned.gamma, 0.0f);
  const Matrix<double> scores = scores_of(learned, problem.classes, problem.tests);
  double largest = 1.0;
  for (const Json& value : fixture_["scores"]) {
    largest = std::max(largest, std::abs(value.get<double>()));
  }
  for (Index i = 0; i < scores.size(); ++i) {
    EXPECT_NEAR(scores.data()[i], fixture_["scores"][at(i)].get<double>(), 2e-5 * largest) << i;
  }
}

// A class added later gets the prototype that it would have had.
TEST_P(KernelPrototypes, DoNotDependOnOtherUnseenClasses) {
  const Problem problem(fixture_);
  const Recipe recipe = recipe_of(fixture_["settings"]);
  const Learned learned = find_recipe(recipe.name)->learn(recipe, problem.data());
  const Matrix<double> all = scores_of(learned, problem.classes, problem.tests);
  const Index last = problem.classes.size() - 1;
  ClassTable one;
  one.spaces = problem.classes.spaces;
  one.names = {problem.classes.names[at(last)]};
  one.seen = {false};
  Matrix<float> row(1, problem.classes.embeddings[0].cols());
  const auto from = problem.classes.embeddings[0].row(last);
  std::copy(from.begin(), from.end(), row.row(0).begin());
  one.embeddings.push_back(std::move(row));
  const Matrix<double> alone = scores_of(learned, one, problem.tests);
  for (Index i = 0; i < all.rows(); ++i) EXPECT_NEAR(alone(i, 0), all(i, last), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(
    Cases,
    KernelPrototypes,
    testing::Values("plain", "hub", "gaussian", "more_classes_than_features", "one_image_a_class"),
    [](const auto& test) { return test.param; });

TEST(KernelPrototypesRecipe, ChecksItsSettings) {
  const struct {
    const char *setting, *value, *message;
  } cases[] = {{"lambda", "0", "at least 1e-06"},
               {"lambda", "many", "a number"},
               {"shrinkage", "1.5", "at most 1"},
               {"shrinkage", "-0.1", "at least 0"},
               {"kappa", "nan", "at least 0"},
               {"hub", "-1", "at least 0"},
               {"hub_fraction", "0", "above 0"},
               {"hub_fraction", "1.5", "at most 1"},
               {"gaussian", "inf", "at least 0"},
               {"kernel", "cubic", "linear"},
               {"tune", "slow", "quick, thorough or none"},
               {"gamma", "x", "none, val or a number"},
               {"metric", "cosine", "dot"},
               {"feature_scaling", "minmax", "l2"},
               {"selection", "test", "val"}};
  for (const auto& c : cases) {
    expect_error(ErrorKind::kInvalidArgument, {c.message}, [&] {
      Recipe recipe = make_recipe("kernel-prototypes", "TOY", TrainMode::kAttribute);
      recipe.set({{c.setting, c.value}});
      recipe.validate();
    });
  }
}

}  // namespace
}  // namespace dem
