#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "dem/base/error.h"
#include "dem/eval/scores.h"
#include "dem/model/prototypes.h"
#include "dem/search/nearest_prototype.h"

namespace dem {
namespace {

constexpr Metric kMetrics[] = {Metric::kEuclidean, Metric::kCosine};

ErrorKind kind_of_failure(const auto& call) {
  try {
    static_cast<void>(call());
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "expected an error";
  return ErrorKind::kInternal;
}

struct Sample {
  ClassId label;
  float x, y;
};

// A dataset with all test samples in the plane, unseen ones first, and a training row at the end
// that no score may depend on.
Dataset plane(const std::vector<Sample>& unseen,
              const std::vector<Sample>& seen,
              Index num_classes) {
  Dataset dataset;
  std::vector<Sample> samples = unseen;
  samples.insert(samples.end(), seen.begin(), seen.end());
  samples.push_back({0, 1e6f, -1e6f});
  dataset.visual_features = Matrix<float>(static_cast<Index>(samples.size()), 2);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Index row = static_cast<Index>(i);
    dataset.labels.push_back(samples[i].label);
    dataset.visual_features(row, 0) = samples[i].x;
    dataset.visual_features(row, 1) = samples[i].y;
    auto& part = i < unseen.size()        ? dataset.split.test_unseen
                 : i + 1 < samples.size() ? dataset.split.test_seen
                                          : dataset.split.trainval;
    part.push_back(row);
  }
  dataset.classes.names.resize(static_cast<std::size_t>(num_classes));
  return dataset;
}

Matrix<float> points(const std::vector<std::pair<float, float>>& values) {
  Matrix<float> matrix(static_cast<Index>(values.size()), 2);
  for (std::size_t j = 0; j < values.size(); ++j) {
    matrix(static_cast<Index>(j), 0) = values[j].first;
    matrix(static_cast<Index>(j), 1) = values[j].second;
  }
  return matrix;
}

// Classes 0 .. 3 have their prototypes at 0, 10, 20, 30 on a line; 0 and 2 are seen.
//
//   unseen sample   among {1, 3}    among all
//   class 1 at 11   1 right         1 right
//   class 1 at 16   1 right         2
//   class 1 at 29   3               3
//   class 3 at 24   3 right         2
//   per sample 3/4; per class T1 = (2/3 + 1) / 2 = 5/6; U = (1/3 + 0) / 2 = 1/6
//
//   seen sample     among all
//   class 0 at 1    0 right
//   class 2 at 21   2 right
//   class 2 at 12   1
//   S = (1 + 1/2) / 2 = 3/4;  H = 2 (1/6) (3/4) / (1/6 + 3/4) = 3/11
struct OnALine {
  Dataset dataset = plane(
      {{1, 11, 0}, {1, 16, 0}, {1, 29, 0}, {3, 24, 0}}, {{0, 1, 0}, {2, 21, 0}, {2, 12, 0}}, 4);
  Matrix<float> prototypes = points({{0, 0}, {10, 0}, {20, 0}, {30, 0}});

