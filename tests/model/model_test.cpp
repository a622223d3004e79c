#include "dem/model/model.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "dem/base/error.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

// Three classes, of which the second is unseen, described in two spaces.
ClassTable table(Rng& rng) {
  ClassTable classes;
  classes.names = {"horse", "zebra", "tiger"};
  classes.seen = {true, false, true};
  classes.spaces = {"attribute", "word"};
  classes.embeddings.push_back(test::normal_matrix(3, 4, 1.0, rng));
  classes.embeddings.push_back(test::normal_matrix(3, 6, 1.0, rng));
  return classes;
}

Network network_of(std::vector<NetworkInput> inputs, Rng& rng) {
  NetworkSpec spec;
  spec.inputs = std::move(inputs);
  spec.hidden_dim = 5;
  spec.feature_dim = 7;
  spec.hidden_activation = Activation::kScaledTanh;
  Network network(spec);
  test::fill_normal(network.parameters(), 0.5, rng);
  return network;
}

void expect_row_equal(MatrixView<const float> a, MatrixView<const float> b, Index row) {
  for (Index d = 0; d < a.cols(); ++d) EXPECT_EQ(a(row, d), b(row, d)) << row << ", " << d;
}

std::string message_of(Model& model) {
  try {
    model.update_prototypes();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kShapeMismatch);
    return error.what();
  }
  ADD_FAILURE() << "expected an error";
  return "";
}

