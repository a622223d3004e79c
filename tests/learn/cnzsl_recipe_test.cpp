// Recipe cnzsl: what it learns, its switches, and what it refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/learn/family.h"
#include "support/files.h"
#include "support/log_lines.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;

// 16 classes, the last three without training images, whose mean features are a random projection
// of their attributes; features lie far from zero.
class Toy {
 public:
  Toy() {
    classes.spaces = {"attribute"};
    classes.embeddings.push_back(test::normal_matrix(kNumClasses, kAttributes, 1.0, rng_));
    const Matrix<float> projection = test::normal_matrix(kFeatures, kAttributes, 1.0, rng_);
    features = test::normal_matrix(kNumClasses * kImages, kFeatures, 0.6, rng_);
    for (Index c = 0; c < kNumClasses; ++c) {
      classes.names.push_back("class " + std::to_string(c));
      classes.seen.push_back(c < kSeen);
    }
    for (Index i = 0; i < features.rows(); ++i) {
      const Index c = i % kNumClasses;
      labels.push_back(static_cast<ClassId>(c));
      for (Index d = 0; d < kFeatures; ++d) {
        float sum = 3.0f;
        for (Index a = 0; a < kAttributes; ++a) {
          sum += projection(d, a) * classes.embeddings[0](c, a);
        }
        features(i, d) += sum;
      }
      if (c < kSeen) training.push_back(i);
    }
    StatisticsGatherer gatherer(kNumClasses, kFeatures, false);
    gatherer.add(features, labels);
    statistics = gatherer.finish();
  }

  [[nodiscard]] LearningData data() const {
    LearningData data{classes, statistics, base, {}, {}, {}, {}, {}};
    data.images = [this] {
      TrainingImages images{features, training, {}};
      for (const Index row : training) images.labels.push_back(labels[at(row)]);
      return images;
    };
    data.seed = 3;
    return data;
  }
  // The same, with one fold to choose by.
  [[nodiscard]] LearningData data_with_fold() const {
    LearningData whole = data();
    whole.on_folds = [this](const Recipe& recipe) {
      const double accuracy = accuracy_on_fold(recipe);
      return std::optional(FoldGamma{0.5 * accuracy, accuracy, 0.25 * accuracy, 1});
    };
    return whole;
  }
  [[nodiscard]] double accuracy_on_fold(const Recipe& recipe) const {
    Toy others;
    std::erase_if(others.training, [&](Index row) {
      return std::binary_search(held_out.begin(), held_out.end(), labels[at(row)]);
    });
    return accuracy(find_recipe("cnzsl")->learn(recipe, others.data()), held_out);
  }

  // The part of some classes' images whose best cosine among these is their own class.
  [[nodiscard]] double accuracy(const Learned& learned,
                                const std::vector<ClassId>& candidates) const {
    const Matrix<float> prototypes = learned.class_map.prototypes(classes);
    const Matrix<float> mapped = learned.feature_map.mapped(features);
    Index right = 0, all = 0;
    for (Index i = 0; i < mapped.rows(); ++i) {
      if (std::find(candidates.begin(), candidates.end(), labels[at(i)]) == candidates.end()) {
        continue;
      }
      const auto cosine = [&](ClassId c) {
        double dot = 0.0, norm = 1e-30;
        for (Index d = 0; d < mapped.cols(); ++d) {
          dot += double{mapped(i, d)} * double{prototypes(c, d)};
          norm += std::pow(double{prototypes(c, d)}, 2);
        }
        return dot / std::sqrt(norm);
      };
      const ClassId best =
          *std::max_element(candidates.begin(), candidates.end(), [&](ClassId a, ClassId b) {
            return cosine(a) < cosine(b);
          });
      right += best == labels[at(i)] ? 1 : 0;
      ++all;
    }
    return static_cast<double>(right) / static_cast<double>(all);
  }

  static constexpr Index kNumClasses = 16, kSeen = 13, kAttributes = 6, kFeatures = 20,
                         kImages = 12;
  const std::vector<ClassId> unseen = {13, 14, 15};
  ClassTable classes;
  Matrix<float> features;
  std::vector<ClassId> labels;
  std::vector<Index> training;
  ClassStatistics statistics;
  FeatureMap base;
  const std::vector<ClassId> held_out = {2, 5, 8, 11};

 private:
  Rng rng_{9, Purpose::kSynthetic};
};

Recipe recipe_with(std::map<std::string, std::string> values) {
  Recipe recipe = make_recipe("cnzsl", "TOY", TrainMode::kAttribute);
  recipe.set({{"hidden_dim", "40"}, {"batch_size", "32"}, {"num_epochs", "20"}});
  recipe.set(values);
  recipe.validate();
  return recipe;
}

Learned learned_with(const Toy& toy, std::map<std::string, std::string> values) {
  values.try_emplace("centre", "true");
  values.try_emplace("output_relu", "false");
  const Recipe recipe = recipe_with(std::move(values));
  return find_recipe("cnzsl")->learn(recipe, toy.data());
}

const MlpMap& layers_of(const Learned& learned) {
  return std::get<MlpMap>(learned.class_map.kind());
}

