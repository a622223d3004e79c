// The class-normalised classifier's mathematics against PyTorch (tools/make_cnzsl_fixtures.py) and
// finite differences.
#include "learn/cnzsl/cnzsl_training.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "dem/learn/trainer.h"
#include "dem/model/class_map.h"
#include "learn/cnzsl/cnzsl_model.h"
#include "learn/cnzsl/cosine_loss.h"
#include "support/files.h"
#include "support/gradient_checker.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using Json = nlohmann::json;

template <typename T>
Matrix<T> matrix_of(const Json& values, Index cols) {
  Matrix<T> matrix(static_cast<Index>(values.size()) / cols, cols);
  for (Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = values[at(i)].get<T>();
  return matrix;
}

template <typename T>
Matrix<T> first_rows(const Matrix<T>& matrix, Index rows) {
  Matrix<T> out(rows, matrix.cols());
  std::copy_n(matrix.data(), out.size(), out.data());
  return out;
}

double largest_of(const Json& values) {
  double largest = 0.0;
  for (const Json& value : values) largest = std::max(largest, std::abs(value.get<double>()));
  return largest;
}

template <typename T>
void expect_near_all(std::span<const T> got, const Json& expected, double relative) {
  ASSERT_EQ(got.size(), expected.size());
  const double off = relative * largest_of(expected);
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(got[i]), expected[i].get<double>(), off) << i;
  }
}

template <typename T>
std::span<const T> all_of(MatrixView<const T> matrix) {
  return {matrix.data(), at(matrix.rows() * matrix.cols())};
}

class CnzslFixture : public testing::TestWithParam<std::string> {
 protected:
  CnzslFixture() {
    std::ifstream file(std::string(DEM_SOURCE_DIR) + "/tests/data/learn/cnzsl.json");
    EXPECT_TRUE(file);
    all_ = Json::parse(file);
    case_ = all_["cases"][GetParam()];
    settings_.norm_before_relu = case_["before_relu"];
    settings_.norm_after_relu = case_["after_relu"];
    settings_.output_relu = case_["output_relu"];
    settings_.attribute_scale = case_["attribute_scale"];
    settings_.hidden_dims = {all_["hidden"][0], all_["hidden"][1]};
    settings_.scale = all_["scale"];
    settings_.l2_penalty = all_["l2_penalty"];
    network_ = initial_cnzsl_network(settings_, all_["embedding_dim"], all_["feature_dim"], 1);
  }
  // Of the seen classes, in double.
  [[nodiscard]] Matrix<double> scaled() const {
    Matrix<double> rows =
        first_rows(matrix_of<double>(case_["embeddings"], all_["embedding_dim"]), all_["seen"]);
    if (!settings_.attribute_scale) return rows;
    for (Index c = 0; c < rows.rows(); ++c) {
      double sum = 0.0;
      for (const double value : rows.row(c)) sum += value * value;
      for (double& value : rows.row(c)) value *= std::sqrt(static_cast<double>(rows.cols()) / sum);
    }
    return rows;
  }
  [[nodiscard]] CnzslProblem problem() const {
    const Matrix<float> table = matrix_of<float>(case_["embeddings"], all_["embedding_dim"]);
    return {scaled_descriptions(first_rows(table, all_["seen"]), settings_.attribute_scale),
            matrix_of<float>(case_["images"], all_["feature_dim"]),
            case_["labels"].get<std::vector<Index>>()};
  }
  // The first step's images, in double, and their classes.
  [[nodiscard]] Matrix<double> batch(std::vector<Index>& labels) const {
    const Matrix<double> images = matrix_of<double>(case_["images"], all_["feature_dim"]);
    const auto rows = case_["steps"][0]["rows"].get<std::vector<Index>>();
    Matrix<double> out(static_cast<Index>(rows.size()), images.cols());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto from = images.row(rows[i]);
      std::copy(from.begin(), from.end(), out.row(static_cast<Index>(i)).begin());
      labels.push_back(case_["labels"][at(rows[i])]);
    }
    return out;
  }

  Json all_, case_;
  CnzslSettings settings_;
  CnzslNetwork network_;
};

