// Recipes whitened and gp of given settings against numpy from single images
// (tools/make_whitened_fixtures.py).
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

// A fixture's problem as a recipe gets it, features times a factor and plus a constant.
struct SpaceProblem {
  explicit SpaceProblem(const Json& fixture, float factor = 1.0f, float constant = 0.0f)
      : features(to_matrix(fixture["features"], fixture["feature_dim"])),
        tests(to_matrix(fixture["tests"], fixture["feature_dim"])) {
    for (Matrix<float>* matrix : {&features, &tests}) {
      for (Index i = 0; i < matrix->size(); ++i) {
        matrix->data()[i] = factor * matrix->data()[i] + constant;
      }
    }
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
    return {.classes = classes,
            .statistics = statistics,
            .base = base,
            .rounds = {},
            .accuracy = {},
            .on_all_ranks = {}};
  }

  Matrix<float> features, tests;
  ClassTable classes;
  ClassStatistics statistics;
  FeatureMap base;
};

Recipe given(const std::string& name, const Json& settings) {
  Recipe recipe = make_recipe(name, "TOY", TrainMode::kAttribute);
  std::map<std::string, std::string> values;
  for (auto item = settings.begin(); item != settings.end(); ++item) {
    values[item.key()] = item.value().get<std::string>();
  }
  recipe.set(values);
  recipe.validate();
  return recipe;
}

double score_of(Metric metric, std::span<const float> z, std::span<const float> p) {
  double dot = 0.0, zz = 0.0, pp = 0.0;
  for (std::size_t j = 0; j < z.size(); ++j) {
    dot += double{z[j]} * double{p[j]};
    zz += double{z[j]} * double{z[j]};
    pp += double{p[j]} * double{p[j]};
  }
  if (metric == Metric::kDot) return dot;
  return metric == Metric::kCosine ? dot / std::sqrt(zz * pp) : 2.0 * dot - zz - pp;
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
      scores(i, c) = score_of(learned.metric, images.row(i), prototypes.rows.row(c)) +
                     double{prototypes.view().offset_of(c)};
    }
  }
  return scores;
}

class WhitenedRecipes : public testing::TestWithParam<const char*> {
 protected:
  WhitenedRecipes() : name_(std::string(GetParam()).substr(0, std::string(GetParam()).find('_'))) {
    std::ifstream file(std::string(DEM_SOURCE_DIR) + "/tests/data/learn/" + GetParam() + ".json");
    EXPECT_TRUE(file) << GetParam();
    fixture_ = Json::parse(file);
  }
  [[nodiscard]] Learned learn(const SpaceProblem& problem) const {
    return find_recipe(name_)->learn(given(name_, fixture_["settings"]), problem.data());
  }
  // Up to rounding of the slots to single precision.
  void expect_scores_of_numpy(const Matrix<double>& scores, double relative) const {
    double largest = 1.0;
    for (const Json& value : fixture_["scores"]) {
      largest = std::max(largest, std::abs(value.get<double>()));
    }
    for (Index i = 0; i < scores.size(); ++i) {
      EXPECT_NEAR(scores.data()[i], fixture_["scores"][at(i)].get<double>(), relative * largest)
          << i;
    }
  }
  std::string name_;
  Json fixture_;
};

TEST_P(WhitenedRecipes, GiveTheScoresOfNumpy) {
  const SpaceProblem problem(fixture_);
  const Learned learned = learn(problem);
  expect_scores_of_numpy(scores_of(learned, problem.classes, problem.tests), 2e-5);
  EXPECT_EQ(learned.gamma, 0.0f);
  EXPECT_FALSE(learned.selected_accuracy);
}

// Facts are the texts that fix the settings.
TEST_P(WhitenedRecipes, FactsGiveTheSameModel) {
  const SpaceProblem problem(fixture_);
  const Learned learned = learn(problem);
  const Learned again = find_recipe(name_)->learn(given(name_, learned.facts), problem.data());
  EXPECT_EQ(learned.facts, again.facts);
  EXPECT_EQ(learned.facts.size(), fixture_["settings"].size());
  const Matrix<double> a = scores_of(learned, problem.classes, problem.tests);
  const Matrix<double> b = scores_of(again, problem.classes, problem.tests);
  for (Index i = 0; i < a.size(); ++i) EXPECT_EQ(a.data()[i], b.data()[i]) << i;
}

