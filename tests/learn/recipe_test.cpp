#include "dem/learn/recipe.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "dem/base/error.h"
#include "dem/learn/family.h"
#include "dem/model/network.h"

namespace dem {
namespace {

using Doubles = std::vector<double>;
using Floats = std::vector<float>;

constexpr std::string_view kNetworkRecipes[] = {
    "mindspore", "mindspore-intended", "tensorflow", "gbu"};
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

// What the sources' descriptions and code say of their recipes, in another form than the table that
// is tested: sizes of files, counts of steps, relations between recipes, and few values.

// A class table of the widths of AwA's or CUB's published descriptions.
ClassTable classes_of(TrainMode mode, Index attribute_dim) {
  ClassTable classes;
  if (mode != TrainMode::kAttribute) {
    classes.spaces.push_back("word");
    classes.embeddings.emplace_back(1, 1000);
  }
  if (mode != TrainMode::kWord) {
    classes.spaces.push_back("attribute");
    classes.embeddings.emplace_back(1, attribute_dim);
  }
  return classes;
}

// MindSpore ModelZoo, research/cv/DEM, README: checkpoints of 3660k, 3040k, 4005k and 7426k, which
// hold weights and biases in float32 and little else.
TEST(Recipe, MindsporesNetworksFillThePublishedCheckpoints) {
  const struct {
    const char* dataset;
    TrainMode mode;
    Index attribute_dim;
    double kilobytes;
  } cases[] = {{"CUB", TrainMode::kAttribute, 312, 3660.0},
               {"AwA", TrainMode::kAttribute, 85, 3040.0},
               {"AwA", TrainMode::kWord, 85, 4005.0},
               {"AwA", TrainMode::kFusion, 85, 7426.0}};
  for (const auto& c : cases) {
    const Recipe recipe = make_recipe("mindspore", c.dataset, c.mode);
    const ClassTable classes = classes_of(c.mode, c.attribute_dim);
    const Network network(recipe.network->network_spec(classes, 1024));
    const double kilobytes = 4.0 * static_cast<double>(network.parameters().size()) / 1024.0;
    EXPECT_LE(kilobytes, c.kilobytes) << c.dataset << " " << network.spec().to_string();
    EXPECT_GE(kilobytes, c.kilobytes - 1.0) << c.dataset << " " << network.spec().to_string();
  }
}

// Its train.py divides the time of an epoch by 88 steps, those of CUB's 8855 training images; it
// keeps a checkpoint that beats 0.5 with attributes, 0.7 with words.
TEST(Recipe, MindsporeTakesItsStepsOnCubAndSelectsOnTest) {
  for (const TrainMode mode : kModes) {
    const Recipe recipe = make_recipe("mindspore", "CUB", mode);
    const bool is_attribute = mode == TrainMode::kAttribute;
    EXPECT_EQ(recipe.network->steps_per_epoch(8855), 88);
    EXPECT_EQ(recipe.network->num_epochs, 120);  // parser default of epoch_size
    EXPECT_EQ(recipe.selection, Selection::kTest);
    EXPECT_EQ(recipe.selection_threshold, is_attribute ? 0.5 : 0.7);
    EXPECT_EQ(recipe.network->learning_rate, is_attribute ? 1e-5 : 1e-4);
    EXPECT_TRUE(recipe.network->float16_unseen_embeddings);
  }
  const Recipe cub = make_recipe("mindspore", "CUB", TrainMode::kAttribute);
  const Recipe fusion = make_recipe("mindspore", "AwA", TrainMode::kFusion);
  EXPECT_EQ(cub.network->init_sigma, (Doubles{0.0008, 0.0012}));  // src/demnet.py, DEMNet1
  EXPECT_EQ(
      fusion.network->init_sigma,
      (Doubles{
          cub.network->init_sigma[0], cub.network->init_sigma[1], cub.network->init_sigma[1]}));
  EXPECT_EQ(make_recipe("mindspore", "AwA", TrainMode::kWord).network->init_sigma,
            (Doubles{0.0005}));
}

// nn.Adam(params, lr, weight_decay) of MindSpore takes its third argument for beta1. So what one
// recipe has as beta1 the other has as penalty, and nothing else of the training differs but the
// clipping and the selection.
TEST(Recipe, MindsporeIntendedUndoesTheSlipOfItsArguments) {
  for (const TrainMode mode : kModes) {
    const Recipe runs = make_recipe("mindspore", "AwA", mode);
    const Recipe meant = make_recipe("mindspore-intended", "AwA", mode);
    EXPECT_EQ(runs.network->beta1,
              mode == TrainMode::kWord ? 0.001 : 0.01);  // the config's weight_decay
    EXPECT_EQ(meant.network->l2_penalty,
              Doubles(runs.network->l2_penalty.size(), runs.network->beta1));
    EXPECT_EQ(runs.network->l2_penalty, Doubles(runs.network->l2_penalty.size(), 0.0));
    EXPECT_EQ(meant.network->beta1, 0.9);  // Adam's own default
    EXPECT_EQ(runs.network->clip_norm, 0.2);
    auto a = nlohmann::json::parse(runs.to_json());
    auto b = nlohmann::json::parse(meant.to_json());
    for (const char* field : {"name",
                              "beta1",
                              "l2_penalty",
                              "clip_norm",
                              "selection",
                              "selection_by",
                              "selection_threshold"}) {
      EXPECT_NE(a[field], b[field]) << field;
      EXPECT_EQ(a.erase(field) + b.erase(field), 2u) << field;
    }
    EXPECT_EQ(a, b);
  }
}

// The authors' scripts: one training for all, of weights that start at 0.1 and a penalty in the
// loss.
TEST(Recipe, TheAuthorsScriptsShareTheirTraining) {
  for (const char* name : {"tensorflow", "gbu"}) {
    for (const char* dataset : {"AwA", "CUB", "SUN"}) {
      const Recipe recipe = make_recipe(name, dataset, TrainMode::kAttribute);
      EXPECT_EQ(recipe.network->init, InitKind::kTruncatedNormal);
      EXPECT_EQ(recipe.network->init_sigma, (Doubles{0.1, 0.1}));
      EXPECT_EQ(recipe.network->initial_bias, 0.1);
      EXPECT_TRUE(recipe.network->loss_includes_l2);
      EXPECT_EQ(recipe.network->clip_norm, 0.0);
      EXPECT_EQ(recipe.network->total_steps(10), 1000 * recipe.network->evaluation_interval);
      EXPECT_EQ(recipe.network->evaluation_interval, 1000);
      // CUB is trained in larger batches and ten times slower than all others.
      const bool is_cub = std::string(dataset) == "CUB";
      EXPECT_EQ(recipe.network->batch_size, is_cub ? 100 : 64) << name << " " << dataset;
      EXPECT_EQ(recipe.network->learning_rate, is_cub ? 1e-5 : 1e-4) << name << " " << dataset;
      EXPECT_EQ(takes_original_attributes(name), std::string(name) == "gbu");
    }
  }
}

// The penalties of the proposed splits' scripts are powers of ten in this order.
TEST(Recipe, GbuPenalisesFineGrainedBirdsMostAndScenesLeast) {
  double penalty = 1e-2;
  for (const char* dataset : {"CUB", "AWA1", "aPY", "SUN"}) {
    const Recipe recipe = make_recipe("gbu", dataset, TrainMode::kAttribute);
    for (const double p : recipe.network->l2_penalty) EXPECT_DOUBLE_EQ(p, penalty) << dataset;
    EXPECT_EQ(recipe.network->hidden_dim, penalty == 1e-2 ? 1200 : 1600) << dataset;
    penalty /= 10.0;
  }
  const auto json = [](const char* dataset) {
    return make_recipe("gbu", dataset, TrainMode::kAttribute).to_json();
  };
  EXPECT_EQ(json("AWA2"), json("AWA1"));
  EXPECT_EQ(json("FLO"), json("AWA1"));  // unknown to the scripts
  EXPECT_EQ(json("apy"), json("APY"));
}

// The paper: AwA's words alone need no hidden layer and the smaller penalty; fusion adds three
// times the attributes, behind the tanh that MindSpore scales by 1.7159.
TEST(Recipe, FusionAddsThreeTimesTheAttributesToTheWords) {
  for (const std::string_view name : kNetworkRecipes) {
    const Recipe fusion = make_recipe(name, "AwA", TrainMode::kFusion);
    EXPECT_EQ(fusion.network->input_gains, (Floats{1.0f, 3.0f})) << name;
    EXPECT_EQ(fusion.network->hidden_dim, 900) << name;
    EXPECT_EQ(fusion.network->hidden_activation,
              name.starts_with("mindspore") ? Activation::kScaledTanh : Activation::kTanh);
    EXPECT_EQ(make_recipe(name, "AwA", TrainMode::kWord).network->hidden_dim, 0) << name;
  }
  const auto penalty = [](TrainMode mode) {
    return make_recipe("tensorflow", "AwA", mode).network->l2_penalty;
  };
  EXPECT_EQ(penalty(TrainMode::kAttribute), (Doubles{1e-2, 1e-2}));
  EXPECT_EQ(penalty(TrainMode::kWord), (Doubles{1e-3}));
  EXPECT_EQ(penalty(TrainMode::kFusion), (Doubles{1e-3, 1e-2, 1e-2}));
  EXPECT_EQ(make_recipe("tensorflow", "AwA", TrainMode::kAttribute).network->hidden_dim, 300);
  EXPECT_EQ(make_recipe("tensorflow", "CUB", TrainMode::kAttribute).network->hidden_dim, 700);
}

// All others search by Euclidean distance.
TEST(Recipe, SearchesByCosineWhereItsSourceDoes) {
  for (const std::string_view name : kNetworkRecipes) {
    for (const std::string dataset : {"AwA", "CUB", "AWA1", "AWA2", "SUN", "APY"}) {
      for (const TrainMode mode : kModes) {
        const bool is_cosine = name == "gbu"          ? dataset == "CUB"
                               : name == "tensorflow" ? mode == TrainMode::kWord
                                                      : mode != TrainMode::kAttribute;
        EXPECT_EQ(make_recipe(name, dataset, mode).metric == Metric::kCosine, is_cosine)
            << name << " " << dataset << " " << to_string(mode);
      }
    }
  }
}

TEST(Recipe, EveryOneIsValidForEveryDatasetModeAndWidth) {
  for (const std::string_view name : kNetworkRecipes) {
    for (const char* dataset : {"AwA", "CUB", "AWA1", "AWA2", "SUN", "APY", "mine"}) {
      for (const TrainMode mode : kModes) {
        Recipe recipe = make_recipe(name, dataset, mode);
        EXPECT_EQ(recipe.name, name);
        EXPECT_EQ(message_of(recipe), "") << name << " " << dataset;
        recipe.network->set_hidden_dim(37);
        EXPECT_EQ(recipe.network->hidden_dim, 37);
        EXPECT_EQ(message_of(recipe), "") << name << " " << dataset;
        if (mode == TrainMode::kFusion) {
          EXPECT_THROW(recipe.network->set_hidden_dim(0), Error);
        } else {
          recipe.network->set_hidden_dim(0);
          EXPECT_EQ(message_of(recipe), "") << name << " " << dataset;
        }
        EXPECT_THROW(recipe.network->set_hidden_dim(-1), Error);
      }
    }
  }
  EXPECT_THROW(static_cast<void>(make_recipe("Mindspore", "AwA", TrainMode::kWord)), Error);
}

TEST(Recipe, UnknownDatasetsTakeTheValuesOfAwA) {
  for (const std::string_view name : kNetworkRecipes) {
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
  fusion.network->set_hidden_dim(5);
  EXPECT_EQ(fusion.network->l2_penalty, (Doubles{1e-3, 1e-2, 1e-2}));
  Recipe attribute = make_recipe("mindspore", "CUB", TrainMode::kAttribute);
  attribute.network->set_hidden_dim(0);
  EXPECT_EQ(attribute.network->init_sigma, (Doubles{0.0012}));
  Recipe word = make_recipe("tensorflow", "AwA", TrainMode::kWord);
  word.network->set_hidden_dim(8);
  EXPECT_EQ(word.network->l2_penalty, (Doubles{1e-3, 1e-3}));
}

TEST(Recipe, NetworkTakesSpacesAndWidthsFromTheClassTable) {
  ClassTable classes;
  classes.spaces = {"word", "attribute"};
  classes.embeddings.emplace_back(4, 1000);
  classes.embeddings.emplace_back(4, 85);
  const Recipe fusion = make_recipe("mindspore", "AwA", TrainMode::kFusion);
  const NetworkSpec spec = fusion.network->network_spec(classes, 1024);
  EXPECT_EQ(spec.to_string(), "(1000 + 3*85)-900-1024 scaled_tanh");
  EXPECT_EQ(spec.inputs[0].space, "word");
  EXPECT_EQ(spec.inputs[1].space, "attribute");
  const Recipe word = make_recipe("mindspore", "AwA", TrainMode::kWord);
  EXPECT_THROW(static_cast<void>(word.network->network_spec(classes, 1024)), Error);
  classes.spaces.pop_back();
  classes.embeddings.pop_back();
  EXPECT_EQ(word.network->network_spec(classes, 1024).to_string(), "1000-1024 relu");
}

TEST(Recipe, NamesTheFieldThatIsWrong) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto with = [](auto change) {
    Recipe recipe = make_recipe("mindspore", "AwA", TrainMode::kAttribute);
    change(recipe);
    return message_of(recipe);
  };
  EXPECT_EQ(with([](Recipe& r) { r.network->batch_size = 0; }),
            "recipe: batch_size: expected at least 1, got 0");
  EXPECT_EQ(with([](Recipe& r) { r.network->num_epochs = 0; }),
            "recipe: num_epochs: expected at least 1, got 0");
  EXPECT_EQ(with([](Recipe& r) { r.network->max_steps = -1; }),
            "recipe: max_steps: expected at least 0, got -1");
  EXPECT_EQ(with([](Recipe& r) { r.network->evaluation_interval = -5; }),
            "recipe: evaluation_interval: expected at least 0, got -5");
  EXPECT_EQ(with([](Recipe& r) { r.network->learning_rate = 0.0; }),
            "recipe: learning_rate: expected a finite number above 0, got 0");
  EXPECT_EQ(with([=](Recipe& r) { r.network->learning_rate = infinity; }),
            "recipe: learning_rate: expected a finite number above 0, got inf");
  EXPECT_EQ(with([](Recipe& r) { r.network->beta1 = 1.0; }),
            "recipe: beta1: expected at least 0 and below 1, got 1");
  EXPECT_EQ(with([=](Recipe& r) { r.network->beta2 = nan; }),
            "recipe: beta2: expected at least 0 and below 1, got nan");
  EXPECT_EQ(with([](Recipe& r) { r.network->epsilon = 0.0; }),
            "recipe: epsilon: expected a finite number above 0, got 0");
  EXPECT_EQ(with([](Recipe& r) { r.network->clip_norm = -0.5; }),
            "recipe: clip_norm: expected a finite number, at least 0, got -0.5");
  EXPECT_EQ(with([](Recipe& r) { r.network->l2_penalty = {0.0}; }),
            "recipe: l2_penalty: expected one value a layer (2), got 1");
  EXPECT_EQ(with([](Recipe& r) {
              r.network->l2_penalty = {0.0, -1.0};
            }),
            "recipe: l2_penalty: expected a finite number, at least 0, got -1");
  EXPECT_EQ(with([](Recipe& r) { r.network->init_sigma.clear(); }),
            "recipe: init_sigma: expected one value a layer (2), got 0");
  EXPECT_EQ(with([](Recipe& r) { r.network->init_sigma[0] = 0.0; }),
            "recipe: init_sigma: expected a finite number above 0, got 0");
  EXPECT_EQ(with([=](Recipe& r) { r.network->initial_bias = nan; }),
            "recipe: initial_bias: expected a finite number, got nan");
  EXPECT_EQ(with([=](Recipe& r) { r.selection_threshold = nan; }),
            "recipe: selection_threshold: expected a finite number, got nan");
  EXPECT_EQ(with([](Recipe& r) { r.network->input_gains.clear(); }),
            "recipe: input_gains: expected one or two values, got 0");
  EXPECT_EQ(with([](Recipe& r) { r.network->hidden_dim = -3; }),
            "recipe: hidden_dim: expected at least 0, got -3");
}

TEST(Recipe, CountsStepsWithAndWithoutAShortBatch) {
  Recipe recipe;
  recipe.network.emplace();
  recipe.network->batch_size = 4;
  recipe.network->num_epochs = 3;
  const struct {
    bool drop_last;
    Index rows;
    Index steps;
  } cases[] = {
      {true, 3, 0}, {true, 8, 2}, {true, 11, 2}, {false, 3, 1}, {false, 8, 2}, {false, 9, 3}};
  for (const auto& [drop_last, rows, steps] : cases) {
    recipe.network->drop_last = drop_last;
    EXPECT_EQ(recipe.network->steps_per_epoch(rows), steps) << rows;
    EXPECT_EQ(recipe.network->total_steps(rows), 3 * steps) << rows;
  }
  recipe.network->max_steps = 7;
  EXPECT_EQ(recipe.network->total_steps(8), 7);
  recipe.network->max_steps = 0;
  recipe.network->num_epochs = std::numeric_limits<Index>::max();
  EXPECT_EQ(recipe.network->total_steps(8), recipe.network->num_epochs);
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
  EXPECT_EQ(json["gamma"], "none");
  EXPECT_EQ(json["selection_by"], "T1");
  EXPECT_EQ(json["selection_folds"], 0);
  EXPECT_EQ(json.size(), 30u);
}

// Nothing else in the library looks at a network that is not there.
TEST(Recipe, EitherTrainsANetworkOrLearnsAtOnce) {
  EXPECT_NE(message_of(Recipe{}).find("or a network to train"), std::string::npos);
  Recipe renamed = make_recipe("ridge", "AwA", TrainMode::kAttribute);
  renamed.name = "my ridge";
  EXPECT_NE(message_of(renamed).find("\"my ridge\""), std::string::npos);
  Recipe both = make_recipe("ridge", "AwA", TrainMode::kAttribute);
  both.network = make_recipe("gbu", "AwA", TrainMode::kAttribute).network;
  EXPECT_NE(message_of(both).find("it learns at once"), std::string::npos);
  Recipe neither = make_recipe("gbu", "AwA", TrainMode::kAttribute);
  neither.network.reset();
  EXPECT_NE(message_of(neither).find("\"gbu\" without"), std::string::npos);
  EXPECT_THROW(static_cast<void>(for_processes(Recipe{}, 0, false)), Error);
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
    EXPECT_STREQ(error.what(), "selection: expected last, val or test, got \"best\"");
  }
}

}  // namespace
}  // namespace dem
