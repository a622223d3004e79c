#include "dem/model/network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/text.h"
#include "dem/base/error.h"
#include "support/naive_network.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::NaiveNetwork;

NetworkSpec make_spec(std::vector<NetworkInput> inputs,
                      Index hidden_dim,
                      Index feature_dim,
                      Activation activation,
                      Activation output = Activation::kRelu) {
  return {std::move(inputs), hidden_dim, feature_dim, activation, output};
}

std::vector<NetworkSpec> all_shapes() {
  std::vector<NetworkSpec> specs;
  for (const Activation activation :
       {Activation::kRelu, Activation::kTanh, Activation::kScaledTanh, Activation::kIdentity}) {
    specs.push_back(make_spec({{"attribute", 7}}, 0, 9, activation));
    specs.push_back(make_spec({{"attribute", 85}}, 11, 130, activation));
    specs.push_back(make_spec({{"attribute", 5, -0.5f}}, 150, 3, activation));
    specs.push_back(make_spec({{"word", 10}, {"attribute", 6, 3.0f}}, 8, 17, activation));
    specs.push_back(make_spec({{"word", 1}, {"attribute", 1}}, 1, 1, activation));
    specs.push_back(
        make_spec({{"word", 10}, {"attribute", 6, 3.0f}, {"sketch", 2, -0.5f}}, 8, 17, activation));
    specs.push_back(make_spec({{"attribute", 7}}, 0, 9, Activation::kRelu, activation));
    specs.push_back(
        make_spec({{"word", 4}, {"attribute", 3}}, 5, 6, Activation::kTanh, activation));
  }
  return specs;
}

std::string message_of(const NetworkSpec& spec) {
  try {
    spec.validate();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
    return error.what();
  }
  return "";
}

TEST(Network, ForwardAgreesWithTheFormulaInDouble) {
  Rng rng(1, Purpose::kSynthetic);
  for (const NetworkSpec& spec : all_shapes()) {
    Network network(spec);
    test::fill_normal(network.parameters(), 0.4, rng);
    for (const Index rows : {0, 1, 2, 33}) {
      std::vector<Matrix<float>> inputs;
      for (const NetworkInput& input : spec.inputs) {
        inputs.push_back(test::normal_matrix(rows, input.dim, 1.0, rng));
      }
      const std::vector<MatrixView<const float>> views(inputs.begin(), inputs.end());
      const Matrix<float> prototypes = network.forward(views);
      ASSERT_EQ(prototypes.rows(), rows);
      ASSERT_EQ(prototypes.cols(), spec.feature_dim);
      for (Index i = 0; i < rows; ++i) {
        const auto expected = NaiveNetwork(network).forward(test::input_row(views, i)).output;
        for (Index j = 0; j < spec.feature_dim; ++j) {
          // Sums of at most 150 products whose terms are of the order of 10: sqrt(150) * 10 * eps,
          // twice for the two layers.
          EXPECT_NEAR(prototypes(i, j), expected[static_cast<std::size_t>(j)], 3e-5)
              << spec.to_string() << ", row " << i << " of " << rows << ", column " << j;
        }
      }
    }
  }
}

// -1 stays -1 where the ReLU would make it 0.
TEST(Network, AnIdentityOutputKeepsWhatIsBelowZero) {
  Network network(make_spec({{"attribute", 1}}, 0, 2, Activation::kRelu, Activation::kIdentity));
  network.layer(0).weight(0, 0) = 2.0f;
  network.layer(0).bias[1] = -1.0f;
  Matrix<float> input(1, 1);
  input(0, 0) = -3.0f;
  const std::vector<MatrixView<const float>> inputs{input};
  const Matrix<float> prototypes = network.forward(inputs);
  EXPECT_EQ(prototypes(0, 0), -6.0f);
  EXPECT_EQ(prototypes(0, 1), -1.0f);
}

TEST(Network, ParametersLieInOneBufferLayerByLayer) {
  Network network(make_spec({{"word", 3}, {"attribute", 2}}, 4, 5, Activation::kTanh));
  ASSERT_EQ(network.num_layers(), 3);
  // fc1 [4, 3] + 4, fc2 [4, 2] + 4, fc3 [5, 4] + 5.
  ASSERT_EQ(network.parameters().size(), 16u + 12u + 25u);
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    network.parameters()[i] = static_cast<float>(i);
  }
  EXPECT_EQ(network.layer(0).weight(3, 2), 11.0f);
  EXPECT_EQ(network.layer(0).bias[0], 12.0f);
  EXPECT_EQ(network.layer(1).weight(0, 0), 16.0f);
  EXPECT_EQ(network.layer(1).bias[3], 27.0f);
  EXPECT_EQ(network.layer(2).weight(4, 3), 47.0f);
  EXPECT_EQ(network.layer(2).bias[4], 52.0f);
}

