#include "dem/model/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "dem/base/error.h"
#include "support/files.h"
#include "support/random_kernel_map.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;

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

ClassMap network_of(std::vector<NetworkInput> inputs, Rng& rng, bool rounds = false) {
  NetworkSpec spec;
  spec.inputs = std::move(inputs);
  spec.hidden_dim = 5;
  spec.feature_dim = 7;
  spec.hidden_activation = Activation::kScaledTanh;
  Network network(spec);
  test::fill_normal(network.parameters(), 0.5, rng);
  return ClassMap(NetworkMap{std::move(network), rounds});
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
  model.class_map = network_of({{"word", 6}, {"attribute", 4, 3.0f}}, rng);
  model.update_prototypes();
  const MatrixView<const float> inputs[] = {model.classes.embeddings[1],
                                            model.classes.embeddings[0]};
  const Matrix<float> expected = model.class_map.network()->forward(inputs);
  ASSERT_EQ(model.prototypes.rows.rows(), 3);
  ASSERT_EQ(model.prototypes.rows.cols(), 7);
  for (Index c = 0; c < 3; ++c) expect_row_equal(model.prototypes.rows, expected, c);
  EXPECT_EQ(model.feature_dim(), 7);
}

TEST(Model, OnlyUnseenDescriptionsAreRoundedAndOnlyWhenAsked) {
  Rng rng(2, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.class_map = network_of({{"attribute", 4}}, rng, true);
  const Matrix<float> before = model.classes.embeddings[0].clone();
  const Matrix<float> exact = class_prototypes(*model.class_map.network(), model.classes, false);
  model.update_prototypes();
  expect_row_equal(model.prototypes.rows, exact, 0);
  expect_row_equal(model.prototypes.rows, exact, 2);

  Matrix<float> rounded = before.clone();
  bool differs = false;
  for (float& value : rounded.row(1)) {
    differs = differs || round_to_float16(value) != value;
    value = round_to_float16(value);
  }
  ASSERT_TRUE(differs);
  const MatrixView<const float> inputs[] = {rounded};
  expect_row_equal(model.prototypes.rows, model.class_map.network()->forward(inputs), 1);
  for (Index c = 0; c < 3; ++c) expect_row_equal(model.classes.embeddings[0], before, c);
}

TEST(Model, SaysWhichSpaceTheTableLacks) {
  Rng rng(3, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.class_map = network_of({{"sentence", 4}}, rng);
  EXPECT_EQ(message_of(model),
            "class table: expected the semantic space \"sentence\" that the model takes, got "
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
  model.class_map = network_of({{"word", 9}}, rng);
  EXPECT_EQ(message_of(model), "class table, space \"word\": expected [3, 9], got [3, 6]");
}

TEST(Model, RefusesATableWhosePartsDisagree) {
  Rng rng(5, Purpose::kSynthetic);
  Model model;
  model.class_map = network_of({{"word", 6}}, rng);
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
    model.class_map = network_of({{"word", 6}, {"attribute", 4, 3.0f}}, rng, rounded);
    model.update_prototypes();
    const Matrix<float> before = model.prototypes.rows.clone();
    const ClassTable added = new_classes(rng);
    model.add_classes(added);
    EXPECT_EQ(model.classes.names,
              (std::vector<std::string>{"horse", "zebra", "tiger", "okapi", "quagga"}));
    EXPECT_EQ(model.classes.seen, (std::vector<bool>{true, false, true, false, false}));
    EXPECT_EQ(model.classes.embeddings[0](4, 3), added.embeddings[1](1, 3));
    EXPECT_EQ(model.classes.embeddings[1](3, 5), added.embeddings[0](0, 5));
    for (Index c = 0; c < 3; ++c) expect_row_equal(model.prototypes.rows, before, c);
    const Matrix<float> appended = model.prototypes.rows.clone();
    model.update_prototypes();
    for (Index c = 3; c < 5; ++c) {
      for (Index d = 0; d < 7; ++d) {
        // The same sums of at most 6 terms, perhaps in another order.
        EXPECT_NEAR(appended(c, d), model.prototypes.rows(c, d), 1e-5) << rounded << c << d;
      }
    }
  }
}

// p = W a / |a| + b, for a new class as for one of the table.
TEST(AddClasses, GoThroughALinearMapAndGetScaleOneAndOffsetZero) {
  Rng rng(6, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.feature_map.add(AffineMap{test::normal_matrix(7, 9, 1.0, rng), std::vector<float>(7)});
  model.class_map = ClassMap(LinearMap{
      {"word", 6}, true, test::normal_matrix(7, 6, 1.0, rng), std::vector<float>(7, 0.5f)});
  model.update_prototypes();
  model.prototypes.scale = {2.0f, 3.0f, 0.5f};
  model.prototypes.offset = {-1.0f, 0.25f, 4.0f};
  const Matrix<float> before = model.prototypes.rows.clone();
  const ClassTable added = new_classes(rng);
  model.add_classes(added);
  EXPECT_EQ(model.prototypes.scale, (std::vector<float>{2.0f, 3.0f, 0.5f, 1.0f, 1.0f}));
  EXPECT_EQ(model.prototypes.offset, (std::vector<float>{-1.0f, 0.25f, 4.0f, 0.0f, 0.0f}));
  for (Index c = 0; c < 3; ++c) expect_row_equal(model.prototypes.rows, before, c);
  const auto& map = std::get<LinearMap>(model.class_map.kind());
  for (Index c = 0; c < 2; ++c) {
    double norm = 0.0;
    for (const float a : added.embeddings[0].row(c)) norm += double{a} * double{a};
    for (Index d = 0; d < 7; ++d) {
      double sum = 0.5;
      for (Index i = 0; i < 6; ++i) {
        sum += double{map.weight(d, i)} * double{added.embeddings[0](c, i)} / std::sqrt(norm);
      }
      EXPECT_NEAR(model.prototypes.rows(3 + c, d), sum, 1e-6) << c << ", " << d;
    }
  }
  model.update_prototypes();
  EXPECT_EQ(model.prototypes.rows.rows(), 5);
  EXPECT_EQ(model.prototypes.scale.size(), 5u);
  EXPECT_EQ(model.feature_dim(), 9);
}

TEST(AddClasses, GoThroughAnIdentityMapAndLeaveNoScaleWhereThereIsNone) {
  Rng rng(7, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.class_map = ClassMap(IdentityMap{{"attribute", 4}, false});
  model.update_prototypes();
  model.prototypes.offset = {-1.0f, 0.25f, 4.0f};
  const ClassTable added = new_classes(rng);
  model.add_classes(added);
  EXPECT_TRUE(model.prototypes.scale.empty());
  EXPECT_EQ(model.prototypes.offset, (std::vector<float>{-1.0f, 0.25f, 4.0f, 0.0f, 0.0f}));
  for (Index c = 0; c < 2; ++c) {
    for (Index d = 0; d < 4; ++d) {
      EXPECT_EQ(model.prototypes.rows(3 + c, d), added.embeddings[1](c, d)) << c << ", " << d;
    }
  }
}

// A kernel map of the first and the third class of the table, which are seen.
ClassMap kernel_of(const ClassTable& classes, bool hub, Rng& rng) {
  const test::KernelMapSizes sizes{4, 2, 3, 5};
  KernelMap map = test::random_kernel_map(KernelKind::kCentred, sizes, rng);
  map.names = {classes.names[0], classes.names[2]};
  if (hub) map.hub = test::random_hub(sizes, rng);
  return ClassMap(std::move(map));
}

TEST(Model, GammaIsTakenOffSeenClassesHoweverOftenPrototypesAreUpdated) {
  Rng rng(11, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.class_map = ClassMap(IdentityMap{{"attribute", 4}, false});
  model.gamma = 0.25f;
  for (int i = 0; i < 2; ++i) {
    model.update_prototypes();
    EXPECT_EQ(model.prototypes.offset, (std::vector<float>{-0.25f, 0.0f, -0.25f}));
  }
  model.add_classes(new_classes(rng));
  EXPECT_EQ(model.prototypes.offset, (std::vector<float>{-0.25f, 0.0f, -0.25f, 0.0f, 0.0f}));
  EXPECT_EQ(model.clone().gamma, 0.25f);
}

TEST(Model, OffsetsAreTheClassMapsLessGamma) {
  Rng rng(12, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.class_map = kernel_of(model.classes, true, rng);
  const std::vector<float> own = model.class_map.mapped(model.classes).offset;
  ASSERT_EQ(own.size(), 3u);
  EXPECT_NE(own[1], 0.0f);
  model.update_prototypes();
  EXPECT_EQ(model.prototypes.offset, own);
  model.gamma = 0.5f;
  model.update_prototypes();
  EXPECT_EQ(model.prototypes.offset, (std::vector<float>{own[0] - 0.5f, own[1], own[2] - 0.5f}));
}

TEST(Model, WithNeitherOffsetsStay) {
  Rng rng(13, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.class_map = kernel_of(model.classes, false, rng);
  EXPECT_EQ(model.class_map.to_string(), "kernel centred, 2 classes of 4 -> 5");
  EXPECT_EQ(model.class_map.spaces(), std::vector<std::string>{"attribute"});
  EXPECT_EQ(model.class_map.prototype_dim(), 5);
  model.prototypes.offset = {1.0f, 2.0f, 3.0f};
  model.update_prototypes();
  EXPECT_EQ(model.prototypes.offset, (std::vector<float>{1.0f, 2.0f, 3.0f}));
}

TEST(AddClasses, GoThroughAKernelMapWithItsOffsets) {
  Rng rng(14, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.class_map = kernel_of(model.classes, true, rng);
  model.gamma = 0.5f;
  model.update_prototypes();
  model.add_classes(new_classes(rng));
  const Prototypes added = model.prototypes.clone();
  model.update_prototypes();
  for (Index c = 0; c < 5; ++c) expect_row_equal(added.rows, model.prototypes.rows, c);
  EXPECT_EQ(added.offset, model.prototypes.offset);
  const Prototypes cloned = model.class_map.clone().mapped(model.classes);
  EXPECT_EQ(cloned.offset[4], added.offset[4]);
}

// Every number of a copy is changed; the model must not see it.
TEST(Model, CloneIsDeep) {
  Rng rng(8, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.classes.dimension_names = {{"a", "b", "c", "d"}, {}};
  model.feature_map.add(
      AffineMap{test::normal_matrix(7, 9, 1.0, rng), std::vector<float>(7, 2.0f)});
  model.class_map = network_of({{"word", 6}, {"attribute", 4, 3.0f}}, rng);
  model.metric = Metric::kDot;
  model.update_prototypes();
  model.prototypes.scale = {2.0f, 3.0f, 0.5f};
  model.prototypes.offset = {-1.0f, 0.25f, 4.0f};
  model.temperature = 0.5f;
  model.provenance = {{"seed", "1"}};
  Model copy = model.clone();
  EXPECT_EQ(copy.metric, Metric::kDot);
  EXPECT_EQ(copy.temperature, 0.5f);
  EXPECT_EQ(copy.provenance, model.provenance);
  EXPECT_EQ(copy.classes.names, model.classes.names);
  EXPECT_EQ(copy.classes.seen, model.classes.seen);
  EXPECT_EQ(copy.classes.dimension_names, model.classes.dimension_names);
  EXPECT_EQ(copy.prototypes.scale, model.prototypes.scale);
  EXPECT_EQ(copy.prototypes.offset, model.prototypes.offset);
  for (Index c = 0; c < 3; ++c) expect_row_equal(copy.prototypes.rows, model.prototypes.rows, c);
  EXPECT_NE(copy.prototypes.rows.data(), model.prototypes.rows.data());
  EXPECT_NE(copy.classes.embeddings[1].data(), model.classes.embeddings[1].data());
  EXPECT_NE(copy.class_map.network()->parameters().data(),
            model.class_map.network()->parameters().data());
  const auto weight = [](const Model& m) -> const Matrix<float>& {
    return std::get<AffineMap>(m.feature_map.steps().at(0)).weight;
  };
  EXPECT_NE(weight(copy).data(), weight(model).data());
  for (Index i = 0; i < 7; ++i) expect_row_equal(weight(copy), weight(model), i);
  const Matrix<float> before = model.prototypes.rows.clone();
  copy.add_classes(new_classes(rng));
  copy.prototypes.rows(0, 0) += 1.0f;
  EXPECT_EQ(model.classes.size(), 3);
  EXPECT_EQ(model.prototypes.rows.rows(), 3);
  EXPECT_EQ(model.prototypes.scale.size(), 3u);
  for (Index c = 0; c < 3; ++c) expect_row_equal(model.prototypes.rows, before, c);
}

TEST(AddClasses, RefuseWhatDoesNotFitAndLeaveTheModel) {
  Rng rng(3, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.class_map = network_of({{"word", 6}, {"attribute", 4}}, rng);
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
  refused(ErrorKind::kInvalidArgument, "prototypes, got none", [](ClassTable&) {});
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

// "word" is a space that the map does not take: no prototype depends on it.
TEST(AddClasses, RefuseASpaceThatNoMapTakesWhereItDoesNotFit) {
  Rng rng(9, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.class_map = ClassMap(IdentityMap{{"attribute", 4}, false});
  model.update_prototypes();
  const ClassTable good = new_classes(rng);
  const auto refused = [&](const std::string& part, const ClassTable& added) {
    expect_error(ErrorKind::kShapeMismatch, {part}, [&] { model.add_classes(added); });
    EXPECT_EQ(model.classes.size(), 3);
    EXPECT_EQ(model.prototypes.rows.rows(), 3);
  };
  ClassTable added = good.clone();
  added.embeddings[0] = Matrix<float>(2, 5);
  refused("expected [2, 6], got [2, 5]", added);
  refused("in the space \"word\"", good.with_spaces({"attribute"}));
  const Matrix<float> words = std::exchange(model.classes.embeddings[1], Matrix<float>(2, 6));
  refused("3 descriptions in the space \"word\", a row a class, got 2", good);
  model.classes.embeddings.pop_back();
  refused("each of 2 spaces, got 1", good);
  model.classes.embeddings.push_back(words.clone());
  model.add_classes(good);
  EXPECT_EQ(model.classes.embeddings[1](4, 5), good.embeddings[0](1, 5));
}

TEST(AddClasses, RefuseDimensionsOfOtherNamesOrInAnotherOrder) {
  Rng rng(10, Purpose::kSynthetic);
  Model model;
  model.classes = table(rng);
  model.classes.dimension_names = {{"black", "white", "stripes", "hooves"}, {}};
  model.class_map = ClassMap(IdentityMap{{"attribute", 4}, false});
  model.update_prototypes();
  ClassTable added = new_classes(rng);
  const auto refused = [&](std::vector<std::string> names, const std::string& got) {
    added.dimension_names = {{}, std::move(names)};
    expect_error(ErrorKind::kInvalidArgument,
                 {"space \"attribute\"", "dimensions in its order", got},
                 [&] { model.add_classes(added); });
    EXPECT_EQ(model.classes.size(), 3);
  };
  refused({"black", "stripes", "white", "hooves"}, "\"white\" in column 1, got \"stripes\"");
  refused({"black", "white", "stripes"}, "\"hooves\" in column 3, got none");
  added.dimension_names = {{"u", "v", "w", "x", "y", "z"}, model.classes.dimension_names[0]};
  model.add_classes(added);  // the model does not know the words' dimensions
  EXPECT_EQ(model.classes.size(), 5);
}

}  // namespace
}  // namespace dem
