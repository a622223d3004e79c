#include "dem/learn/recipe.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "dem/base/error.h"

namespace dem {
namespace {

using Doubles = std::vector<double>;
using Floats = std::vector<float>;

constexpr TrainMode kModes[] = {TrainMode::kAttribute, TrainMode::kWord, TrainMode::kFusion};

std::string message_of(const Recipe& recipe) {
  try {
    recipe.validate();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
    return error.what();
  }
  return "";
}

TEST(Recipe, MindsporeHasTheReferencesNetworks) {
  const Recipe cub = make_recipe("mindspore", "CUB", TrainMode::kAttribute);
  EXPECT_EQ(cub.hidden_dim, 700);
  EXPECT_EQ(cub.hidden_activation, Activation::kRelu);
  EXPECT_EQ(cub.input_gains, (Floats{1.0f}));
  EXPECT_EQ(cub.init_sigma, (Doubles{0.0008, 0.0012}));
  EXPECT_EQ(cub.init, InitKind::kNormal);
  EXPECT_EQ(cub.initial_bias, 0.0);
  const Recipe awa = make_recipe("mindspore", "AwA", TrainMode::kAttribute);
  EXPECT_EQ(awa.hidden_dim, 700);
  EXPECT_EQ(awa.init_sigma, (Doubles{0.0005, 0.0005}));
  const Recipe word = make_recipe("mindspore", "AwA", TrainMode::kWord);
  EXPECT_EQ(word.hidden_dim, 0);
  EXPECT_EQ(word.init_sigma, (Doubles{0.0005}));
  const Recipe fusion = make_recipe("mindspore", "AwA", TrainMode::kFusion);
  EXPECT_EQ(fusion.hidden_dim, 900);
  EXPECT_EQ(fusion.hidden_activation, Activation::kScaledTanh);
  EXPECT_EQ(fusion.input_gains, (Floats{1.0f, 3.0f}));
  EXPECT_EQ(fusion.init_sigma, (Doubles{0.0008, 0.0012, 0.0012}));
}

TEST(Recipe, MindsporeTrainsAsTheReferenceRuns) {
  const struct {
    const char* dataset;
    TrainMode mode;
    double learning_rate, beta1, threshold;
    Metric metric;
  } cases[] = {
      {"CUB", TrainMode::kAttribute, 1e-5, 0.01, 0.5, Metric::kEuclidean},
      {"AwA", TrainMode::kAttribute, 1e-5, 0.01, 0.5, Metric::kEuclidean},
      {"AwA", TrainMode::kWord, 1e-4, 0.001, 0.7, Metric::kCosine},
      {"AwA", TrainMode::kFusion, 1e-4, 0.01, 0.7, Metric::kCosine},
  };
  for (const auto& c : cases) {
    const Recipe recipe = make_recipe("mindspore", c.dataset, c.mode);
    EXPECT_EQ(recipe.learning_rate, c.learning_rate);
    EXPECT_EQ(recipe.beta1, c.beta1);
    EXPECT_EQ(recipe.beta2, 0.999);
    EXPECT_EQ(recipe.epsilon, 1e-8);
    EXPECT_EQ(recipe.clip_norm, 0.2);
    for (const double penalty : recipe.l2_penalty) EXPECT_EQ(penalty, 0.0);
    EXPECT_EQ(recipe.batch_size, 100);
    EXPECT_EQ(recipe.num_epochs, 120);
    EXPECT_EQ(recipe.max_steps, 0);
    EXPECT_TRUE(recipe.drop_last);
    EXPECT_TRUE(recipe.shuffle);
    EXPECT_EQ(recipe.selection, Selection::kTest);
    EXPECT_EQ(recipe.selection_threshold, c.threshold);
    EXPECT_EQ(recipe.evaluation_interval, 0);
    EXPECT_EQ(recipe.metric, c.metric);
    EXPECT_TRUE(recipe.float16_unseen_embeddings);

    const Recipe intended = make_recipe("mindspore-intended", c.dataset, c.mode);
    EXPECT_EQ(intended.beta1, 0.9);
    EXPECT_EQ(intended.l2_penalty, Doubles(recipe.init_sigma.size(), c.beta1));
    EXPECT_FALSE(intended.loss_includes_l2);
    EXPECT_EQ(intended.clip_norm, 0.5);
    EXPECT_EQ(intended.selection, Selection::kLast);
    EXPECT_EQ(intended.learning_rate, c.learning_rate);
    EXPECT_EQ(intended.init_sigma, recipe.init_sigma);
  }
}

TEST(Recipe, TensorflowHasTheAuthorsValues) {
  const struct {
    const char* dataset;
    TrainMode mode;
    Index hidden_dim;
    Activation activation;
    Doubles l2_penalty;
    double learning_rate;
    Index batch_size;
  } cases[] = {
      {"AwA", TrainMode::kAttribute, 300, Activation::kRelu, {1e-2, 1e-2}, 1e-4, 64},
      {"AwA", TrainMode::kWord, 0, Activation::kRelu, {1e-3}, 1e-4, 64},
      {"AwA", TrainMode::kFusion, 900, Activation::kTanh, {1e-3, 1e-2, 1e-2}, 1e-4, 64},
      {"CUB", TrainMode::kAttribute, 700, Activation::kRelu, {1e-2, 1e-2}, 1e-5, 100},
  };
  for (const auto& c : cases) {
    const Recipe recipe = make_recipe("tensorflow", c.dataset, c.mode);
    EXPECT_EQ(recipe.hidden_dim, c.hidden_dim);
    EXPECT_EQ(recipe.hidden_activation, c.activation);
    EXPECT_EQ(recipe.input_gains,
              (c.mode == TrainMode::kFusion ? Floats{1.0f, 3.0f} : Floats{1.0f}));
    EXPECT_EQ(recipe.l2_penalty, c.l2_penalty);
    EXPECT_TRUE(recipe.loss_includes_l2);
    EXPECT_EQ(recipe.learning_rate, c.learning_rate);
    EXPECT_EQ(recipe.beta1, 0.9);
    EXPECT_EQ(recipe.batch_size, c.batch_size);
    EXPECT_EQ(recipe.init, InitKind::kTruncatedNormal);
    EXPECT_EQ(recipe.init_sigma, Doubles(c.l2_penalty.size(), 0.1));
    EXPECT_EQ(recipe.initial_bias, 0.1);
    EXPECT_EQ(recipe.clip_norm, 0.0);
    EXPECT_EQ(recipe.max_steps, 1'000'000);
    EXPECT_EQ(recipe.evaluation_interval, 1000);
    EXPECT_FALSE(recipe.drop_last);
    EXPECT_EQ(recipe.selection, Selection::kLast);
    EXPECT_FALSE(recipe.float16_unseen_embeddings);
  }
}

TEST(Recipe, GbuHasTheProposedSplitsValues) {
  const struct {
    const char* dataset;
    Index hidden_dim;
    double l2_penalty, learning_rate;
    Index batch_size;
    Metric metric;
  } cases[] = {
      {"AWA1", 1600, 1e-3, 1e-4, 64, Metric::kEuclidean},
      {"AWA2", 1600, 1e-3, 1e-4, 64, Metric::kEuclidean},
      {"CUB", 1200, 1e-2, 1e-5, 100, Metric::kCosine},
      {"SUN", 1600, 1e-5, 1e-4, 64, Metric::kEuclidean},
      {"APY", 1600, 1e-4, 1e-4, 64, Metric::kEuclidean},
      {"aPY", 1600, 1e-4, 1e-4, 64, Metric::kEuclidean},
      {"FLO", 1600, 1e-3, 1e-4, 64, Metric::kEuclidean},
  };
  for (const auto& c : cases) {
    const Recipe recipe = make_recipe("gbu", c.dataset, TrainMode::kAttribute);
    EXPECT_EQ(recipe.hidden_dim, c.hidden_dim) << c.dataset;
    EXPECT_EQ(recipe.l2_penalty, (Doubles{c.l2_penalty, c.l2_penalty})) << c.dataset;
    EXPECT_EQ(recipe.learning_rate, c.learning_rate) << c.dataset;
    EXPECT_EQ(recipe.batch_size, c.batch_size) << c.dataset;
    EXPECT_EQ(recipe.metric, c.metric) << c.dataset;
    EXPECT_TRUE(recipe.original_attributes) << c.dataset;
    EXPECT_TRUE(recipe.loss_includes_l2) << c.dataset;
    EXPECT_EQ(recipe.initial_bias, 0.1) << c.dataset;
  }
}

TEST(Recipe, SearchesByTheSourcesMetric) {
  constexpr Metric kE = Metric::kEuclidean;
  constexpr Metric kC = Metric::kCosine;
  const struct {
    const char *recipe, *dataset;
    Metric attribute, word, fusion;
  } cases[] = {
      {"mindspore", "AwA", kE, kC, kC},
      {"mindspore", "CUB", kE, kC, kC},
      {"mindspore-intended", "AwA", kE, kC, kC},
      {"mindspore-intended", "CUB", kE, kC, kC},
      {"tensorflow", "AwA", kE, kC, kE},
      {"tensorflow", "CUB", kE, kC, kE},
      {"gbu", "AWA1", kE, kE, kE},
      {"gbu", "AWA2", kE, kE, kE},
      {"gbu", "CUB", kC, kC, kC},
      {"gbu", "SUN", kE, kE, kE},
      {"gbu", "APY", kE, kE, kE},
  };
  for (const auto& c : cases) {
    const auto metric = [&](TrainMode mode) {
      return make_recipe(c.recipe, c.dataset, mode).metric;
    };
    EXPECT_EQ(metric(TrainMode::kAttribute), c.attribute) << c.recipe << " " << c.dataset;
    EXPECT_EQ(metric(TrainMode::kWord), c.word) << c.recipe << " " << c.dataset;
    EXPECT_EQ(metric(TrainMode::kFusion), c.fusion) << c.recipe << " " << c.dataset;
  }
}

TEST(Recipe, EveryOneIsValidForEveryDatasetModeAndWidth) {
  for (const std::string_view name : kRecipeNames) {
    for (const char* dataset : {"AwA", "CUB", "AWA1", "AWA2", "SUN", "APY", "mine"}) {
      for (const TrainMode mode : kModes) {
        Recipe recipe = make_recipe(name, dataset, mode);
        EXPECT_EQ(recipe.name, name);
        EXPECT_EQ(message_of(recipe), "") << name << " " << dataset;
        recipe.set_hidden_dim(37);
        EXPECT_EQ(recipe.hidden_dim, 37);
        EXPECT_EQ(message_of(recipe), "") << name << " " << dataset;
        if (mode == TrainMode::kFusion) {
          EXPECT_THROW(recipe.set_hidden_dim(0), Error);
        } else {
          recipe.set_hidden_dim(0);
          EXPECT_EQ(message_of(recipe), "") << name << " " << dataset;
        }
        EXPECT_THROW(recipe.set_hidden_dim(-1), Error);
      }
    }
  }
  EXPECT_THROW(static_cast<void>(make_recipe("Mindspore", "AwA", TrainMode::kWord)), Error);
}

TEST(Recipe, UnknownDatasetsTakeTheValuesOfAwA) {
  for (const std::string_view name : kRecipeNames) {
    for (const TrainMode mode : kModes) {
      EXPECT_EQ(make_recipe(name, "mine", mode).to_json(),
                make_recipe(name, "AwA", mode).to_json());
    }
  }
  // Where the data's source has no word vectors the network is AwA's too.
  EXPECT_EQ(make_recipe("mindspore", "CUB", TrainMode::kFusion).to_json(),
            make_recipe("mindspore", "AwA", TrainMode::kFusion).to_json());
}

TEST(Recipe, NewHiddenLayersTakeOverTheListsValues) {
  Recipe fusion = make_recipe("tensorflow", "AwA", TrainMode::kFusion);
  fusion.set_hidden_dim(5);
  EXPECT_EQ(fusion.l2_penalty, (Doubles{1e-3, 1e-2, 1e-2}));
  Recipe attribute = make_recipe("mindspore", "CUB", TrainMode::kAttribute);
  attribute.set_hidden_dim(0);
  EXPECT_EQ(attribute.init_sigma, (Doubles{0.0012}));
  Recipe word = make_recipe("tensorflow", "AwA", TrainMode::kWord);
  word.set_hidden_dim(8);
  EXPECT_EQ(word.l2_penalty, (Doubles{1e-3, 1e-3}));
}

TEST(Recipe, NetworkTakesSpacesAndWidthsFromTheClassTable) {
  ClassTable classes;
  classes.spaces = {"word", "attribute"};
  classes.embeddings.emplace_back(4, 1000);
  classes.embeddings.emplace_back(4, 85);
  const Recipe fusion = make_recipe("mindspore", "AwA", TrainMode::kFusion);
  const NetworkSpec spec = fusion.network_spec(classes, 1024);
  EXPECT_EQ(spec.to_string(), "(1000 + 3*85)-900-1024 scaled_tanh");
  EXPECT_EQ(spec.inputs[0].space, "word");
  EXPECT_EQ(spec.inputs[1].space, "attribute");
  const Recipe word = make_recipe("mindspore", "AwA", TrainMode::kWord);
  EXPECT_THROW(static_cast<void>(word.network_spec(classes, 1024)), Error);
  classes.spaces.pop_back();
  classes.embeddings.pop_back();
  EXPECT_EQ(word.network_spec(classes, 1024).to_string(), "1000-1024 relu");
}

TEST(Recipe, NamesTheFieldThatIsWrong) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto with = [](auto change) {
    Recipe recipe = make_recipe("mindspore", "AwA", TrainMode::kAttribute);
    change(recipe);
    return message_of(recipe);
  };
  EXPECT_EQ(with([](Recipe& r) { r.batch_size = 0; }),
            "recipe: batch_size: expected at least 1, got 0");
  EXPECT_EQ(with([](Recipe& r) { r.num_epochs = 0; }),
            "recipe: num_epochs: expected at least 1, got 0");
  EXPECT_EQ(with([](Recipe& r) { r.max_steps = -1; }),
            "recipe: max_steps: expected at least 0, got -1");
  EXPECT_EQ(with([](Recipe& r) { r.evaluation_interval = -5; }),
            "recipe: evaluation_interval: expected at least 0, got -5");
  EXPECT_EQ(with([](Recipe& r) { r.learning_rate = 0.0; }),
            "recipe: learning_rate: expected a finite number above 0, got 0");
  EXPECT_EQ(with([=](Recipe& r) { r.learning_rate = infinity; }),
            "recipe: learning_rate: expected a finite number above 0, got inf");
  EXPECT_EQ(with([](Recipe& r) { r.beta1 = 1.0; }),
            "recipe: beta1: expected at least 0 and below 1, got 1");
  EXPECT_EQ(with([=](Recipe& r) { r.beta2 = nan; }),
            "recipe: beta2: expected at least 0 and below 1, got nan");
  EXPECT_EQ(with([](Recipe& r) { r.epsilon = 0.0; }),
            "recipe: epsilon: expected a finite number above 0, got 0");
  EXPECT_EQ(with([](Recipe& r) { r.clip_norm = -0.5; }),
            "recipe: clip_norm: expected a finite number, at least 0, got -0.5");
  EXPECT_EQ(with([](Recipe& r) { r.l2_penalty = {0.0}; }),
            "recipe: l2_penalty: expected one value a layer (2), got 1");
  EXPECT_EQ(with([](Recipe& r) {
              r.l2_penalty = {0.0, -1.0};
            }),
            "recipe: l2_penalty: expected a finite number, at least 0, got -1");
  EXPECT_EQ(with([](Recipe& r) { r.init_sigma.clear(); }),
            "recipe: init_sigma: expected one value a layer (2), got 0");
  EXPECT_EQ(with([](Recipe& r) { r.init_sigma[0] = 0.0; }),
            "recipe: init_sigma: expected a finite number above 0, got 0");
  EXPECT_EQ(with([=](Recipe& r) { r.initial_bias = nan; }),
            "recipe: initial_bias: expected a finite number, got nan");
  EXPECT_EQ(with([=](Recipe& r) { r.selection_threshold = nan; }),
            "recipe: selection_threshold: expected a finite number, got nan");
  EXPECT_EQ(with([](Recipe& r) { r.input_gains.clear(); }),
            "recipe: input_gains: expected one or two values, got 0");
  EXPECT_EQ(with([](Recipe& r) { r.hidden_dim = -3; }),
            "recipe: hidden_dim: expected at least 0, got -3");
}

TEST(Recipe, CountsStepsWithAndWithoutAShortBatch) {
  Recipe recipe;
  recipe.batch_size = 4;
  recipe.num_epochs = 3;
  const struct {
    bool drop_last;
    Index rows;
    Index steps;
  } cases[] = {
      {true, 3, 0}, {true, 8, 2}, {true, 11, 2}, {false, 3, 1}, {false, 8, 2}, {false, 9, 3}};
  for (const auto& [drop_last, rows, steps] : cases) {
    recipe.drop_last = drop_last;
    EXPECT_EQ(recipe.steps_per_epoch(rows), steps) << rows;
    EXPECT_EQ(recipe.total_steps(rows), 3 * steps) << rows;
  }
  recipe.max_steps = 7;
  EXPECT_EQ(recipe.total_steps(8), 7);
  recipe.max_steps = 0;
  recipe.num_epochs = std::numeric_limits<Index>::max();
  EXPECT_EQ(recipe.total_steps(8), recipe.num_epochs);
}

TEST(Recipe, PrintsEveryFieldAsJson) {
  const Recipe recipe = make_recipe("gbu", "CUB", TrainMode::kAttribute);
  const nlohmann::json json = nlohmann::json::parse(recipe.to_json());
  EXPECT_EQ(json["name"], "gbu");
  EXPECT_EQ(json["hidden_dim"], 1200);
  EXPECT_EQ(json["hidden_activation"], "relu");
  EXPECT_EQ(json["init"], "truncated_normal");
  EXPECT_EQ(json["l2_penalty"], (Doubles{1e-2, 1e-2}));
  EXPECT_EQ(json["loss_includes_l2"], true);
  EXPECT_EQ(json["max_steps"], 1'000'000);
  EXPECT_EQ(json["metric"], "cosine");
  EXPECT_EQ(json["selection"], "last");
  EXPECT_EQ(json["output_bias"], "recipe");
  EXPECT_EQ(json["feature_scaling"], "none");
  EXPECT_EQ(json["precision"], "float32");
  EXPECT_EQ(json.size(), 28u);
}

TEST(Recipe, PrintsItselfInOneLine) {
  EXPECT_EQ(make_recipe("mindspore", "CUB", TrainMode::kAttribute).to_string(),
            "mindspore: hidden 700 relu, batch 100, 120 epochs, adam lr 1e-05 beta1 0.01, l2 0/0, "
            "clip 0.2, selection test, metric euclidean");
  EXPECT_EQ(make_recipe("tensorflow", "AwA", TrainMode::kWord).to_string(),
            "tensorflow: no hidden layer, batch 64, 1000000 steps, adam lr 0.0001 beta1 0.9, "
            "l2 0.001, clip 0, selection last, metric cosine");
}

TEST(Recipe, NamesOfItsChoicesAreReadBack) {
  for (const Selection value : {Selection::kLast, Selection::kValidation, Selection::kTest}) {
    EXPECT_EQ(selection_from_string(to_string(value)), value);
  }
  for (const OutputBias value : {OutputBias::kRecipe, OutputBias::kZero, OutputBias::kMean}) {
    EXPECT_EQ(output_bias_from_string(to_string(value)), value);
  }
  for (const Precision value : {Precision::kFloat32, Precision::kBf16}) {
    EXPECT_EQ(precision_from_string(to_string(value)), value);
  }
  EXPECT_THROW(static_cast<void>(precision_from_string("fp16")), Error);
  try {
    static_cast<void>(selection_from_string("best"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "selection: expected one of last, val, test, got \"best\"");
  }
}

}  // namespace
}  // namespace dem