TEST(Network, StartsAtZeroAndClonesDeeply) {
  Network network(make_spec({{"attribute", 3}}, 0, 2, Activation::kRelu));
  for (const float p : network.parameters()) EXPECT_EQ(p, 0.0f);
  Network copy = network.clone();
  copy.parameters()[0] = 1.0f;
  EXPECT_EQ(network.parameters()[0], 0.0f);
  EXPECT_EQ(copy.spec().to_string(), network.spec().to_string());
  EXPECT_EQ(copy.layer(0).weight.rows(), 2);
}

TEST(Network, NotANumberIsNotHiddenByTheRelu) {
  Network network(make_spec({{"attribute", 1}}, 2, 1, Activation::kRelu));
  network.layer(0).weight(1, 0) = std::numeric_limits<float>::quiet_NaN();
  network.layer(1).weight(0, 1) = 1.0f;
  const Matrix<float> input = [] {
    Matrix<float> m(1, 1);
    m(0, 0) = 1.0f;
    return m;
  }();
  const std::vector<MatrixView<const float>> inputs{input};
  EXPECT_TRUE(std::isnan(network.forward(inputs)(0, 0)));
}

TEST(Network, RefusesInputsThatDoNotFit) {
  const Network network(make_spec({{"word", 3}, {"attribute", 2}}, 4, 5, Activation::kTanh));
  const Matrix<float> words(6, 3);
  const Matrix<float> attributes(6, 2);
  const Matrix<float> short_attributes(5, 2);
  const auto message = [&](std::vector<MatrixView<const float>> inputs) -> std::string {
    try {
      static_cast<void>(network.forward(inputs));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kShapeMismatch);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message({words, attributes}), "");
  EXPECT_EQ(message({words}), "network: expected 2 inputs, got 1");
  EXPECT_EQ(message({attributes, words}), "network: input 0 (word): expected [6, 3], got [6, 2]");
  EXPECT_EQ(message({words, short_attributes}),
            "network: input 1 (attribute): expected [6, 2], got [5, 2]");
}

TEST(NetworkSpec, PrintsItselfInOneLine) {
  EXPECT_EQ(make_spec({{"attribute", 312}}, 700, 1024, Activation::kRelu).to_string(),
            "312-700-1024 relu");
  EXPECT_EQ(make_spec({{"word", 1000}, {"attribute", 85, 3.0f}}, 900, 1024, Activation::kScaledTanh)
                .to_string(),
            "(1000 + 3*85)-900-1024 scaled_tanh");
  EXPECT_EQ(make_spec({{"word", 1000}}, 0, 1024, Activation::kTanh).to_string(), "1000-1024 relu");
  EXPECT_EQ(
      make_spec(
          {{"a", 3}, {"b", 4}, {"c", 5, 0.5f}}, 9, 8, Activation::kTanh, Activation::kIdentity)
          .to_string(),
      "(3 + 4 + 0.5*5)-9-8 tanh, output identity");
  EXPECT_EQ(make_spec({{"a", 3}}, 0, 8, Activation::kRelu, Activation::kIdentity).to_string(),
            "3-8 identity");
}

TEST(NetworkSpec, NamesTheFieldThatIsWrong) {
  const NetworkInput input{"attribute", 3};
  EXPECT_EQ(message_of(make_spec({input}, 0, 1, Activation::kRelu)), "");
  EXPECT_EQ(message_of(make_spec({}, 4, 5, Activation::kRelu)),
            "network: inputs: expected at least one, got none");
  EXPECT_EQ(message_of(make_spec({input, input, input}, 4, 5, Activation::kRelu)), "");
  EXPECT_EQ(message_of(make_spec({{"attribute", 0}}, 4, 5, Activation::kRelu)),
            "network: inputs.dim: expected at least 1, got 0");
  EXPECT_EQ(message_of(make_spec({{"attribute", 2, std::nanf("")}}, 4, 5, Activation::kRelu)),
            "network: inputs.gain: expected a finite number, got nan");
  EXPECT_EQ(message_of(make_spec({input, input}, 0, 5, Activation::kRelu)),
            "network: hidden_dim: expected at least 1, got 0");
  EXPECT_EQ(message_of(make_spec({input}, -1, 5, Activation::kRelu)),
            "network: hidden_dim: expected at least 0, got -1");
  EXPECT_EQ(message_of(make_spec({input}, 4, 0, Activation::kRelu)),
            "network: feature_dim: expected at least 1, got 0");
  const Index huge = std::numeric_limits<Index>::max() / 2;
  EXPECT_THROW(Network(make_spec({{"attribute", huge}}, huge, 1, Activation::kRelu)), Error);
}

TEST(Activation, NamesAreReadBack) {
  for (const Activation activation :
       {Activation::kRelu, Activation::kTanh, Activation::kScaledTanh, Activation::kIdentity}) {
    EXPECT_EQ(activation_from_string(to_string(activation)), activation);
  }
  EXPECT_EQ(to_string(Activation::kScaledTanh), "scaled_tanh");
  EXPECT_THROW(static_cast<void>(activation_from_string("sigmoid")), Error);
}

}  // namespace
}  // namespace dem