// Chance is a third.
TEST(Cnzsl, RecognisesClassesItHasNotSeen) {
  const Toy toy;
  const Learned learned = learned_with(toy, {});
  EXPECT_EQ(learned.metric, Metric::kCosine);
  EXPECT_GT(toy.accuracy(learned, toy.unseen), 0.6);
  EXPECT_EQ(learned.facts.at("centre"), "true");
  EXPECT_EQ(learned.facts.at("output_relu"), "false");
  EXPECT_FALSE(learned.selected_accuracy.has_value());
}

TEST(Cnzsl, ChoosesSwitchesAndGammaOnFolds) {
  const Toy toy;
  double best = -1.0;
  std::string centre, relu;
  for (const std::string c : {"false", "true"}) {
    for (const std::string r : {"true", "false"}) {
      const Recipe one = recipe_with({{"centre", c}, {"output_relu", r}, {"gamma", "none"}});
      const double accuracy = toy.accuracy_on_fold(one);
      if (accuracy <= best) continue;
      best = accuracy;
      centre = c;
      relu = r;
    }
  }
  for (const std::string gamma : {"val", "none", "0.125"}) {
    const Recipe recipe = recipe_with({{"gamma", gamma}});
    const Learned learned = find_recipe("cnzsl")->learn(recipe, toy.data_with_fold());
    EXPECT_EQ(learned.facts.at("centre"), centre);
    EXPECT_EQ(learned.facts.at("output_relu"), relu);
    EXPECT_EQ(learned.selected_accuracy, 0.25 * best);
    const double expected = gamma == "val" ? 0.5 * best : gamma == "none" ? 0.0 : 0.125;
    EXPECT_EQ(learned.gamma, static_cast<float>(expected)) << gamma;
  }
}

// Of given switches gamma alone is chosen, or nothing.
TEST(Cnzsl, DoesNotChooseWhatIsGiven) {
  const Toy toy;
  LearningData data = toy.data_with_fold();
  std::vector<Recipe> asked;
  data.on_folds = [&](const Recipe& recipe) {
    asked.push_back(recipe);
    return std::optional(FoldGamma{0.375, std::nullopt, 0.5, 1});
  };
  std::map<std::string, std::string> given{{"centre", "true"}, {"output_relu", "false"}};
  const Learned learned = find_recipe("cnzsl")->learn(recipe_with(given), data);
  EXPECT_EQ(learned.gamma, 0.375f);
  EXPECT_FALSE(learned.selected_accuracy.has_value());
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].gamma.by, GammaChoice::By::kValidation);
  EXPECT_EQ(asked[0].settings.at("centre"), "true");
  given["gamma"] = "none";
  EXPECT_EQ(find_recipe("cnzsl")->learn(recipe_with(given), data).gamma, 0.0f);
  EXPECT_EQ(asked.size(), 1u);
}

// Without images of seen classes on the folds; `t1_of` says what a recipe comes to there.
Learned learned_without_seen_images(const Toy& toy,
                                    const std::function<double(const Recipe&)>& t1_of) {
  LearningData data = toy.data();
  data.on_folds = [&](const Recipe& recipe) {
    return std::optional(FoldGamma{0.25, std::nullopt, t1_of(recipe), 2});
  };
  return find_recipe("cnzsl")->learn(recipe_with({{"num_epochs", "1"}}), data);
}

TEST(Cnzsl, GoesByT1WhereThereIsNoH) {
  const Toy toy;
  const Learned learned = learned_without_seen_images(toy, [](const Recipe& recipe) {
    return recipe.settings.at("centre") == "true" && recipe.settings.at("output_relu") == "false"
               ? 0.75
               : 0.5;
  });
  EXPECT_EQ(learned.facts.at("centre"), "true");
  EXPECT_EQ(learned.facts.at("output_relu"), "false");
  EXPECT_EQ(learned.selected_accuracy, 0.75);
}

TEST(Cnzsl, DoesNotCallChosenWhatItCannotTellApart) {
  const Toy toy;
  const test::LogLines log;
  const Learned learned = learned_without_seen_images(toy, [](const Recipe&) { return 0.5; });
  EXPECT_EQ(learned.facts.at("centre"), "false");
  EXPECT_EQ(learned.gamma, 0.25f);
  EXPECT_FALSE(learned.selected_accuracy.has_value());
  EXPECT_EQ(log.count({"all choices are equal", "centre false"}), 1);
}

TEST(Cnzsl, WarnsOfANetworkThatHasLearnedNothing) {
  const Toy toy;
  const test::LogLines log;
  (void)learned_with(toy, {});
  EXPECT_EQ(log.count({"the network has learned nothing"}), 0);
  (void)learned_with(toy, {{"learning_rate", "1e5"}, {"output_relu", "true"}});
  EXPECT_EQ(log.count({"recipe cnzsl", "the network has learned nothing", "13 classes"}), 1);
}