  OnALine() {
    dataset.seen_classes = {0, 2};
    dataset.unseen_classes = {3, 1};
  }
};

TEST(Evaluate, TheWorkedExampleOfBothProtocols) {
  const OnALine line;
  const EvaluationResult result = evaluate(line.prototypes, line.dataset, Metric::kEuclidean);
  EXPECT_EQ(result.num_test_unseen, 4);
  EXPECT_EQ(result.num_test_seen, 3);
  EXPECT_EQ(result.num_unseen_classes, 2);
  EXPECT_DOUBLE_EQ(result.accuracy, 3.0 / 4.0);
  EXPECT_DOUBLE_EQ(result.t1, 5.0 / 6.0);
  EXPECT_DOUBLE_EQ(result.unseen.value(), 1.0 / 6.0);
  EXPECT_DOUBLE_EQ(result.seen.value(), 3.0 / 4.0);
  EXPECT_DOUBLE_EQ(result.harmonic.value(), 3.0 / 11.0);
  EXPECT_EQ(result.hit_at, (std::map<Index, double>{{1, 0.75}}));

  ASSERT_EQ(result.per_class.size(), 4U);
  const ClassId ids[] = {1, 3, 0, 2};
  const Index samples[] = {3, 1, 1, 2};
  const double accuracies[] = {2.0 / 3.0, 1.0, 1.0, 0.5};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(result.per_class[i].class_id, ids[i]) << i;
    EXPECT_EQ(result.per_class[i].samples, samples[i]) << i;
    EXPECT_DOUBLE_EQ(
        (i < 2 ? result.per_class[i].zero_shot : result.per_class[i].generalised).value(),
        accuracies[i])
        << i;
  }
}

// Each unseen prototype is the nearest of two samples; by the cosine all are equally near, class 3
// comes first in the list of unseen classes and takes all four.
TEST(Evaluate, HubnessComesForBothMetricsWhateverTheModelsOne) {
  const OnALine line;
  for (const Metric metric : kMetrics) {
    const EvaluationResult result = evaluate(line.prototypes, line.dataset, metric);
    ASSERT_EQ(result.hubness.size(), 2U);
    const Hubness& euclidean = result.hubness.at(Metric::kEuclidean);
    const Hubness& cosine = result.hubness.at(Metric::kCosine);
    EXPECT_FALSE(euclidean.n1_skewness.has_value());
    EXPECT_NEAR(cosine.n1_skewness.value(), 0.0, 1e-15);
    EXPECT_FALSE(euclidean.n10_skewness.has_value());
    EXPECT_FALSE(cosine.n10_skewness.has_value());
  }
}

TEST(Evaluate, ATieGoesToTheFirstUnseenClassOfTheList) {
  OnALine line;
  const EvaluationResult three_first = evaluate(line.prototypes, line.dataset, Metric::kCosine);
  EXPECT_DOUBLE_EQ(three_first.accuracy, 1.0 / 4.0);
  line.dataset.unseen_classes = {1, 3};
  const EvaluationResult one_first = evaluate(line.prototypes, line.dataset, Metric::kCosine);
  EXPECT_DOUBLE_EQ(one_first.accuracy, 3.0 / 4.0);
  // Among all classes the zero prototype of class 0 is at distance 1 and class 1 the lowest of the
  // others: every sample goes there, whatever the list's order.
  EXPECT_DOUBLE_EQ(three_first.unseen.value(), 0.5);
  EXPECT_DOUBLE_EQ(one_first.unseen.value(), 0.5);
}

TEST(Evaluate, WithoutSeenTestRowsThereIsNoGeneralisedScore) {
  OnALine line;
  line.dataset.split.test_seen.clear();
  const EvaluationResult result = evaluate(line.prototypes, line.dataset, Metric::kEuclidean);
  EXPECT_DOUBLE_EQ(result.t1, 5.0 / 6.0);
  EXPECT_FALSE(result.unseen.has_value());
  EXPECT_FALSE(result.seen.has_value());
  EXPECT_FALSE(result.harmonic.has_value());
  EXPECT_EQ(result.per_class.size(), 2U);
}

// Layout dem: the table holds descriptions that are no class of the split; they are no candidates.
TEST(Evaluate, RowsOfTheTableThatAreNoClassAreNoCandidates) {
  OnALine line;
  line.dataset.classes.names.resize(6);
  line.prototypes = points({{0, 0}, {10, 0}, {20, 0}, {30, 0}, {11, 0}, {1, 0}});
  const EvaluationResult result = evaluate(line.prototypes, line.dataset, Metric::kEuclidean);
  EXPECT_DOUBLE_EQ(result.unseen.value(), 1.0 / 6.0);
  EXPECT_DOUBLE_EQ(result.seen.value(), 3.0 / 4.0);
}

// One test sample on a line of 21 unseen prototypes at 0 .. 20, true class r away from the nearest:
// hit@k is 1 exactly where k > r.
TEST(Evaluate, HitAtKCountsTheRankOfTheTruth) {
  std::vector<std::pair<float, float>> values;
  for (int j = 0; j < 21; ++j) values.emplace_back(static_cast<float>(j), 1.0f);
  for (const ClassId rank : {0, 1, 4, 5, 9, 19, 20}) {
    Dataset dataset = plane({{rank, -3, 1}}, {}, 21);
    dataset.unseen_classes.resize(21);
    std::iota(dataset.unseen_classes.begin(), dataset.unseen_classes.end(), 0);
    const auto hits = evaluate(points(values), dataset, Metric::kEuclidean).hit_at;
    ASSERT_EQ(hits.size(), 5U);
    for (const auto& [k, rate] : hits) EXPECT_EQ(rate, k > rank ? 1.0 : 0.0) << k << " " << rank;
  }
}

TEST(Evaluate, HitsAreReportedBelowTheNumberOfUnseenClasses) {
  const auto keys = [](ClassId unseen) {
    std::vector<std::pair<float, float>> values;
    for (int j = 0; j < unseen; ++j) values.emplace_back(static_cast<float>(j), 1.0f);
    Dataset dataset = plane({{0, 2, 1}}, {}, unseen);
    dataset.unseen_classes.resize(static_cast<std::size_t>(unseen));
    std::iota(dataset.unseen_classes.begin(), dataset.unseen_classes.end(), 0);
    std::vector<Index> found;
    for (const auto& hit : evaluate(points(values), dataset, Metric::kEuclidean).hit_at) {
      found.push_back(hit.first);
    }
    return found;
  };
  EXPECT_EQ(keys(1), (std::vector<Index>{}));
  EXPECT_EQ(keys(5), (std::vector<Index>{1, 2}));
  EXPECT_EQ(keys(6), (std::vector<Index>{1, 2, 5}));
  EXPECT_EQ(keys(20), (std::vector<Index>{1, 2, 5, 10}));
  EXPECT_EQ(keys(21), (std::vector<Index>{1, 2, 5, 10, 20}));
}

// Random data of 12 seen and 15 unseen classes.
struct RandomCase {
  Dataset dataset;
  Matrix<float> prototypes{27, 2};

