// Recipe auto on data of every kind that somebody may come with: a model that is finite, and better
// than chance wherever the data allow it.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/base/log.h"
#include "dem/data/dataset_from_arrays.h"
#include "dem/learn/family.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "dem/search/predictor.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

constexpr Index kTestImages = 20;  // of each class

// Images lie about a linear image of their class's description.
struct World {
  std::vector<Index> counts = std::vector<Index>(24, 12);  // training images of each seen class
  Index num_unseen = 5;
  Index attribute_dim = 6;
  Index feature_dim = 16;
  double noise = 0.3;
  // Changes the descriptions [num_classes, attribute_dim] before images are drawn, or after.
  std::function<void(Matrix<float>&)> describe = {};
  std::function<void(Matrix<float>&)> misdescribe = {};
  // Changes the features of all images.
  std::function<void(Matrix<float>&)> measure = {};

  [[nodiscard]] Index num_seen() const { return static_cast<Index>(counts.size()); }
};

Matrix<float> class_means(const Matrix<float>& descriptions, Index feature_dim, Rng& rng) {
  const Matrix<float> map = test::normal_matrix(descriptions.cols(), feature_dim, 1.0, rng);
  Matrix<float> means(descriptions.rows(), feature_dim);
  for (Index c = 0; c < means.rows(); ++c) {
    for (Index k = 0; k < map.rows(); ++k) {
      for (Index j = 0; j < feature_dim; ++j) means(c, j) += descriptions(c, k) * map(k, j);
    }
  }
  return means;
}

void add_images(DatasetArrays& arrays, ClassId id, Index count, std::vector<Index>& list) {
  for (Index i = 0; i < count; ++i) {
    list.push_back(static_cast<Index>(arrays.labels.size()));
    arrays.labels.push_back(id);
  }
}

Dataset dataset_of(const World& world) {
  Rng rng(11, Purpose::kInit);
  const Index num_classes = world.num_seen() + world.num_unseen;
  Matrix<float> descriptions = test::normal_matrix(num_classes, world.attribute_dim, 1.0, rng);
  if (world.describe) world.describe(descriptions);
  const Matrix<float> means = class_means(descriptions, world.feature_dim, rng);
  if (world.misdescribe) world.misdescribe(descriptions);

  DatasetArrays arrays;
  for (Index c = 0; c < num_classes; ++c) {
    const auto id = static_cast<ClassId>(c);
    const bool is_seen = c < world.num_seen();
    arrays.classes.names.push_back("class " + std::to_string(c));
    if (is_seen) add_images(arrays, id, world.counts[at(c)], arrays.split.trainval);
    add_images(
        arrays, id, kTestImages, is_seen ? arrays.split.test_seen : arrays.split.test_unseen);
  }
  arrays.classes.spaces = {"attribute"};
  arrays.classes.embeddings.push_back(std::move(descriptions));

  const auto num_images = static_cast<Index>(arrays.labels.size());
  Matrix<float> features = test::normal_matrix(num_images, world.feature_dim, world.noise, rng);
  for (Index i = 0; i < num_images; ++i) {
    const auto mean = means.row(arrays.labels[at(i)]);
    for (Index j = 0; j < world.feature_dim; ++j) features(i, j) += mean[at(j)];
  }
  if (world.measure) world.measure(features);
  return dataset_from_arrays(std::move(features), std::move(arrays));
}

class Auto : public ::testing::Test {
 protected:
  ~Auto() override { set_log_sink({}); }

  // The scores of the model that is learned, which is looked through.
  EvaluationResult learn(const World& world) {
    const Dataset dataset = dataset_of(world);
    FitOptions options;
    options.recipe = make_recipe(default_recipe(dataset.layout), "", TrainMode::kAttribute);
    warnings_.clear();
    set_log_sink([this](LogLevel level, std::string_view message) {
      if (level == LogLevel::kWarning) warnings_.emplace_back(message);
    });
    model_ = fit(dataset, options).model;
    set_log_sink({});
    require_finite(dataset);
    return evaluate_model(model_, dataset, model_.metric);
  }