TEST(Cnzsl, WithoutHeldOutClassesTakesThePapersSwitches) {
  const Toy toy;
  const Learned learned = find_recipe("cnzsl")->learn(recipe_with({}), toy.data());
  EXPECT_EQ(learned.facts.at("centre"), "false");
  EXPECT_EQ(learned.facts.at("output_relu"), "true");
  EXPECT_TRUE(learned.feature_map.is_identity());
  EXPECT_EQ(layers_of(learned).layers[2].activation, Activation::kRelu);
  EXPECT_FALSE(learned.selected_accuracy.has_value());
}

TEST(Cnzsl, SwitchesShowInTheModel) {
  const Toy toy;
  const Learned plain = learned_with(toy, {});
  ASSERT_EQ(plain.feature_map.steps().size(), 1u);
  EXPECT_TRUE(layers_of(plain).unit_rows);
  EXPECT_EQ(layers_of(plain).layers[2].activation, Activation::kIdentity);
  EXPECT_TRUE(learned_with(toy, {{"centre", "false"}}).feature_map.is_identity());
  EXPECT_EQ(layers_of(learned_with(toy, {{"output_relu", "true"}})).layers[2].activation,
            Activation::kRelu);
  EXPECT_FALSE(layers_of(learned_with(toy, {{"attribute_scale", "false"}})).unit_rows);
  const Learned narrow = learned_with(toy, {{"hidden_dim", "30 50"}});
  EXPECT_EQ(layers_of(narrow).to_string(), "6-30 relu-50 relu-20 identity");
}

// Each setting alone changes what is learned.
TEST(Cnzsl, EverySettingCounts) {
  const Toy toy;
  const auto prototypes = [&](std::map<std::string, std::string> values) {
    const Matrix<float> rows =
        learned_with(toy, std::move(values)).class_map.prototypes(toy.classes);
    return std::vector<float>(rows.data(), rows.data() + rows.size());
  };
  const std::vector<float> plain = prototypes({});
  EXPECT_EQ(prototypes({}), plain);
  const std::pair<const char*, const char*> changes[] = {{"class_norm_before_relu", "false"},
                                                         {"class_norm_after_relu", "false"},
                                                         {"output_relu", "true"},
                                                         {"centre", "false"},
                                                         {"attribute_scale", "false"},
                                                         {"init", "default"},
                                                         {"scale", "4"},
                                                         {"learning_rate", "1e-3"},
                                                         {"decay_epochs", "7"},
                                                         {"l2_penalty", "1e-2"},
                                                         {"batch_size", "31"},
                                                         {"num_epochs", "19"},
                                                         {"norm_momentum", "0.2"},
                                                         {"norm_epsilon", "1e-3"},
                                                         {"hidden_dim", "40 41"}};
  for (const auto& [name, value] : changes) EXPECT_NE(prototypes({{name, value}}), plain) << name;
  EXPECT_NE(prototypes({{"decay_epochs", "7"}, {"decay_factor", "0.5"}}),
            prototypes({{"decay_epochs", "7"}}));
}

TEST(Cnzsl, ChecksItsSettings) {
  const struct {
    const char *setting, *value, *message;
  } kCases[] = {{"centre", "maybe", "auto, true or false"},
                {"output_relu_grid", "", "values, got none"},
                {"class_norm_after_relu", "yes", "true or false"},
                {"init", "xavier", "proper or default"},
                {"scale", "0", "above 0"},
                {"scale", "1e9", "at most 1000"},
                {"learning_rate", "nan", "a number above 0"},
                {"l2_penalty", "-1", "at least 0"},
                {"norm_momentum", "1.5", "at most 1"},
                {"batch_size", "0", "1 .. 16777216"},
                {"num_epochs", "ten", "1 .. 16777216"},
                {"hidden_dim", "1 2 3", "one width or two"},
                {"hidden_dim", "-4", "1 .. 16777216"},
                {"metric", "euclidean", "cosine"},
                {"feature_scaling", "minmax", "none or l2"},
                {"selection", "test", "val"}};
  for (const auto& c : kCases) {
    expect_error(ErrorKind::kInvalidArgument, {c.setting, c.message}, [&] {
      (void)recipe_with({{c.setting, c.value}});
    });
  }
}

TEST(Cnzsl, RefusesDataThatItCannotLearnFrom) {
  Toy toy;
  const Recipe recipe = recipe_with({});
  LearningData data = toy.data();
  data.images = {};
  expect_error(ErrorKind::kInvalidArgument, {"recipe cnzsl", "single images in one process"}, [&] {
    (void)find_recipe("cnzsl")->learn(recipe, data);
  });
  std::erase_if(toy.training, [&](Index row) { return toy.labels[at(row)] != 4; });
  expect_error(ErrorKind::kInvalidArgument, {"classes: expected two", "got 1"}, [&] {
    (void)find_recipe("cnzsl")->learn(recipe, toy.data());
  });
  toy.classes.spaces.emplace_back("word");
  toy.classes.embeddings.emplace_back(Toy::kNumClasses, 2);
  expect_error(ErrorKind::kInvalidArgument, {"one semantic space"}, [&] {
    (void)find_recipe("cnzsl")->learn(recipe, toy.data());
  });
}

}  // namespace
}  // namespace dem
