// Scores of folded models against the weighted sum of their members' scores, taken member by member
// in plain loops in double.
#include "dem/model/ensemble.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/model/model.h"
#include "dem/search/score_source.h"
#include "support/files.h"
#include "support/random_kernel_map.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;

constexpr Index kFeatureDim = 8;
constexpr Index kAttributes = 6;

// Seven classes described in two spaces, the last two unseen; the names are those of kernel maps.
ClassTable table(Rng& rng) {
  ClassTable classes;
  for (int c = 0; c < 7; ++c) {
    classes.names.push_back("class " + std::to_string(c));
    classes.seen.push_back(c < 5);
  }
  classes.spaces = {"attribute", "word"};
  classes.embeddings.push_back(test::normal_matrix(7, kAttributes, 1.0, rng));
  classes.embeddings.push_back(test::normal_matrix(7, 3, 1.0, rng));
  return classes;
}

AffineMap affine(Index out, Rng& rng) {
  const Matrix<float> bias = test::normal_matrix(1, out, 0.5, rng);
  return {test::normal_matrix(out, kFeatureDim, 0.4, rng), {bias.data(), bias.data() + out}};
}

ClassMap linear(Index out, Rng& rng) {
  const Matrix<float> bias = test::normal_matrix(1, out, 0.5, rng);
  return ClassMap(LinearMap{{"attribute", kAttributes},
                            true,
                            test::normal_matrix(out, kAttributes, 0.5, rng),
                            {bias.data(), bias.data() + out}});
}

ClassMap joined(Index out, Rng& rng) {
  const SpaceJoin join{{{{"word", 3}, 0.25}, {{"attribute", kAttributes}, 0.75}}};
  return ClassMap(LinearMap{join.joined(),
                            true,
                            test::normal_matrix(out, 3 + kAttributes, 0.5, rng),
                            std::vector<float>(at(out), 0.1f)},
                  join);
}

ClassMap network(Rng& rng) {
  NetworkSpec spec;
  spec.inputs = {{"word", 3, 1.0f}, {"attribute", kAttributes, 2.0f}};
  spec.hidden_dim = 5;
  spec.feature_dim = kFeatureDim;
  Network net(spec);
  test::fill_normal(net.parameters(), 0.5, rng);
  return ClassMap(NetworkMap{std::move(net), true});
}

// A kernel map with a hub term and a Gaussian term, and the features that it takes.
EnsembleMember kernel(float weight, Rng& rng) {
  const test::KernelMapSizes sizes{kAttributes, 5, 4, 3};
  KernelMap map = test::random_kernel_map(KernelKind::kQuartic, sizes, rng);
  map.hub = test::random_hub(sizes, rng);
  map.gaussian = test::random_gaussian(sizes, rng);
  FeatureMap y, z;
  y.add(affine(3, rng));
  y.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  z.add(affine(4, rng));
  z.add(WithSquares{});
  SideBySide both;
  both.maps.push_back(std::move(y));
  both.maps.push_back(std::move(z));
  EnsembleMember member{{}, ClassMap(std::move(map)), Metric::kDot, weight};
  member.feature_map.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  member.feature_map.add(std::move(both));
  return member;
}

EnsembleMember member_of(Metric metric, float weight, Rng& rng) {
  EnsembleMember member{{}, linear(5, rng), metric, weight};
  member.feature_map.add(affine(5, rng));
  return member;
}

