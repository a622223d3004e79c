// Recipe `dem`: without a hidden layer against numpy from single images
// (tools/make_network_fixtures.py), its descent against an objective in plain loops.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/at.h"
#include "dem/base/error.h"
#include "learn/dem/class_network_recipe.h"
#include "learn/dem/network_descent.h"
#include "learn/dem/network_model.h"
#include "learn/dem/network_selection.h"
#include "support/random_matrix.h"

namespace dem::test {
namespace {

using Json = nlohmann::json;

Json network_fixture() {
  std::ifstream file(std::string(DEM_SOURCE_DIR) + "/tests/data/learn/class_networks.json");
  EXPECT_TRUE(file);
  return Json::parse(file);
}

Matrix<float> floats(const Json& values, Index cols) {
  Matrix<float> matrix(static_cast<Index>(values.size()) / cols, cols);
  for (Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = values[at(i)].get<float>();
  return matrix;
}

ClassTable table_of(const Matrix<float>& embeddings) {
  ClassTable table;
  table.spaces = {"attribute"};
  table.embeddings.push_back(embeddings.clone());
  for (Index c = 0; c < embeddings.rows(); ++c) {
    table.names.push_back("class " + std::to_string(c));
    table.seen.push_back(true);
  }
  return table;
}

// Without folds: every setting is given, or its default is taken.
LearningData without_folds(const ClassTable& classes,
                           const ClassStatistics& statistics,
                           const FeatureMap& base) {
  return {.classes = classes,
          .statistics = statistics,
          .base = base,
          .rounds = [] { return std::span<const ValidationRound>(); },
          .accuracy = [](const Learned&, std::size_t) { return 0.0; },
          .on_all_ranks = [](bool here) { return here; },
          .num_repeats = [](Index) { return Index{0}; },
          .scored_folds = [](Index) { return std::vector<ScoredFold>(); },
          .images = {},
          .seed = 3};
}

double score_of(std::span<const float> z, std::span<const float> p, Metric metric) {
  double product = 0.0;
  double distance = 0.0;
  double zz = 0.0;
  double pp = 0.0;
  for (std::size_t j = 0; j < z.size(); ++j) {
    product += double{z[j]} * double{p[j]};
    distance += (double{z[j]} - double{p[j]}) * (double{z[j]} - double{p[j]});
    zz += double{z[j]} * double{z[j]};
    pp += double{p[j]} * double{p[j]};
  }
  return metric == Metric::kCosine ? product / std::sqrt(zz * pp) : -distance;
}

// The recipe scales features and keeps the model in single precision.
TEST(ClassNetwork, WithoutHiddenLayerIsLeastSquaresOfSingleImages) {
  const Json fixture = network_fixture();
  for (const auto& [name, problem] : fixture.items()) {
    const Matrix<float> features = floats(problem["features"], problem["feature_dim"]);
    const Matrix<float> tests = floats(problem["tests"], problem["feature_dim"]);
    const ClassTable classes = table_of(floats(problem["embeddings"], problem["embedding_dim"]));
    StatisticsGatherer gatherer(problem["num_classes"], problem["feature_dim"], true);
    gatherer.add(features, problem["labels"].get<std::vector<ClassId>>());
    const ClassStatistics statistics = gatherer.finish();
    for (const Json& answer : problem["answers"]) {
      Recipe recipe = make_class_network("", TrainMode::kAttribute);
      for (const char* setting : {"space", "shrinkage", "lambda", "comparison"}) {
        recipe.settings[setting] = answer[setting].get<std::string>();
      }
      recipe.settings["hidden_dim"] = "0";
      recipe.settings["iterations"] = "0";
      recipe.settings["output_relu"] = "false";
      const FeatureMap base;
      const Learned learned = learn_class_network(recipe, without_folds(classes, statistics, base));
      const Matrix<float> z = learned.feature_map.mapped(tests);
      const Matrix<float> p = learned.class_map.prototypes(classes);
      for (Index i = 0; i < z.rows(); ++i) {
        for (Index c = 0; c < p.rows(); ++c) {
          const double expected = answer["scores"][at(i * p.rows() + c)];
          EXPECT_NEAR(score_of(z.row(i), p.row(c), learned.metric),
                      expected,
                      2e-5 * std::max(1.0, std::abs(expected)))
              << name << answer["space"] << answer["lambda"] << " image " << i << " class " << c;
        }
      }
    }
  }
}

struct DescentCase {
  explicit DescentCase(Index num_classes) : inputs(normal_matrix(num_classes, 5, 0.4, rng)) {
    targets.counts.resize(at(num_classes));
    targets.means = Matrix<double>(num_classes, 4);
    targets.scatter.assign(4, 0.0);
    for (Index c = 0; c < num_classes; ++c) {
      targets.counts[at(c)] = c == 1 ? 0 : 1 + c % 4;
      for (Index j = 0; j < 4; ++j) targets.means(c, j) = rng.normal() + 0.5;
    }
  }

  // Of a network inputs -> hidden ReLU -> outputs, in plain loops.
  [[nodiscard]] double objective(const SolvedNetwork& network, double lambda) const {
    const NetworkSpec& spec = network.shape.spec();
    double images = 0.0;
    double seen = 0.0;
    for (const Index count : targets.counts) {
      images += static_cast<double>(count);
      seen += count > 0 ? 1.0 : 0.0;
    }
    double sum = 0.0;
    for (Index c = 0; c < inputs.rows(); ++c) {
      std::vector<double> units(inputs.row(c).begin(), inputs.row(c).end());
      for (Index l = 0; l < network.shape.num_layers(); ++l) {
        const bool is_last = l + 1 == network.shape.num_layers();
        const auto layer = network.layer(l);
        std::vector<double> next(layer.bias.begin(), layer.bias.end());
        for (std::size_t k = 0; k < next.size(); ++k) {
          for (std::size_t j = 0; j < units.size(); ++j) {
            next[k] += layer.weight(static_cast<Index>(k), static_cast<Index>(j)) * units[j];
          }
          if (!is_last || spec.output_activation == Activation::kRelu) {
            next[k] = std::max(next[k], 0.0);
          }
        }
        units = std::move(next);
      }
      for (Index j = 0; j < 4; ++j) {
        const double difference = units[at(j)] - targets.means(c, j);
        sum +=
            static_cast<double>(targets.counts[at(c)]) / (images / seen) * difference * difference;
      }
    }
    for (const double weight : network.weights) sum += lambda * weight * weight;
    return sum;
  }

  Rng rng{7, Purpose::kInit};
  Matrix<float> inputs;
  ClassStatistics targets;
};

TEST(ClassNetwork, DescendsOnTheObjectiveThatIsStated) {
  const DescentCase problem(12);
  for (const bool relu : {false, true}) {
    const NetworkSettings settings{.hidden_dim = 6, .lambda = 0.05, .output_relu = relu};
    const std::vector<Index> stops = {0, 1, 5, 50, 2000};
    std::vector<Index> visited;
    std::vector<double> values;
    descend(problem.inputs,
            problem.targets,
            settings,
            1,
            stops,
            [&](Index stop, const SolvedNetwork& network) {
              visited.push_back(stop);
              values.push_back(problem.objective(network, settings.lambda));
            });
    EXPECT_EQ(visited, stops);
    for (std::size_t i = 1; i < values.size(); ++i) EXPECT_LE(values[i], values[i - 1]) << i;
    EXPECT_LT(values.back(), 0.99 * values.front());
  }
}

// Where the descent ends before a stop, the stop has its end.
TEST(ClassNetwork, VisitsEveryStopAndStartsTheSameForASeed) {
  const DescentCase problem(12);
  const NetworkSettings settings{.hidden_dim = 0, .lambda = 0.3};
  std::vector<std::vector<double>> weights;
  const auto keep = [&](Index, const SolvedNetwork& network) {
    weights.push_back(network.weights);
  };
  descend(problem.inputs, problem.targets, settings, 1, std::vector<Index>{0, 10, 1000}, keep);
  ASSERT_EQ(weights.size(), 3u);
  for (std::size_t i = 0; i < weights[0].size(); ++i) {
    EXPECT_NEAR(weights[2][i], weights[0][i], 1e-4) << i;  // the closed form is the minimum
  }
  weights.clear();
  const NetworkSettings hidden{.hidden_dim = 6, .lambda = 0.3};
  for (const std::uint64_t seed : {1, 1, 2}) {
    descend(problem.inputs, problem.targets, hidden, seed, std::vector<Index>{3}, keep);
  }
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_NE(weights[0], weights[2]);
}

// 9 classes in fewer and in more dimensions, of features and of descriptions: the coordinates that
// are chosen by say of every image what the model says, but for what all classes share.
TEST(ClassNetwork, TheModelScoresAsItWasChosen) {
  constexpr Index kSeen = 7;
  for (const Index dim : {4, 20}) {
    Rng rng(5, Purpose::kInit);
    const ClassTable classes = table_of(normal_matrix(9, dim == 4 ? 12 : 3, 1.0, rng));
    const Matrix<float> features = normal_matrix(60, dim, 2.0, rng);
    std::vector<ClassId> labels;
    for (Index i = 0; i < 60; ++i) labels.push_back(static_cast<ClassId>(i % kSeen));
    StatisticsGatherer gatherer(9, dim, true);
    gatherer.add(features, labels);
    ScoredFold fold;
    fold.statistics = gatherer.finish();
    fold.held_out = {7, 8};
    fold.unseen = {normal_matrix(40, dim, 2.0, rng), std::vector<ClassId>(40, 7)};
    const FeatureMap base;
    const LearningData data = without_folds(classes, fold.statistics, base);
    const Recipe recipe = make_class_network("", TrainMode::kAttribute);
    const ClosedFormProblem problem = make_problem(recipe, data, fold.statistics, Shifts::kOne);
    const NetworkFold made(problem, fold);
    EXPECT_EQ(made.num_seen(), kSeen);
    for (const SpaceKind kind : {SpaceKind::kPlain, SpaceKind::kWhitened}) {
      for (const Metric metric : {Metric::kEuclidean, Metric::kCosine}) {
        const VisualSpace space = made.space(kind, 0.4);
        descend(made.inputs().rows,
                space.targets,
                {.hidden_dim = 5, .lambda = 0.1},
                1,
                std::vector<Index>{2},
                [&](Index, const SolvedNetwork& network) {
                  const Learned learned = network_model(problem, made, space, network, metric);
                  const Matrix<float> z = learned.feature_map.mapped(fold.unseen.features);
                  const Matrix<float> p = learned.class_map.prototypes(classes);
                  double ranks = 0.0, right = 0.0;
                  for (Index i = 0; i < z.rows(); ++i) {
                    const bool first =
                        score_of(z.row(i), p.row(7), metric) > score_of(z.row(i), p.row(8), metric);
                    ranks += first ? 1.0 : 0.5;
                    right += first ? 1.0 : 0.0;
                  }
                  const Matrix<float> held_out = network.forward(made.held_out_inputs());
                  const auto judged = made.judge(space, held_out, metric);
                  EXPECT_NEAR(judged.rank, ranks / 40.0, 1e-9)
                      << dim << to_string(kind) << to_string(metric);
                  EXPECT_NEAR(judged.t1, right / 40.0, 1e-9)
                      << dim << to_string(kind) << to_string(metric);
                });
      }
    }
  }
}

// Whitened features far from zero keep the digits that they have: the centre is taken off first.
TEST(ClassNetwork, WhitenedFeaturesFarFromZeroKeepTheirDigits) {
  Rng rng(6, Purpose::kInit);
  const ClassTable classes = table_of(normal_matrix(7, 3, 1.0, rng));
  Matrix<float> features = normal_matrix(70, 12, 1.0, rng);
  std::vector<ClassId> labels;
  for (Index i = 0; i < features.rows(); ++i) labels.push_back(static_cast<ClassId>(i % 7));
  for (Index i = 0; i < features.size(); ++i) features.data()[i] += 1e4f;
  StatisticsGatherer gatherer(7, features.cols(), true);
  gatherer.add(features, labels);
  const ClassStatistics statistics = gatherer.finish();
  const FeatureMap base;
  const LearningData data = without_folds(classes, statistics, base);
  Recipe recipe = make_class_network("", TrainMode::kAttribute);
  recipe.set({{"feature_scaling", "none"}});
  const ClosedFormProblem problem = make_problem(recipe, data, statistics, Shifts::kOne);
  const NetworkFold made(problem);
  const VisualSpace space = made.space(SpaceKind::kWhitened, 0.5);
  Learned learned;
  descend(made.inputs().rows,
          space.targets,
          {},
          1,
          std::vector<Index>{0},
          [&](Index, const SolvedNetwork& network) {
            learned = network_model(problem, made, space, network, Metric::kEuclidean);
          });
  const Matrix<float> mapped = learned.feature_map.mapped(features);
  const ClassScatter& scatter = made.scatter();
  for (Index i = 0; i < mapped.rows(); ++i) {
    for (Index k = 0; k < mapped.cols(); ++k) {
      double expected = 0.0;
      for (Index j = 0; j < features.cols(); ++j) {
        expected += scatter.axes(k, j) * (double{features(i, j)} - scatter.centre[at(j)]);
      }
      expected *= space.whitening->inverse[at(k)];
      // A few roundings of numbers of about 1; the spacing of numbers is 1e-3 at 1e4.
      EXPECT_NEAR(mapped(i, k), expected, 1e-5) << i << " " << k;
    }
  }
}

TEST(ClassNetwork, RefusesSettingsThatAreNone) {
  const struct {
    const char* name;
    const char* value;
  } cases[] = {{"space", "round"},
               {"space_grid", ""},
               {"shrinkage", "1.5"},
               {"comparison", "dot"},
               {"hidden_dim", "-1"},
               {"hidden_dim_grid", "0 0"},
               {"hidden_dim", "100000000000"},
               {"iterations_grid", "0 16777217"},
               {"iterations", "2.5"},
               {"lambda", "0"},
               {"output_relu", "maybe"},
               {"output_relu", "true"}};
  for (const auto& [name, value] : cases) {
    Recipe recipe = make_class_network("", TrainMode::kAttribute);
    recipe.settings[name] = value;
    EXPECT_THROW(check_class_network(recipe), Error) << name << " " << value;
  }
  Recipe recipe = make_class_network("", TrainMode::kAttribute);
  recipe.settings["output_relu"] = "true";
  recipe.settings["space"] = "plain";
  check_class_network(recipe);
  recipe.metric = Metric::kCosine;
  EXPECT_THROW(check_class_network(recipe), Error);
}

}  // namespace
}  // namespace dem::test
