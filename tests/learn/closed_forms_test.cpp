// The closed forms from class statistics against numpy from single images
// (tools/make_closed_form_fixtures.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/at.h"
#include "learn/linear/eszsl.h"
#include "learn/linear/ridge_to_features.h"
#include "learn/linear/ridge_to_semantics.h"
#include "learn/linear/semantic_autoencoder.h"
#include "linalg/blas.h"

namespace dem {
namespace {

using Json = nlohmann::json;

Json read_fixture(const std::string& name) {
  std::ifstream file(std::string(DEM_SOURCE_DIR) + "/tests/data/learn/closed_forms_" + name +
                     ".json");
  EXPECT_TRUE(file) << name;
  return Json::parse(file);
}

template <typename Number>
Matrix<Number> to_matrix(const Json& values, Index cols) {
  Matrix<Number> matrix(static_cast<Index>(values.size()) / cols, cols);
  for (Index i = 0; i < matrix.size(); ++i) {
    matrix.data()[i] = values[at(i)].get<Number>();
  }
  return matrix;
}

double largest(std::span<const double> values) {
  double most = 0.0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

Matrix<double> product(Transpose transpose_b, const Matrix<double>& a, const Matrix<double>& b) {
  Matrix<double> result(a.rows(), transpose_b == Transpose::kYes ? b.rows() : b.cols());
  gemm(Transpose::kNo, transpose_b, 1.0, a, b, 0.0, result);
  return result;
}

// What one side says for one choice of regularisers.
struct Answer {
  Matrix<double> weight;
  std::vector<double> shift;  // a bias or a centre, or nothing
  Matrix<double> outputs;     // of the queries
};

class ClosedForms : public testing::TestWithParam<std::string> {
 protected:
  ClosedForms()
      : fixture_(read_fixture(GetParam())),
        embeddings_(
            to_matrix<double>(fixture_["embeddings"], fixture_["embedding_dim"].get<Index>())),
        tests_(to_matrix<double>(fixture_["tests"], fixture_["feature_dim"].get<Index>())) {
    StatisticsGatherer gatherer(
        fixture_["num_classes"].get<Index>(), fixture_["feature_dim"].get<Index>(), true);
    gatherer.add(to_matrix<float>(fixture_["features"], tests_.cols()),
                 fixture_["labels"].get<std::vector<ClassId>>());
    statistics_ = gatherer.finish();
  }

  // A sum of as many terms as there are images and dimensions is wrong by at most as many epsilons
  // of its magnitude, and a solution by `condition` times as much, on either side; few cases come
  // near. Outputs are sums of weights times queries below 1 + `query`, each at most `terms`.
  void expect_answer(const Answer& answer, const Json& expected, double query) const {
    const auto weight = expected["weight"].get<std::vector<double>>();
    const auto shift = expected["shift"].get<std::vector<double>>();
    const auto outputs = expected["outputs"].get<std::vector<double>>();
    const auto terms = static_cast<double>(statistics_.num_images() + statistics_.feature_dim() +
                                           embeddings_.cols());
    const double relative =
        2.0 * terms * std::numeric_limits<double>::epsilon() * expected["condition"].get<double>();
    const double tolerance = relative * (largest(weight) + largest(shift));
    SCOPED_TRACE(expected["regularisers"].dump());
    expect_near({answer.weight.data(), at(answer.weight.size())}, weight, tolerance);
    expect_near(answer.shift, shift, terms * tolerance * (1.0 + query));
    expect_near({answer.outputs.data(), at(answer.outputs.size())},
                outputs,
                terms * tolerance * (1.0 + query));
  }
  static void expect_near(std::span<const double> values,
                          const std::vector<double>& expected,
                          double tolerance) {
    ASSERT_EQ(values.size(), expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_NEAR(values[i], expected[i], tolerance) << i;
    }
  }

  [[nodiscard]] double largest_feature() const {
    return largest({tests_.data(), at(tests_.size())});
  }

  Json fixture_;
  Matrix<double> embeddings_;  // [num_classes, embedding_dim], rows of unit length
  Matrix<double> tests_;       // [n, feature_dim]
  ClassStatistics statistics_;
};

TEST_P(ClosedForms, RidgeToFeaturesIsThatOfSingleImages) {
  for (const Shifts shifts : {Shifts::kOne, Shifts::kMany}) {
    const RidgeToFeatures ridge(embeddings_, statistics_, shifts);
    for (const Json& expected : fixture_["ridge_to_features"]) {
      RidgeMap map = ridge.solve(expected["regularisers"][0].get<double>());
      Matrix<double> prototypes = map.apply(embeddings_);
      expect_answer({std::move(map.weight), std::move(map.bias), std::move(prototypes)},
                    expected,
                    largest_feature());
    }
  }
}

TEST_P(ClosedForms, RidgeToSemanticsIsThatOfSingleImages) {
  for (const Shifts shifts : {Shifts::kOne, Shifts::kMany}) {
    const RidgeToSemantics ridge(embeddings_, statistics_, shifts);
    for (const Json& expected : fixture_["ridge_to_semantics"]) {
      RidgeMap map = ridge.solve(expected["regularisers"][0].get<double>());
      Matrix<double> embedded = map.apply(tests_);
      expect_answer({std::move(map.weight), std::move(map.bias), std::move(embedded)},
                    expected,
                    largest_feature());
    }
  }
}

TEST_P(ClosedForms, EszslIsThatOfSingleImages) {
  for (const auto& [coding, name] : {std::pair(LabelCoding::kSigned, "eszsl_signed"),
                                     std::pair(LabelCoding::kCentered, "eszsl_centred")}) {
    SCOPED_TRACE(name);
    for (const Shifts shifts : {Shifts::kOne, Shifts::kMany}) {
      const Eszsl eszsl(embeddings_, statistics_, coding, shifts);
      for (const Json& expected : fixture_[name]) {
        const auto regularisers = expected["regularisers"].get<std::vector<double>>();
        BilinearScore score = eszsl.solve(regularisers[0], regularisers[1]);
        Matrix<double> centred = tests_.clone();
        for (Index i = 0; i < centred.rows(); ++i) {
          for (Index j = 0; j < centred.cols(); ++j) centred(i, j) -= score.centre[at(j)];
        }
        Matrix<double> scores =
            product(Transpose::kYes, centred, product(Transpose::kYes, embeddings_, score.weight));
        expect_answer({std::move(score.weight), std::move(score.centre), std::move(scores)},
                      expected,
                      largest_feature());
      }
    }
  }
}

TEST_P(ClosedForms, SemanticAutoencoderIsThatOfSingleImages) {
  const SemanticAutoencoder autoencoder(embeddings_, statistics_);
  for (const Json& expected : fixture_["semantic_autoencoder"]) {
    Matrix<double> encoder = autoencoder.solve(expected["regularisers"][0].get<double>());
    Matrix<double> encoded = product(Transpose::kYes, tests_, encoder);
    expect_answer({std::move(encoder), {}, std::move(encoded)}, expected, largest_feature());
  }
}

INSTANTIATE_TEST_SUITE_P(EveryShape,
                         ClosedForms,
                         testing::Values("plain",
                                         "more_features_than_images",
                                         "more_attributes_than_classes",
                                         "more_of_both"));

}  // namespace
}  // namespace dem