  explicit RandomCase(unsigned seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    for (Index j = 0; j < prototypes.size(); ++j) prototypes.data()[j] = 3.0f * normal(generator);
    const auto sample = [&](ClassId label) {
      return Sample{label,
                    prototypes(label, 0) + 1.5f * normal(generator),
                    prototypes(label, 1) + 1.5f * normal(generator)};
    };
    std::vector<Sample> unseen;
    std::vector<Sample> seen;
    for (int i = 0; i < 300; ++i) {
      unseen.push_back(sample(static_cast<ClassId>(12 + generator() % 15)));
      seen.push_back(sample(static_cast<ClassId>(generator() % 12)));
    }
    dataset = plane(unseen, seen, 27);
    for (ClassId c = 0; c < 27; ++c) {
      (c < 12 ? dataset.seen_classes : dataset.unseen_classes).push_back(c);
    }
  }
};

TEST(Evaluate, ScoresAgreeWithAPlainSearch) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const RandomCase random(seed);
    const Dataset& data = random.dataset;
    const EvaluationResult result = evaluate(random.prototypes, data, Metric::kEuclidean);
    const auto nearest = [&](Index row, ClassId first) {
      ClassId best = first;
      double least = INFINITY;
      for (ClassId c = first; c < 27; ++c) {
        const double dx = data.visual_features(row, 0) - random.prototypes(c, 0);
        const double dy = data.visual_features(row, 1) - random.prototypes(c, 1);
        if (dx * dx + dy * dy < least) {
          least = dx * dx + dy * dy;
          best = c;
        }
      }
      return best;
    };
    const auto mean_over_classes = [&](const std::vector<Index>& rows, ClassId first) {
      std::vector<double> right(27, 0.0);
      std::vector<double> all(27, 0.0);
      for (const Index row : rows) {
        const auto label = static_cast<std::size_t>(data.labels[static_cast<std::size_t>(row)]);
        all[label] += 1.0;
        if (static_cast<std::size_t>(nearest(row, first)) == label) right[label] += 1.0;
      }
      double sum = 0.0;
      double classes = 0.0;
      for (std::size_t c = 0; c < 27; ++c) {
        if (all[c] == 0.0) continue;
        sum += right[c] / all[c];
        classes += 1.0;
      }
      return sum / classes;
    };
    EXPECT_DOUBLE_EQ(result.t1, mean_over_classes(data.split.test_unseen, 12)) << seed;
    EXPECT_DOUBLE_EQ(result.unseen.value(), mean_over_classes(data.split.test_unseen, 0)) << seed;
    EXPECT_DOUBLE_EQ(result.seen.value(), mean_over_classes(data.split.test_seen, 0)) << seed;
    EXPECT_LE(result.unseen.value(), result.t1) << "more candidates never help";
    EXPECT_DOUBLE_EQ(result.hit_at.at(1), result.accuracy) << seed;
    for (const auto& [k, rate] : result.hit_at) {
      EXPECT_GE(rate, result.accuracy) << seed << " " << k;
      EXPECT_LE(rate, 1.0) << seed << " " << k;
    }
    const FeatureMap none;
    const PrototypeSource scores(data.visual_features, none, random.prototypes, Metric::kEuclidean);
    EXPECT_DOUBLE_EQ(candidate_accuracy(scores, data.unseen_classes, data, data.split.test_unseen),
                     result.accuracy);
  }
}

