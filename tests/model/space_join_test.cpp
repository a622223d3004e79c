#include "dem/model/space_join.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/base/error.h"
#include "dem/model/class_map.h"
#include "dem/model/model.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;

ClassTable table(Index num_classes) {
  Rng rng(5, Purpose::kInit);
  ClassTable classes;
  for (Index c = 0; c < num_classes; ++c) {
    classes.names.push_back("class " + std::to_string(c));
    classes.seen.push_back(c % 2 == 0);
  }
  classes.spaces = {"attribute", "word", "sketch"};
  for (const Index dim : {4, 3, 2}) {
    classes.embeddings.push_back(test::normal_matrix(num_classes, dim, 2.0, rng));
  }
  return classes;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) {
    product += double{a[d]} * double{b[d]};
    aa += double{a[d]} * double{a[d]};
    bb += double{b[d]} * double{b[d]};
  }
  return product / std::sqrt(aa * bb);
}

double product(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += double{a[d]} * double{b[d]};
  return sum;
}

TEST(SpaceJoin, ProductsAreWeightedSumsOfTheSpacesCosines) {
  const ClassTable classes = table(5);
  const SpaceJoin join = join_of(classes, {3.0, 1.0, 4.0});
  EXPECT_EQ(join.joined().space, "attribute+word+sketch");
  EXPECT_EQ(join.joined().dim, 9);
  EXPECT_EQ(join.to_string(), "attribute x 0.375 + word x 0.125 + sketch x 0.5");
  const Matrix<float> rows = join.rows(classes);
  for (Index i = 0; i < 5; ++i) {
    for (Index j = 0; j < 5; ++j) {
      double expected = 0.0;
      for (std::size_t s = 0; s < 3; ++s) {
        const Matrix<float>& space = classes.embeddings[s];
        expected += join.parts[s].weight * cosine(space.row(i), space.row(j));
      }
      EXPECT_NEAR(product(rows.row(i), rows.row(j)), expected, 1e-6) << i << ' ' << j;
    }
  }
}

TEST(SpaceJoin, ASpaceOfNoWeightHasNoPart) {
  const ClassTable classes = table(3);
  const SpaceJoin join = join_of(classes, {0.0, 2.0, 0.0});
  ASSERT_EQ(join.parts.size(), 1u);
  EXPECT_EQ(join.joined().space, "word");
  EXPECT_EQ(join.parts[0].weight, 1.0);
  EXPECT_NEAR(product(join.rows(classes).row(1), join.rows(classes).row(1)), 1.0, 1e-6);
}

TEST(SpaceJoin, AZeroRowStaysZero) {
  ClassTable classes = table(3);
  for (float& value : classes.embeddings[1].row(2)) value = 0.0f;
  const Matrix<float> rows = join_of(classes, {1.0, 1.0, 0.0}).rows(classes);
  for (Index d = 4; d < 7; ++d) EXPECT_EQ(rows(2, d), 0.0f);
  EXPECT_NEAR(product(rows.row(2), rows.row(2)), 0.5, 1e-6);
}

TEST(SpaceJoin, RefusesOtherWeights) {
  const ClassTable classes = table(3);
  for (const std::vector<double>& weights : std::vector<std::vector<double>>{
           {}, {1.0, 1.0}, {0.0, 0.0, 0.0}, {1.0, -1.0, 1.0}, {1.0, NAN, 1.0}, {1, 1, 1, 1}}) {
    expect_error(ErrorKind::kInvalidArgument, {"expected 3 numbers", "attribute, word"}, [&] {
      (void)join_of(classes, weights);
    });
  }
}

// A map behind a join is the same map of joined rows.
TEST(SpaceJoin, AMapTakesTheSpacesAndNotTheJoinedOne) {
  const ClassTable classes = table(4);
  const SpaceJoin join = join_of(classes, {1.0, 3.0, 0.0});
  const auto linear = [&] {
    Rng same(6, Purpose::kInit);
    return LinearMap{join.joined(), true, test::normal_matrix(3, 7, 1.0, same), {0.1f, 0.2f, 0.3f}};
  };
  const ClassMap alone{linear()};
  const ClassMap map(linear(), join);
  EXPECT_EQ(map.spaces(), (std::vector<std::string>{"attribute", "word"}));
  EXPECT_EQ(map.inputs()[1].dim, 3);
  EXPECT_EQ(map.to_string(), "linear 7 -> 3 of attribute x 0.25 + word x 0.75");
  const Matrix<float> rows = map.prototypes(classes);
  const Matrix<float> expected = alone.prototypes(join.table(classes));
  const Matrix<float> copied = map.clone().prototypes(classes);
  for (Index i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows.data()[i], expected.data()[i]);
    EXPECT_EQ(rows.data()[i], copied.data()[i]);
  }
  expect_error(ErrorKind::kShapeMismatch, {"word"}, [&] {
    (void)map.prototypes(classes.with_spaces({"attribute"}));
  });
}

// New classes come in all spaces of the join.
TEST(SpaceJoin, ClassesAreAddedInAllOfItsSpaces) {
  const ClassTable classes = table(6);
  const SpaceJoin join = join_of(classes, {1.0, 2.0, 0.0});
  Model model;
  model.class_map = ClassMap(IdentityMap{join.joined(), true}, join);
  model.classes = classes.with_spaces(model.class_map.spaces());
  model.update_prototypes();
  const Matrix<float> all = model.prototypes.rows.clone();

  Model grown = model.clone();
  ClassTable added = classes.with_spaces({"word", "attribute"});
  for (std::string& name : added.names) name = "new " + name;
  added.seen.assign(added.seen.size(), false);
  grown.add_classes(added);
  ASSERT_EQ(grown.prototypes.rows.rows(), 12);
  for (Index c = 0; c < 6; ++c) {
    for (Index d = 0; d < 7; ++d) EXPECT_EQ(grown.prototypes.rows(6 + c, d), all(c, d));
  }
}

}  // namespace
}  // namespace dem