// The whitened space does not change with either; a constant costs the features themselves digits.
TEST_P(WhitenedRecipes, DoNotCareForScaleAndOrigin) {
  for (const float factor : {1e-7f, 1e-3f, 1e3f}) {
    const SpaceProblem scaled(fixture_, factor);
    expect_scores_of_numpy(scores_of(learn(scaled), scaled.classes, scaled.tests), 2e-5);
  }
  const SpaceProblem shifted(fixture_, 1.0f, 1000.0f);
  expect_scores_of_numpy(scores_of(learn(shifted), shifted.classes, shifted.tests), 2e-3);
}

// A power of two changes no digit of the features, and so none of the scores.
TEST_P(WhitenedRecipes, AreTheSameInAnotherUnit) {
  const SpaceProblem problem(fixture_);
  const Matrix<double> expected = scores_of(learn(problem), problem.classes, problem.tests);
  for (const float unit : {0x1p-30f, 0x1p+30f}) {
    const SpaceProblem scaled(fixture_, unit);
    const Matrix<double> scores = scores_of(learn(scaled), scaled.classes, scaled.tests);
    for (Index i = 0; i < scores.size(); ++i) {
      ASSERT_EQ(scores.data()[i], expected.data()[i]) << unit << " " << i;
    }
  }
}

// A class added later gets the scores that it would have had.
TEST_P(WhitenedRecipes, DoNotDependOnOtherUnseenClasses) {
  const SpaceProblem problem(fixture_);
  const Learned learned = learn(problem);
  const Matrix<double> all = scores_of(learned, problem.classes, problem.tests);
  const Index last = problem.classes.size() - 1;
  ClassTable one;
  one.spaces = problem.classes.spaces;
  one.names = {"added"};
  one.seen = {false};
  Matrix<float> row(1, problem.classes.embeddings[0].cols());
  const auto from = problem.classes.embeddings[0].row(last);
  std::copy(from.begin(), from.end(), row.row(0).begin());
  one.embeddings.push_back(std::move(row));
  const Matrix<double> alone = scores_of(learned, one, problem.tests);
  for (Index i = 0; i < all.rows(); ++i) {
    EXPECT_NEAR(alone(i, 0), all(i, last), 1e-6 * (1.0 + std::abs(all(i, last))));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         WhitenedRecipes,
                         testing::Values("whitened_cosine",
                                         "whitened_euclidean",
                                         "whitened_more_classes_than_features",
                                         "whitened_one_image_a_class",
                                         "gp_linear",
                                         "gp_gaussian",
                                         "gp_more_classes_than_features",
                                         "gp_one_image_a_class"),
                         [](const auto& test) { return std::string(test.param); });

TEST(WhitenedRecipes, CheckTheirSettings) {
  const struct {
    const char *recipe, *setting, *value, *message;
  } cases[] = {{"whitened", "lambda", "0", "lambda: expected auto or a number of at least 1e-06"},
               {"whitened", "lambda_grid", "1 many", "lambda_grid: expected numbers of at least"},
               {"whitened", "lambda_grid", "1 1.0", "a value once"},
               {"whitened", "shrinkage", "1.5", "above 0, at most 1"},
               {"whitened", "shrinkage", "0", "above 0"},
               {"whitened", "blend", "-1", "at least 0"},
               {"whitened", "blend", "nan", "at least 0"},
               {"whitened", "kernel", "cubic", "gaussian or gaussian-NUMBER"},
               {"whitened", "kernel", "gaussian-", "gaussian-NUMBER"},
               {"whitened", "kernel_grid", "gaussian-0", "gaussian-NUMBER"},
               {"whitened", "kernel_grid", "", "values, got none"},
               {"whitened", "kernel_grid", "gaussian gaussian-2", "got gaussian and gaussian-2"},
               {"whitened", "kernel_grid", "gaussian-3 gaussian-3.0", "a value once"},
               {"whitened", "kernel", "gaussian-1e300", "gaussian-NUMBER (0.001 to 30)"},
               {"gp", "kernel_grid", "linear gaussian-1e-9", "gaussian-NUMBER (0.001 to 30)"},
               {"whitened", "comparison", "dot", "cosine or euclidean"},
               {"whitened", "metric", "euclidean", "setting comparison"},
               {"whitened", "feature_scaling", "minmax", "none or l2"},
               {"whitened", "selection", "test", "val"},
               {"gp", "explained", "0", "above 0, at most 1"},
               {"gp", "explained", "1.1", "at most 1"},
               {"gp", "shrinkage_grid", "0.1 x", "above 0"},
               {"gp", "log_determinant", "maybe", "yes or no"},
               {"gp", "metric", "cosine", "dot, its score"},
               {"gp", "feature_scaling", "standard", "none or l2"}};
  for (const auto& c : cases) {
    expect_error(ErrorKind::kInvalidArgument, {c.message}, [&] {
      Recipe recipe = make_recipe(c.recipe, "TOY", TrainMode::kAttribute);
      recipe.set({{c.setting, c.value}});
      recipe.validate();
    });
  }
}

template <typename Body>
void expect_no_mention_of_whitened(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("whitened"), std::string::npos) << error.what();
  }
}