EnsembleMember clone_of(const EnsembleMember& member) {
  return {member.feature_map.clone(), member.class_map.clone(), member.metric, member.weight};
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

double compare(Metric metric, std::span<const float> x, std::span<const float> p) {
  if (metric == Metric::kDot) return dot(x, p);
  if (metric == Metric::kEuclidean) return -(dot(x, x) - 2.0 * dot(x, p) + dot(p, p));
  const double norms = std::sqrt(dot(x, x) * dot(p, p));
  return norms > 0.0 ? dot(x, p) / norms : 0.0;
}

// [features, classes]
Matrix<double> summed_scores(const std::vector<EnsembleMember>& members,
                             const ClassTable& classes,
                             const Matrix<float>& features) {
  Matrix<double> sums(features.rows(), classes.size());
  for (const EnsembleMember& member : members) {
    const Matrix<float> x = member.feature_map.mapped(features);
    const Prototypes p = member.class_map.mapped(classes);
    for (Index i = 0; i < x.rows(); ++i) {
      for (Index c = 0; c < classes.size(); ++c) {
        const double offset = p.offset.empty() ? 0.0 : double{p.offset[at(c)]};
        sums(i, c) += double{member.weight} *
                      (compare(member.metric, x.view().row(i), p.rows.view().row(c)) + offset);
      }
    }
  }
  return sums;
}

Model model_of(FoldedMembers folded, const ClassTable& classes) {
  Model model;
  model.feature_map = std::move(folded.feature_map);
  model.class_map = std::move(folded.class_map);
  model.metric = folded.metric;
  model.classes = classes.with_spaces(model.class_map.spaces());
  model.update_prototypes();
  return model;
}

// Up to what all classes of an image share where distances are among products.
void expect_summed(const std::vector<EnsembleMember>& members,
                   const Model& model,
                   const ClassTable& classes,
                   const Matrix<float>& features) {
  const Matrix<double> expected = summed_scores(members, classes, features);
  const PrototypeSource source(features, model.feature_map, model.prototypes, model.metric);
  std::vector<Index> rows;
  std::vector<ClassId> candidates;
  for (Index i = 0; i < features.rows(); ++i) rows.push_back(i);
  for (Index c = 0; c < classes.size(); ++c) candidates.push_back(static_cast<ClassId>(c));
  const Matrix<double> got = source.scores(rows, candidates);
  bool lacks = false;
  if (model.metric == Metric::kDot) {
    for (const EnsembleMember& member : members) {
      lacks = lacks || member.metric == Metric::kEuclidean;
    }
  }
  double scale = 1.0;
  for (Index i = 0; i < expected.size(); ++i) {
    scale = std::max(scale, std::abs(expected.data()[i]));
  }
  // Some units of float32 rounding of features, prototypes and offsets, of the size of the scores.
  const double tolerance = 40.0 * 6e-8 * scale;
  for (Index i = 0; i < got.rows(); ++i) {
    const double shared = lacks ? got(i, 0) - expected(i, 0) : 0.0;
    for (Index c = 0; c < got.cols(); ++c) {
      ASSERT_NEAR(got(i, c) - shared, expected(i, c), tolerance) << i << ", " << c;
    }
  }
}

TEST(Ensemble, EveryTwoComparisonsAreTheSumOfTheirScores) {
  Rng rng(1, Purpose::kSynthetic);
  const ClassTable classes = table(rng);
  const Matrix<float> features = test::normal_matrix(9, kFeatureDim, 1.0, rng);
  for (const Metric one : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
    for (const Metric other : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
      SCOPED_TRACE(std::string(to_string(one)) + " and " + std::string(to_string(other)));
      std::vector<EnsembleMember> members, twins;
      members.push_back(member_of(one, 0.75f, rng));
      members.push_back(member_of(other, 3.0f, rng));
      for (const EnsembleMember& member : members) twins.push_back(clone_of(member));
      const Model model = model_of(fold_members(std::move(twins), classes), classes);
      const bool by_distance = one == Metric::kEuclidean && other == Metric::kEuclidean;
      EXPECT_EQ(model.metric, by_distance ? Metric::kEuclidean : Metric::kDot);
      expect_summed(members, model, classes, features);
    }
  }
}

std::vector<EnsembleMember> unlike_members(Rng& rng) {
  std::vector<EnsembleMember> members;
  members.push_back(kernel(2.0f, rng));
  members.push_back(member_of(Metric::kEuclidean, 0.5f, rng));
  members.push_back({FeatureMap(), network(rng), Metric::kCosine, 1.0f});
  members.push_back({FeatureMap(), joined(kFeatureDim, rng), Metric::kEuclidean, 0.25f});
  EnsembleMember to_semantics{{}, ClassMap(IdentityMap{{"word", 3}, true}), Metric::kDot, 4.0f};
  to_semantics.feature_map.add(affine(3, rng));
  members.push_back(std::move(to_semantics));
  return members;
}

TEST(Ensemble, MapsOfEveryKindAndTheirOffsetsAreSummed) {
  Rng rng(2, Purpose::kSynthetic);
  const ClassTable classes = table(rng);
  const Matrix<float> features = test::normal_matrix(9, kFeatureDim, 1.0, rng);
  const std::vector<EnsembleMember> members = unlike_members(rng);
  std::vector<EnsembleMember> twins;
  for (const EnsembleMember& member : members) twins.push_back(clone_of(member));
  const Model model = model_of(fold_members(std::move(twins), classes), classes);
  EXPECT_EQ(model.feature_dim(), kFeatureDim);
  EXPECT_EQ(model.class_map.spaces(), (std::vector<std::string>{"attribute", "word"}));
  expect_summed(members, model, classes, features);
}

// A direction that is not there has cosine 0 with everything.
TEST(Ensemble, AZeroPrototypeHasCosineZero) {
  Rng rng(3, Purpose::kSynthetic);
  ClassTable classes = table(rng);
  for (float& value : classes.embeddings[0].row(2)) value = 0.0f;
  std::vector<EnsembleMember> members, twins;
  for (const Metric metric : {Metric::kCosine, Metric::kEuclidean}) {
    EnsembleMember member{{}, ClassMap(IdentityMap{{"attribute", kAttributes}, true}), metric};
    member.feature_map.add(affine(kAttributes, rng));
    members.push_back(std::move(member));
    twins.push_back(clone_of(members.back()));
  }
  const Model model = model_of(fold_members(std::move(twins), classes), classes);
  expect_summed(members, model, classes, test::normal_matrix(5, kFeatureDim, 1.0, rng));
}

// Features and prototypes far from the origin: their squares are a million times the differences.
TEST(Ensemble, DistancesAmongProductsDoNotCancel) {
  Rng rng(4, Purpose::kSynthetic);
  const ClassTable classes = table(rng);
  std::vector<EnsembleMember> members, twins;
  members.push_back({{}, linear(kFeatureDim, rng), Metric::kCosine});
  LinearMap far{{"attribute", kAttributes},
                true,
                test::normal_matrix(kFeatureDim, kAttributes, 0.5, rng),
                std::vector<float>(at(kFeatureDim), 1000.0f)};
  members.push_back({{}, ClassMap(std::move(far)), Metric::kEuclidean});
  for (const EnsembleMember& member : members) twins.push_back(clone_of(member));
  Matrix<float> features = test::normal_matrix(6, kFeatureDim, 1.0, rng);
  for (Index i = 0; i < features.size(); ++i) features.data()[i] += 1000.0f;
  const Model model = model_of(fold_members(std::move(twins), classes), classes);
  const PrototypeSource source(features, model.feature_map, model.prototypes, model.metric);
  const std::vector<Index> rows = {0, 1, 2, 3, 4, 5};
  const std::vector<ClassId> candidates = {0, 1, 2, 3, 4, 5, 6};
  const Matrix<double> got = source.scores(rows, candidates);
  const Matrix<double> expected = summed_scores(members, classes, features);
  for (Index i = 0; i < got.rows(); ++i) {
    for (Index c = 1; c < got.cols(); ++c) {
      // Features of 1000 are rounded to 6e-5, and distances are some tens.
      EXPECT_NEAR(got(i, c) - got(i, 0), expected(i, c) - expected(i, 0), 5e-3) << i << ", " << c;
    }
  }
}

TEST(Ensemble, NewClassesGoThroughAllMembers) {
  Rng rng(5, Purpose::kSynthetic);
  const ClassTable classes = table(rng);
  const std::vector<EnsembleMember> members = unlike_members(rng);
  std::vector<EnsembleMember> twins;
  for (const EnsembleMember& member : members) twins.push_back(clone_of(member));
  Model model = model_of(fold_members(std::move(twins), classes), classes);
  ClassTable added{{"new"}, {true}, {"word", "attribute"}, {}};
  added.embeddings.push_back(test::normal_matrix(1, 3, 1.0, rng));
  added.embeddings.push_back(test::normal_matrix(1, kAttributes, 1.0, rng));
  model.gamma = 0.5f;
  model.update_prototypes();
  model.add_classes(added);
  ASSERT_EQ(model.prototypes.rows.rows(), 8);
  // Products of one row and of eight may differ in the last bits.
  const Prototypes expected = model.class_map.mapped(model.classes);
  for (Index d = 0; d < expected.rows.cols(); ++d) {
    EXPECT_NEAR(model.prototypes.rows(7, d), expected.rows(7, d), 1e-5);
  }
  EXPECT_NEAR(model.prototypes.offset[7], expected.offset[7], 1e-5);
  EXPECT_NEAR(model.prototypes.offset[0], expected.offset[0] - 0.5f, 1e-5);
}

TEST(Ensemble, CloneIsDeep) {
  Rng rng(6, Purpose::kSynthetic);
  const ClassTable classes = table(rng);
  const Model model = model_of(fold_members(unlike_members(rng), classes), classes);
  const Model copy = model.clone();
  const auto& maps = std::get<MapsSideBySide>(model.class_map.kind());
  const auto& twins = std::get<MapsSideBySide>(copy.class_map.kind());
  EXPECT_NE(std::get<LinearMap>(maps.maps[1].kind()).weight.data(),
            std::get<LinearMap>(twins.maps[1].kind()).weight.data());
  EXPECT_EQ(maps.members[1].centre, twins.members[1].centre);
  EXPECT_EQ(model.class_map.to_string(), copy.class_map.to_string());
  EXPECT_NE(model.class_map.to_string().find("side by side (kernel quartic, 5 classes"),
            std::string::npos)
      << model.class_map.to_string();
}

TEST(Ensemble, RefusesWhatHasNoSum) {
  Rng rng(7, Purpose::kSynthetic);
  const ClassTable classes = table(rng);
  const auto fold = [&](float weight) {
    std::vector<EnsembleMember> members;
    members.push_back(member_of(Metric::kDot, weight, rng));
    return fold_members(std::move(members), classes);
  };
  expect_error(ErrorKind::kInvalidArgument, {"at least one member"}, [&] {
    (void)fold_members({}, classes);
  });
  for (const float weight : {0.0f, -1.0f, INFINITY, NAN}) {
    expect_error(ErrorKind::kInvalidArgument, {"weight"}, [&] { (void)fold(weight); });
  }
  expect_error(ErrorKind::kInvalidArgument, {"got an ensemble"}, [&] {
    std::vector<EnsembleMember> members;
    FoldedMembers folded = fold(1.0f);
    members.push_back({std::move(folded.feature_map), std::move(folded.class_map), Metric::kDot});
    (void)fold_members(std::move(members), classes);
  });
}

}  // namespace
}  // namespace dem