TEST(Evaluate, RenumberingTheClassesChangesNoScore) {
  for (unsigned seed = 11; seed <= 14; ++seed) {
    const RandomCase random(seed);
    std::vector<ClassId> number(27);
    std::iota(number.begin(), number.end(), 0);
    std::shuffle(number.begin(), number.end(), std::mt19937(seed));
    const auto renumbered = [&](ClassId c) { return number[static_cast<std::size_t>(c)]; };
    Matrix<float> prototypes(27, 2);
    for (ClassId c = 0; c < 27; ++c) {
      const auto row = random.prototypes.row(c);
      std::copy(row.begin(), row.end(), prototypes.row(renumbered(c)).begin());
    }
    RandomCase other(seed);
    for (auto* list :
         {&other.dataset.labels, &other.dataset.seen_classes, &other.dataset.unseen_classes}) {
      for (ClassId& c : *list) c = renumbered(c);
    }
    std::sort(other.dataset.seen_classes.begin(), other.dataset.seen_classes.end());
    for (const Metric metric : kMetrics) {
      const EvaluationResult before = evaluate(random.prototypes, random.dataset, metric);
      const EvaluationResult after = evaluate(prototypes, other.dataset, metric);
      EXPECT_EQ(before.accuracy, after.accuracy);
      EXPECT_EQ(before.hit_at, after.hit_at);
      // Means over classes are added in another order.
      EXPECT_DOUBLE_EQ(before.t1, after.t1);
      EXPECT_DOUBLE_EQ(before.unseen.value(), after.unseen.value());
      EXPECT_DOUBLE_EQ(before.seen.value(), after.seen.value());
      EXPECT_DOUBLE_EQ(before.harmonic.value(), after.harmonic.value());
      EXPECT_DOUBLE_EQ(before.hubness.at(Metric::kEuclidean).n1_skewness.value(),
                       after.hubness.at(Metric::kEuclidean).n1_skewness.value());
      EXPECT_DOUBLE_EQ(before.hubness.at(Metric::kCosine).n10_skewness.value(),
                       after.hubness.at(Metric::kCosine).n10_skewness.value());
      ASSERT_EQ(before.per_class.size(), after.per_class.size());
      for (const ClassScore& score : before.per_class) {
        const auto same =
            std::find_if(after.per_class.begin(), after.per_class.end(), [&](const ClassScore& s) {
              return s.class_id == renumbered(score.class_id);
            });
        ASSERT_NE(same, after.per_class.end());
        EXPECT_EQ(same->samples, score.samples);
        EXPECT_EQ(same->zero_shot, score.zero_shot);
        EXPECT_EQ(same->generalised, score.generalised);
      }
    }
  }
}