// Counts alone: what is refused before anything is computed.
TEST(GpRecipe, NamesTooFewAndTooManyClasses) {
  for (const Index num_classes : {Index{1}, Index{5001}}) {
    ClassTable classes{{}, {}, {"attribute"}, {}};
    classes.embeddings.emplace_back(num_classes, 2);
    ClassStatistics statistics;
    statistics.counts.assign(at(num_classes), 1);
    const FeatureMap base;
    const LearningData data{.classes = classes,
                            .statistics = statistics,
                            .base = base,
                            .rounds = {},
                            .accuracy = {},
                            .on_all_ranks = {}};
    const auto learn = [&] {
      (void)find_recipe("gp")->learn(make_recipe("gp", "TOY", TrainMode::kAttribute), data);
    };
    if (num_classes == 1) {
      expect_error(ErrorKind::kInvalidArgument, {"at least 2 seen classes", "got 1"}, learn);
    } else {
      expect_error(ErrorKind::kUnsupported, {"at most 5000", "got 5001", "recipe auto"}, learn);
    }
  }
}

// Without folds to choose by the defaults are taken, and where class means are one point there is
// no direction for gp.
TEST(WhitenedRecipes, SayWhereClassesDoNotDiffer) {
  ClassTable classes{{"a", "b", "c"}, {true, true, false}, {"attribute"}, {}};
  classes.embeddings.emplace_back(3, 2);
  for (Index c = 0; c < 3; ++c) classes.embeddings[0](c, c % 2) = 1.0f;
  StatisticsGatherer gatherer(3, 4, true);
  Matrix<float> features(4, 4);
  for (Index i = 0; i < features.size(); ++i) features.data()[i] = 0.25f;
  gatherer.add(features, std::vector<ClassId>{0, 0, 1, 1});
  const ClassStatistics statistics = gatherer.finish();
  const FeatureMap base;
  const LearningData data{.classes = classes,
                          .statistics = statistics,
                          .base = base,
                          .rounds = {},
                          .accuracy = {},
                          .on_all_ranks = {},
                          .num_repeats = [](Index) { return Index{0}; }};
  const auto learn = [&](const char* name) {
    return find_recipe(name)->learn(make_recipe(name, "TOY", TrainMode::kAttribute), data);
  };
  expect_error(ErrorKind::kNumerical, {"recipe gp", "means differ"}, [&] { (void)learn("gp"); });
  expect_no_mention_of_whitened([&] { (void)learn("gp"); });
  const Learned learned = learn("whitened");
  EXPECT_EQ(learned.facts.at("kernel"), "linear");
  const Prototypes prototypes = learned.class_map.mapped(classes);
  for (Index i = 0; i < prototypes.rows.size(); ++i) {
    EXPECT_TRUE(std::isfinite(prototypes.rows.data()[i]));
  }
}

}  // namespace
}  // namespace dem