// 1e-10 of the largest: double on both sides, and divisions by small variances.
TEST_P(CnzslFixture, PrototypesLossAndGradientAreThoseOfPyTorch) {
  const auto parameters = case_["parameters"].get<std::vector<double>>();
  const Matrix<double> descriptions = scaled();
  std::vector<Index> labels;
  const Matrix<double> images = batch(labels);
  ClassNetwork<double> network(network_.shape, descriptions);
  const MatrixView<const double> prototypes = network.forward(parameters);
  expect_near_all(all_of(prototypes), case_["prototypes"], 1e-10);
  Matrix<double> by_prototypes(prototypes.rows(), prototypes.cols());
  const double loss = cosine_loss<double>(
      settings_.scale * settings_.scale, images, labels, prototypes, by_prototypes);
  EXPECT_NEAR(loss, case_["steps"][0]["loss"].get<double>(), 1e-10);
  std::vector<double> gradient(parameters.size());
  network.backward(parameters, by_prototypes, gradient);
  expect_near_all(std::span<const double>(gradient), case_["gradient"], 1e-9);
}

// The same in float32 with Adam. Each step moves a parameter by up to its rate (2e-3), in a
// direction that rounding decides where a gradient is nearly zero; none is here.
TEST_P(CnzslFixture, StepsAreThoseOfPyTorch) {
  network_.parameters = case_["parameters"].get<std::vector<float>>();
  const CnzslProblem data = problem();
  CnzslTraining training(settings_, data, network_);
  for (const Json& step : case_["steps"]) {
    const auto rows = step["rows"].get<std::vector<Index>>();
    EXPECT_NEAR(training.step(rows, step["rate"]), step["loss"].get<double>(), 2e-4);
  }
  expect_near_all(std::span<const float>(network_.parameters), case_["after"], 2e-4);
  const std::vector<float>* moments[] = {&network_.before_relu.mean,
                                         &network_.before_relu.variance,
                                         &network_.after_relu.mean,
                                         &network_.after_relu.variance};
  for (std::size_t i = 0; i < 4; ++i) {
    expect_near_all(std::span<const float>(*moments[i]), case_["moments"][i], 1e-3);
  }
}

// The layers of the model are what PyTorch computes in its evaluation mode, for unseen classes too.
TEST_P(CnzslFixture, TheModelsLayersAreTheNetworkAtTestTime) {
  network_.parameters = case_["after"].get<std::vector<float>>();
  network_.before_relu = {case_["moments"][0].get<std::vector<float>>(),
                          case_["moments"][1].get<std::vector<float>>()};
  network_.after_relu = {case_["moments"][2].get<std::vector<float>>(),
                         case_["moments"][3].get<std::vector<float>>()};
  ClassTable classes;
  classes.spaces = {"attribute"};
  classes.embeddings.push_back(matrix_of<float>(case_["embeddings"], all_["embedding_dim"]));
  classes.names.resize(at(classes.embeddings[0].rows()));
  classes.seen.resize(classes.names.size());
  const ClassMap map(mlp_of(network_, settings_, {"attribute", all_["embedding_dim"]}));
  const Matrix<float> prototypes = map.prototypes(classes);
  expect_near_all(all_of(prototypes.view()), case_["test_prototypes"], 1e-5);
}