TEST(Evaluate, HubnessIsTheSkewnessOfTheCounts) {
  const RandomCase random(21);
  const Dataset& data = random.dataset;
  const EvaluationResult result = evaluate(random.prototypes, data, Metric::kCosine);
  const MatrixView<const float> unseen = random.prototypes.view().row_block(12, 15);
  const auto expect = [&](const Hubness& hubness, Metric metric) {
    const auto nearest =
        nearest_prototypes(data.visual_features, data.split.test_unseen, unseen, 10, metric);
    EXPECT_EQ(hubness.n1_skewness, skewness(k_occurrence(nearest, 1, 15))) << to_string(metric);
    EXPECT_EQ(hubness.n10_skewness, skewness(k_occurrence(nearest, 10, 15))) << to_string(metric);
  };
  expect(result.hubness.at(Metric::kEuclidean), Metric::kEuclidean);
  expect(result.hubness.at(Metric::kCosine), Metric::kCosine);
}

TEST(Evaluate, ScalesAndOffsetsAreOfOneMetric) {
  const RandomCase random(22);
  const std::vector<float> scale(27, 2.0f);
  std::vector<float> offset(27, 0.0f);
  const auto evaluated = [&] {
    return evaluate({random.prototypes.view(), scale, offset}, random.dataset, Metric::kCosine);
  };
  const EvaluationResult plain = evaluate(random.prototypes, random.dataset, Metric::kCosine);
  const EvaluationResult scaled = evaluated();  // all alike: the same order
  EXPECT_EQ(scaled.t1, plain.t1);
  EXPECT_EQ(scaled.hit_at, plain.hit_at);
  EXPECT_EQ(plain.hubness.size(), 2U);
  EXPECT_EQ(scaled.hubness.size(), 1U);
  // Seen classes get so much less that no image of theirs finds them.
  std::fill_n(offset.begin(), 12, -10.0f);
  EXPECT_EQ(evaluated().seen.value(), 0.0);
  EXPECT_EQ(evaluated().unseen.value(), plain.t1);
}

TEST(Evaluate, JsonHoldsWhatExistsInOrder) {
  OnALine line;
  const auto keys = [](const nlohmann::ordered_json& object) {
    std::vector<std::string> names;
    for (const auto& item : object.items()) names.push_back(item.key());
    return names;
  };
  using Names = std::vector<std::string>;
  const auto json = nlohmann::ordered_json::parse(
      evaluate(line.prototypes, line.dataset, Metric::kCosine).to_json());
  EXPECT_EQ(keys(json),
            (Names{"accuracy",
                   "T1",
                   "U",
                   "S",
                   "H",
                   "AUSUC",
                   "unseen_to_seen",
                   "seen_to_unseen",
                   "hit@1",
                   "U@2",
                   "S@2",
                   "H@2",
                   "N1_skewness",
                   "hubness"}));
  EXPECT_EQ(json["accuracy"], 0.25);
  EXPECT_EQ(json["U"], 0.5);
  EXPECT_EQ(keys(json["hubness"]), (Names{"cosine"}));
  EXPECT_EQ(json["hubness"]["cosine"]["N1_skewness"], json["N1_skewness"]);

  const RandomCase random(31);
  const FeatureMap none;
  const PrototypeSource scores(
      random.dataset.visual_features, none, random.prototypes, Metric::kEuclidean);
  const PrototypeSource cosines(
      random.dataset.visual_features, none, random.prototypes, Metric::kCosine);
  const EvaluatedScores others[] = {{cosines, Metric::kCosine}};
  const EvaluationResult full = evaluate({scores, Metric::kEuclidean, 0.5, 2.0},
                                         random.dataset,
                                         self_communicator(),
                                         others,
                                         {.hits = {1, 5}, .oracle = true});
  const auto all = nlohmann::ordered_json::parse(full.to_json());
  EXPECT_EQ(keys(all),
            (Names{"accuracy",
                   "T1",
                   "U",
                   "S",
                   "H",
                   "uncalibrated",
                   "AUSUC",
                   "oracle",
                   "unseen_to_seen",
                   "seen_to_unseen",
                   "hit@1",
                   "hit@5",
                   "U@5",
                   "S@5",
                   "H@5",
                   "ECE",
                   "ECE_generalised",
                   "N1_skewness",
                   "N10_skewness",
                   "hubness"}));
  EXPECT_EQ(all["T1"], full.t1);
  EXPECT_EQ(all["S"], *full.seen);
  EXPECT_EQ(keys(all["uncalibrated"]), (Names{"U", "S", "H"}));
  EXPECT_EQ(all["uncalibrated"]["H"], full.uncalibrated->harmonic);
  EXPECT_EQ(keys(all["oracle"]), (Names{"gamma", "U", "S", "H"}));
  EXPECT_EQ(all["oracle"]["gamma"], full.oracle->gamma);
  EXPECT_EQ(all["unseen_to_seen"], *full.unseen_to_seen);
  EXPECT_EQ(all["U@5"], full.generalised_hit_at.at(5).unseen);
  EXPECT_EQ(all["ECE_generalised"], *full.generalised_calibration_error);
  EXPECT_EQ(all["hit@5"], full.hit_at.at(5));
  EXPECT_EQ(all["N10_skewness"], *full.hubness.at(Metric::kEuclidean).n10_skewness);
  EXPECT_EQ(keys(all["hubness"]), (Names{"euclidean", "cosine"}));
  EXPECT_EQ(all["hubness"]["cosine"]["N1_skewness"], *full.hubness.at(Metric::kCosine).n1_skewness);

  line.dataset.split.test_seen.clear();
  const auto zero_shot = nlohmann::ordered_json::parse(
      evaluate(line.prototypes, line.dataset, Metric::kEuclidean).to_json());
  EXPECT_EQ(keys(zero_shot), (Names{"accuracy", "T1", "hit@1", "hubness"}));
}