  void require_finite(const Dataset& dataset) {
    const Matrix<float>& rows = model_.prototypes.rows;
    for (Index i = 0; i < rows.size(); ++i) ASSERT_TRUE(std::isfinite(rows.data()[i])) << i;
    for (const float offset : model_.prototypes.offset) ASSERT_TRUE(std::isfinite(offset));
    ASSERT_TRUE(std::isfinite(model_.gamma));
    ASSERT_TRUE(std::isfinite(model_.temperature));
    predicted_ = Predictor(model_, {.top_k = 2}).predict(dataset.visual_features);
    for (Index i = 0; i < predicted_.scores.size(); ++i) {
      ASSERT_TRUE(std::isfinite(predicted_.scores.data()[i])) << i;
    }
    const Matrix<float>& probabilities = predicted_.probabilities;
    for (Index i = 0; i < probabilities.size(); ++i) {
      ASSERT_TRUE(std::isfinite(probabilities.data()[i])) << i;
    }
  }

  Model model_;
  Prediction predicted_;
  std::vector<std::string> warnings_;
};

TEST_F(Auto, RecognisesClassesItHasNotSeenAndThoseItHas) {
  const EvaluationResult scores = learn({});
  EXPECT_GT(scores.t1, 0.8);
  EXPECT_GT(*scores.harmonic, 0.6);
  EXPECT_GT(model_.temperature, 0.0f);
  EXPECT_EQ(model_.provenance.at("recipe"), "auto");
  EXPECT_EQ(model_.provenance.at("selection"), "val");
  EXPECT_TRUE(warnings_.empty()) << warnings_[0];
}

// Too few to choose by: the defaults, no gamma, and one word about it.
TEST_F(Auto, OfThreeOrTwoSeenClassesTakesItsDefaults) {
  for (const Index num_seen : {3, 2}) {
    World world;
    world.counts = std::vector<Index>(at(num_seen), 20);
    world.attribute_dim = 2;
    world.num_unseen = 2;
    (void)learn(world);
    ASSERT_EQ(warnings_.size(), 1u) << num_seen;
    EXPECT_EQ(warnings_[0].rfind("recipe auto: nothing to choose by (", 0), 0u) << warnings_[0];
    EXPECT_EQ(model_.gamma, 0.0f);
    EXPECT_EQ(model_.provenance.at("selection"), "default");
    EXPECT_EQ(model_.provenance.at("kernel"), "linear");
  }
}

TEST_F(Auto, OfOneImageAClass) {
  World world;
  world.counts = std::vector<Index>(30, 1);
  EXPECT_GT(learn(world).t1, 0.5);
}

TEST_F(Auto, OfClassesWithAsManyImagesAsTwentySixAndAsFewAsOne) {
  World world;
  for (std::size_t c = 0; c < world.counts.size(); ++c) {
    world.counts[c] = 26 - static_cast<Index>(25 * c / (world.counts.size() - 1));
  }
  ASSERT_EQ(world.counts.front(), 26);
  ASSERT_EQ(world.counts.back(), 1);
  const EvaluationResult scores = learn(world);
  EXPECT_GT(scores.t1, 0.8);
  EXPECT_GT(*scores.harmonic, 0.5);
}

TEST_F(Auto, OfFeaturesThatAreAllNegative) {
  World world;
  world.measure = [](Matrix<float>& features) {
    for (Index i = 0; i < features.size(); ++i) {
      features.data()[i] = -std::abs(features.data()[i]) - 0.1f;
    }
  };
  EXPECT_GT(learn(world).t1, 0.4);
}

// Unit length takes the scale away; what is left is rounding.
TEST_F(Auto, DoesNotCareForTheScaleOfFeatures) {
  World world;
  world.noise = 0.6;
  (void)learn(world);
  const Prediction unscaled = std::move(predicted_);
  for (const float factor : {1e-3f, 1e3f}) {
    world.measure = [factor](Matrix<float>& features) {
      for (Index i = 0; i < features.size(); ++i) features.data()[i] *= factor;
    };
    (void)learn(world);
    Index same = 0;
    for (Index i = 0; i < predicted_.classes.rows(); ++i) {
      same += predicted_.classes(i, 0) == unscaled.classes(i, 0) ? 1 : 0;
      EXPECT_NEAR(predicted_.scores(i, 0), unscaled.scores(i, 0), 1e-3) << factor << " " << i;
    }
    EXPECT_GE(same, predicted_.classes.rows() - 2) << factor;
  }
}