// Every parameter, with the switches of the case.
TEST_P(CnzslFixture, GradientsAreFiniteDifferences) {
  const auto parameters = case_["parameters"].get<std::vector<double>>();
  const Matrix<double> descriptions = scaled();
  std::vector<Index> labels;
  const Matrix<double> images = batch(labels);
  ClassNetwork<double> network(network_.shape, descriptions);
  Matrix<double> by_prototypes(descriptions.rows(), images.cols());
  const auto loss = [&](std::span<const double> at_parameters) {
    return cosine_loss<double>(9.0, images, labels, network.forward(at_parameters), by_prototypes);
  };
  (void)loss(parameters);
  std::vector<double> gradient(parameters.size());
  network.backward(parameters, by_prototypes, gradient);
  for (Index layer = 0; layer < ClassNetworkShape::kLayers; ++layer) {
    const auto window = network_.shape.layer(std::span<double>(gradient), layer);
    const double largest = *std::max_element(window.bias.begin(), window.bias.end());
    EXPECT_NE(largest, 0.0) << layer;
  }
  EXPECT_LT(test::gradient_error(loss, parameters, gradient), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         CnzslFixture,
                         testing::Values("paper",
                                         "signed_output",
                                         "before_alone",
                                         "after_alone",
                                         "no_norm",
                                         "descriptions_as_they_are"),
                         [](const auto& test) { return test.param; });

// Columns (1, 2, 6) and (4, 4, 4): means 3 and 4, variances 7 and 0.
TEST(ClassNorm, DividesByTheVarianceNotByItsRoot) {
  Matrix<double> hidden(3, 2);
  const double values[] = {1.0, 4.0, 2.0, 4.0, 6.0, 4.0};
  std::copy(std::begin(values), std::end(values), hidden.data());
  const ClassMoments<double> moments = normalise_over_classes(0.5, hidden.view());
  EXPECT_EQ(moments.mean, (std::vector<double>{3.0, 4.0}));
  EXPECT_EQ(moments.variance, (std::vector<double>{7.0, 0.0}));
  const double expected[] = {-2.0 / 7.5, 0.0, -1.0 / 7.5, 0.0, 3.0 / 7.5, 0.0};
  for (Index i = 0; i < 6; ++i) EXPECT_DOUBLE_EQ(hidden.data()[i], expected[i]) << i;
}

// One image on the axis of the first prototype: scores 2 and 0, loss log(1 + e^-2).
TEST(CosineLoss, AZeroPrototypeHasCosineZeroAndNoGradient) {
  Matrix<double> image(1, 2), prototypes(2, 2), gradient(2, 2);
  image(0, 0) = 1.0;
  prototypes(0, 0) = 3.0;
  const Index label[] = {0};
  const double loss = cosine_loss<double>(2.0, image, label, prototypes, gradient);
  EXPECT_DOUBLE_EQ(loss, std::log(1.0 + std::exp(-2.0)));
  for (Index j = 0; j < 2; ++j) EXPECT_EQ(gradient(1, j), 0.0);
}

TEST(CnzslNetwork, StartsWithinItsBounds) {
  CnzslSettings settings;
  settings.hidden_dims = {30, 50};
  const auto largest = [](std::span<const float> values) {
    float most = 0.0f;
    for (const float value : values) most = std::max(most, std::abs(value));
    return double{most};
  };
  for (const bool proper : {true, false}) {
    settings.proper_init = proper;
    const CnzslNetwork network = initial_cnzsl_network(settings, 20, 40, 7);
    const double bounds[] = {1.0 / std::sqrt(20.0),
                             1.0 / std::sqrt(30.0),
                             proper ? std::sqrt(3.0 / (50.0 * 40.0)) : 1.0 / std::sqrt(50.0)};
    for (Index i = 0; i < 3; ++i) {
      const auto layer = network.shape.layer(std::span<const float>(network.parameters), i);
      const double weight =
          largest({layer.weight.data(), at(layer.weight.rows() * layer.weight.cols())});
      EXPECT_LE(weight, bounds[i]);
      EXPECT_GT(weight, 0.98 * bounds[i]);  // of 600 or more, uniform
      EXPECT_LE(largest(layer.bias), 1.0 / std::sqrt(static_cast<double>(network.shape.in(i))));
      EXPECT_GT(largest(layer.bias), 0.0);
    }
  }
  EXPECT_NE(initial_cnzsl_network(settings, 20, 40, 8).parameters,
            initial_cnzsl_network(settings, 20, 40, 7).parameters);
}

// Classes 1 and 3 of four have images; rows 2, 0 and 1 of the features.
TEST(CnzslProblem, TakesClassesWithImagesAndCentresImages) {
  Matrix<float> features(3, 2), table(4, 2);
  const float values[] = {1.0f, 0.0f, 3.0f, 4.0f, 2.0f, 2.0f};
  std::copy(std::begin(values), std::end(values), features.data());
  for (Index c = 0; c < 4; ++c) {
    table(c, 0) = 3.0f * static_cast<float>(c);
    table(c, 1) = 4.0f * static_cast<float>(c);
  }
  const TrainingImages images{features, {2, 0, 1}, {3, 1, 3}};
  const std::vector<float> mean = mean_image(images);
  EXPECT_EQ(mean, (std::vector<float>{2.0f, 2.0f}));
  const CnzslProblem problem = make_cnzsl_problem({}, table, images, mean);
  EXPECT_EQ(problem.labels, (std::vector<Index>{1, 0, 1}));
  ASSERT_EQ(problem.descriptions.rows(), 2);
  for (Index c = 0; c < 2; ++c) {  // of norm sqrt(2)
    EXPECT_FLOAT_EQ(problem.descriptions(c, 0), 0.6f * std::sqrt(2.0f));
    EXPECT_FLOAT_EQ(problem.descriptions(c, 1), 0.8f * std::sqrt(2.0f));
  }
  const float expected[] = {0.0f, 0.0f, -1.0f, -2.0f, 1.0f, 2.0f};
  const float root = std::sqrt(5.0f);
  for (Index i = 0; i < 6; ++i) EXPECT_FLOAT_EQ(problem.images.data()[i], expected[i] / root) << i;
  CnzslSettings settings;
  settings.attribute_scale = false;
  const CnzslProblem plain = make_cnzsl_problem(settings, table, images, {});
  EXPECT_EQ(plain.descriptions(1, 1), 12.0f);
  EXPECT_FLOAT_EQ(plain.images(2, 1), 0.8f);
}

CnzslProblem random_problem() {
  Rng rng(3, Purpose::kSynthetic);
  const Matrix<float> table = test::normal_matrix(40, 12, 1.0, rng);
  const Matrix<float> features = test::normal_matrix(300, 33, 1.0, rng);
  TrainingImages images{features, {}, {}};
  for (Index i = 0; i < 300; ++i) {
    images.rows.push_back(i);
    images.labels.push_back(static_cast<ClassId>(i % 40));
  }
  return make_cnzsl_problem({}, table, images, {});
}

CnzslSettings small_settings() {
  CnzslSettings settings;
  settings.hidden_dims = {200, 210};
  settings.batch_size = 64;
  settings.num_epochs = 3;
  settings.decay_epochs = 2;
  return settings;
}

TEST(CnzslTraining, BitsDoNotDependOnTheNumberOfThreads) {
  const CnzslProblem problem = random_problem();
  const CnzslSettings settings = small_settings();
  std::vector<std::vector<float>> results;
  const int before = num_threads();
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    CnzslNetwork network = initial_cnzsl_network(settings, 12, 33, 5);
    train_cnzsl(settings, problem, 5, network);
    results.push_back(network.parameters);
  }
  set_num_threads(before);
  EXPECT_EQ(results[0], results[1]);
}