// The network takes word, then attribute: spaces are found by name, not by place.
TEST(Model, PrototypesAreTheNetworksForwardPassOfTheTable) {
  Rng rng(1, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.network = network_of({{"word", 6}, {"attribute", 4, 3.0f}}, rng);
  model.update_prototypes();
  const MatrixView<const float> inputs[] = {model.classes.embeddings[1],
                                            model.classes.embeddings[0]};
  const Matrix<float> expected = model.network.forward(inputs);
  ASSERT_EQ(model.prototypes.rows(), 3);
  ASSERT_EQ(model.prototypes.cols(), 7);
  for (Index c = 0; c < 3; ++c) expect_row_equal(model.prototypes, expected, c);
}

TEST(Model, OnlyUnseenDescriptionsAreRoundedAndOnlyWhenAsked) {
  Rng rng(2, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.network = network_of({{"attribute", 4}}, rng);
  const Matrix<float> before = model.classes.embeddings[0].clone();
  const Matrix<float> exact = class_prototypes(model.network, model.classes, false);
  model.float16_unseen_embeddings = true;
  model.update_prototypes();
  expect_row_equal(model.prototypes, exact, 0);
  expect_row_equal(model.prototypes, exact, 2);

  Matrix<float> rounded = before.clone();
  bool differs = false;
  for (float& value : rounded.row(1)) {
    differs = differs || round_to_float16(value) != value;
    value = round_to_float16(value);
  }
  ASSERT_TRUE(differs);
  const MatrixView<const float> inputs[] = {rounded};
  expect_row_equal(model.prototypes, model.network.forward(inputs), 1);
  for (Index c = 0; c < 3; ++c) expect_row_equal(model.classes.embeddings[0], before, c);
}

TEST(Model, SaysWhichSpaceTheTableLacks) {
  Rng rng(3, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.network = network_of({{"sentence", 4}}, rng);
  EXPECT_EQ(message_of(model),
            "class table: expected the semantic space \"sentence\" that the network takes, got "
            "attribute, word");
}

TEST(Model, WithoutLayersItHasNoPrototypes) {
  Model model;
  EXPECT_EQ(message_of(model), "network: expected layers (it has none), got 0");
}

TEST(Model, SaysWhichWidthDiffers) {
  Rng rng(4, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.network = network_of({{"word", 9}}, rng);
  EXPECT_EQ(message_of(model), "class table, space \"word\": expected [3, 9], got [3, 6]");
}

TEST(Model, RefusesATableWhosePartsDisagree) {
  Rng rng(5, Purpose::kSynthetic);
  Model model;
  model.network = network_of({{"word", 6}}, rng);
  model.classes = table(rng);
  model.classes.names.push_back("okapi");
  model.classes.seen.push_back(false);
  EXPECT_EQ(message_of(model), "class table, space \"word\": expected [4, 6], got [3, 6]");
  model.classes = table(rng);
  model.classes.seen.pop_back();
  EXPECT_NE(message_of(model).find("2 flags for 3 names"), std::string::npos);
  model.classes = table(rng);
  model.classes.spaces.emplace_back("sentence");
  EXPECT_NE(message_of(model).find("2 arrays for 3 spaces"), std::string::npos);
}

// New classes for a fusion model, their spaces in another order than the model's.
ClassTable new_classes(Rng& rng) {
  ClassTable added;
  added.names = {"okapi", "quagga"};
  added.seen = {true, true};  // of no consequence
  added.spaces = {"word", "attribute"};
  added.embeddings.push_back(test::normal_matrix(2, 6, 1.0, rng));
  added.embeddings.push_back(test::normal_matrix(2, 4, 1.0, rng));
  return added;
}

TEST(AddClasses, GiveThePrototypesThatUnseenClassesOfTheTableWouldHave) {
  for (const bool rounded : {false, true}) {
    Rng rng(2, Purpose::kSynthetic);
    Model model;
    model.classes = table(rng);
    model.network = network_of({{"word", 6}, {"attribute", 4, 3.0f}}, rng);
    model.float16_unseen_embeddings = rounded;
    model.update_prototypes();
    const Matrix<float> before = model.prototypes.clone();
    const ClassTable added = new_classes(rng);
    model.add_classes(added);
    EXPECT_EQ(model.classes.names,
              (std::vector<std::string>{"horse", "zebra", "tiger", "okapi", "quagga"}));
    EXPECT_EQ(model.classes.seen, (std::vector<bool>{true, false, true, false, false}));
    EXPECT_EQ(model.classes.embeddings[0](4, 3), added.embeddings[1](1, 3));
    EXPECT_EQ(model.classes.embeddings[1](3, 5), added.embeddings[0](0, 5));
    for (Index c = 0; c < 3; ++c) expect_row_equal(model.prototypes, before, c);
    const Matrix<float> appended = model.prototypes.clone();
    model.update_prototypes();
    for (Index c = 3; c < 5; ++c) {
      for (Index d = 0; d < 7; ++d) {
        // The same sums of at most 6 terms, perhaps in another order.
        EXPECT_NEAR(appended(c, d), model.prototypes(c, d), 1e-5) << rounded << c << d;
      }
    }
  }
}

TEST(AddClasses, RefuseWhatDoesNotFitAndLeaveTheModel) {
  Rng rng(3, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.network = network_of({{"word", 6}, {"attribute", 4}}, rng);
  const auto refused = [&](ErrorKind kind, const std::string& named, auto&& change) {
    ClassTable added = new_classes(rng);
    change(added);
    try {
      model.add_classes(added);
      ADD_FAILURE() << "expected an error naming " << named;
    } catch (const Error& error) {
      EXPECT_EQ(to_string(error.kind()), to_string(kind)) << error.what();
      EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
    }
    EXPECT_EQ(model.classes.size(), 3);
    EXPECT_EQ(model.classes.embeddings[0].rows(), 3);
  };
  refused(ErrorKind::kInvalidArgument, "bare weights", [](ClassTable&) {});
  model.update_prototypes();
  refused(ErrorKind::kInvalidArgument, "\"zebra\"", [](ClassTable& t) { t.names[1] = "zebra"; });
  refused(ErrorKind::kInvalidArgument, "it twice", [](ClassTable& t) { t.names[1] = "okapi"; });
  refused(ErrorKind::kInvalidArgument, "a name for each", [](ClassTable& t) { t.names[0] = ""; });
  refused(ErrorKind::kShapeMismatch, "\"word\"", [](ClassTable& t) {
    t.spaces.erase(t.spaces.begin());
    t.embeddings.erase(t.embeddings.begin());
  });
  refused(ErrorKind::kShapeMismatch, "expected [2, 4], got [2, 5]", [](ClassTable& t) {
    t.embeddings[1] = Matrix<float>(2, 5);
  });
  refused(ErrorKind::kShapeMismatch, "expected [2, 4], got [3, 4]", [](ClassTable& t) {
    t.embeddings[1] = Matrix<float>(3, 4);
  });
  refused(ErrorKind::kNumerical, "\"quagga\", column 2", [](ClassTable& t) {
    t.embeddings[0](1, 2) = std::numeric_limits<float>::quiet_NaN();
  });
  model.add_classes(new_classes(rng));
  EXPECT_EQ(model.classes.size(), 5);
}

}  // namespace
}  // namespace dem