TEST_F(Auto, OfBinaryAttributes) {
  World world;
  world.attribute_dim = 8;
  world.describe = [](Matrix<float>& descriptions) {
    for (Index i = 0; i < descriptions.size(); ++i) {
      descriptions.data()[i] = descriptions.data()[i] > 0.0f ? 1.0f : 0.0f;
    }
  };
  EXPECT_GT(learn(world).t1, 0.5);
}

TEST_F(Auto, OfFeatureColumnsThatAreConstant) {
  for (const float constant : {0.0f, 3.0f, 1000.0f}) {
    World world;
    world.measure = [constant](Matrix<float>& features) {
      for (Index i = 0; i < features.rows(); ++i) features(i, 4) = constant;
    };
    EXPECT_GT(learn(world).t1, 0.6) << constant;
  }
}

// Nothing can be learned; what comes out is still numbers.
TEST_F(Auto, OfFeaturesThatSayNothing) {
  for (const float constant : {0.0f, 2.0f}) {
    World world;
    world.measure = [constant](Matrix<float>& features) {
      for (Index i = 0; i < features.size(); ++i) features.data()[i] = constant;
    };
    EXPECT_NEAR(learn(world).t1, 0.2, 0.01) << constant;
  }
  World world;
  world.feature_dim = 1;  // of unit length: up or down
  EXPECT_LT(learn(world).t1, 0.5);
}

TEST_F(Auto, OfImagesWithoutFeatures) {
  World world;
  world.measure = [](Matrix<float>& features) {
    for (Index i = 0; i < features.rows(); i += 7) {
      for (float& value : features.row(i)) value = 0.0f;
    }
  };
  EXPECT_GT(learn(world).t1, 0.6);
}

// The dataset warns of them; neither the regression nor the folds break.
TEST_F(Auto, OfClassesWithTheSameDescription) {
  for (const auto& [first, second] : {std::pair<Index, Index>{3, 7}, {3, 25}, {24, 25}}) {
    World world;
    world.misdescribe = [first = first, second = second](Matrix<float>& descriptions) {
      for (Index k = 0; k < descriptions.cols(); ++k) {
        descriptions(second, k) = descriptions(first, k);
      }
    };
    EXPECT_GT(learn(world).t1, 0.45) << first << " = " << second;
  }
}

TEST_F(Auto, OfAClassWithoutADescription) {
  for (const Index without : {3, 25}) {
    World world;
    world.misdescribe = [without](Matrix<float>& descriptions) {
      for (float& value : descriptions.row(without)) value = 0.0f;
    };
    EXPECT_GT(learn(world).t1, 0.5) << without;
    ASSERT_EQ(warnings_.size(), 1u);
    EXPECT_EQ(warnings_[0],
              "recipe auto: 1 of 29 classes has a description of zeros, which says nothing of an "
              "unseen class (first: class " +
                  std::to_string(without) + ")");
  }
}

TEST_F(Auto, OfMoreFeaturesThanImages) {
  World world;
  world.counts = std::vector<Index>(16, 3);
  world.feature_dim = 120;
  world.noise = 0.6;
  EXPECT_GT(learn(world).t1, 0.6);
}

TEST_F(Auto, OfMoreAttributesThanClasses) {
  World world;
  world.attribute_dim = 60;
  world.describe = [](Matrix<float>& descriptions) {  // of rank 6, as the other worlds
    for (Index c = 0; c < descriptions.rows(); ++c) {
      for (Index k = 6; k < descriptions.cols(); ++k) {
        descriptions(c, k) = 0.5f * descriptions(c, k % 6) + 0.1f * descriptions(c, k);
      }
    }
  };
  EXPECT_GT(learn(world).t1, 0.6);
}

// Of unit length there are two descriptions of one attribute, up and down: one of many classes
// cannot be told from the others, and that is said.
TEST_F(Auto, OfOneAttribute) {
  World world;
  world.attribute_dim = 1;
  world.num_unseen = 2;
  world.describe = [](Matrix<float>& descriptions) {
    const Index unseen = descriptions.rows() - 2;
    for (Index c = 0; c < unseen; ++c) descriptions(c, 0) *= c % 2 == 0 ? 1.0f : -1.0f;
    descriptions(unseen, 0) = 1.0f;
    descriptions(unseen + 1, 0) = -1.0f;
  };
  EXPECT_GT(learn(world).t1, 0.9);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(
      warnings_[0].find("24 of 26 classes have another class's description but for its length"),
      std::string::npos)
      << warnings_[0];
}

}  // namespace
}  // namespace dem