TEST(Evaluate, RefusesWhatDoesNotFit) {
  OnALine line;
  const Metric metric = Metric::kEuclidean;
  const auto fails = [&](const Matrix<float>& prototypes) {
    return kind_of_failure([&] { return evaluate(prototypes, line.dataset, metric); });
  };
  EXPECT_EQ(fails(Matrix<float>(3, 2)), ErrorKind::kShapeMismatch);
  EXPECT_EQ(fails(Matrix<float>(4, 3)), ErrorKind::kShapeMismatch);
  line.dataset.unseen_classes = {4};
  EXPECT_EQ(fails(line.prototypes), ErrorKind::kInvalidArgument);
  line.dataset.unseen_classes = {};
  EXPECT_EQ(fails(line.prototypes), ErrorKind::kInvalidArgument);
  line = OnALine();
  line.dataset.split.test_unseen.clear();
  EXPECT_EQ(fails(line.prototypes), ErrorKind::kInvalidArgument);
  line = OnALine();
  line.dataset.split.test_unseen.push_back(99);
  EXPECT_EQ(fails(line.prototypes), ErrorKind::kInvalidArgument);
  line = OnALine();
  line.dataset.split.test_seen.push_back(-1);
  EXPECT_EQ(fails(line.prototypes), ErrorKind::kInvalidArgument);
  line = OnALine();
  line.dataset.labels.pop_back();
  EXPECT_EQ(fails(line.prototypes), ErrorKind::kShapeMismatch);
}

TEST(CandidatePrototypes, AreTheRowsInTheCandidatesOrder) {
  Matrix<float> prototypes(3, 2);
  for (Index i = 0; i < 6; ++i) prototypes.data()[i] = static_cast<float>(i);
  const std::vector<ClassId> candidates{2, 0};
  const Matrix<float> chosen = candidate_prototypes(prototypes, candidates).rows;
  ASSERT_EQ(chosen.rows(), 2);
  EXPECT_EQ(std::vector<float>(chosen.data(), chosen.data() + 4),
            (std::vector<float>{4.0f, 5.0f, 0.0f, 1.0f}));
  for (const std::vector<ClassId>& wrong :
       {std::vector<ClassId>{}, std::vector<ClassId>{3}, std::vector<ClassId>{-1}}) {
    EXPECT_THROW(static_cast<void>(candidate_prototypes(prototypes, wrong)), Error);
  }
}

}  // namespace
}  // namespace dem