// Epochs 0 and 1 at the full rate, the third at a tenth; the last batch of an epoch is short.
TEST(CnzslTraining, AnEpochIsEveryImageOnceAndTheRateDecays) {
  const CnzslProblem problem = random_problem();
  CnzslSettings settings = small_settings();
  CnzslNetwork whole = initial_cnzsl_network(settings, 12, 33, 5);
  train_cnzsl(settings, problem, 5, whole);
  CnzslNetwork network = initial_cnzsl_network(settings, 12, 33, 5);
  CnzslTraining training(settings, problem, network);
  for (Index epoch = 0; epoch < 3; ++epoch) {
    const std::vector<Index> order = epoch_order(300, 5, epoch);
    EXPECT_EQ(std::set<Index>(order.begin(), order.end()).size(), 300u);
    for (std::size_t first = 0; first < 300; first += 64) {
      const std::size_t count = std::min<std::size_t>(64, 300 - first);
      training.step(std::span(order).subspan(first, count), epoch < 2 ? 5e-4 : 5e-4 * 0.1);
    }
  }
  EXPECT_EQ(network.parameters, whole.parameters);
}

TEST(CnzslTraining, ALossThatIsNotFiniteIsNamed) {
  CnzslProblem problem = random_problem();
  problem.images(0, 0) = std::numeric_limits<float>::quiet_NaN();
  CnzslNetwork network = initial_cnzsl_network(small_settings(), 12, 33, 5);
  test::expect_error(ErrorKind::kNumerical, {"cnzsl: step ", "finite loss"}, [&] {
    train_cnzsl(small_settings(), problem, 5, network);
  });
}

}  // namespace
}  // namespace dem
