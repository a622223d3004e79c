// The protocol of seen and unseen classes together, with gamma.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "dem/base/error.h"
#include "dem/eval/scores.h"
#include "eval/score_matrix.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::matrix_of;
using test::ScoreMatrix;

// Classes 0 and 2 are seen, 1 and 3 unseen; gamma is taken off the scores of 0 and 2.
//
//   row, class   scores of 0 1 2 3   best seen, unseen   gap   with none   with 2
//   0, 1         6 4 1 2             0, 1                 2    0           0 (tie, lower)
//   1, 1         3 5 4 0             2, 1                -1    1 right     1 right
//   2, 3         1 3 7 6             2, 3                 1    2           3 right
//   3, 3         9 1 0 2             0, 3                 7    0           0
//   4, 0         5 1 0 1             0, 1                 4    0 right     0 right
//   5, 2         0 3 4 4             2, 3                 0    2 (tie)     3
//   6, 2         0 3 6 2             2, 1                 3    2 right     2 right
//   none: U = (1/2 + 0) / 2 = 1/4, S = (1 + 1) / 2 = 1, H = 2 (1/4) / (5/4) = 2/5
//   2:    U = (1/2 + 1/2) / 2 = 1/2, S = (1 + 1/2) / 2 = 3/4, H = 2 (3/8) / (5/4) = 3/5
// As gamma grows images go to the unseen side, and with them
//   row      1     5    2    0 (after 2)  6 (its unseen class is the lower)  4 (after)  3
//   gap      -1    0    1    2            3                                  4          7
//   U        1/4   1/4  1/2  3/4          3/4                                3/4        1
//   S   1    1     3/4  3/4  3/4          1/2                                0          0
// (row 5 goes after 0, since class 2 takes the tie with class 3.)
// Area: between U 1/4 of S 1 to 3/4: 1/16; of S 3/4 to 1/2 at U 3/4: 3/16; of S 1/2 to 0: 3/8.
struct Worked {
  Dataset dataset;
  ScoreMatrix scores{matrix_of({{6, 4, 1, 2},
                                {3, 5, 4, 0},
                                {1, 3, 7, 6},
                                {9, 1, 0, 2},
                                {5, 1, 0, 1},
                                {0, 3, 4, 4},
                                {0, 3, 6, 2}})};

  Worked() {
    dataset.visual_features = Matrix<float>(7, 1);
    dataset.labels = {1, 1, 3, 3, 0, 2, 2};
    dataset.classes.names = {"a", "b", "c", "d"};
    dataset.seen_classes = {0, 2};
    dataset.unseen_classes = {1, 3};
    dataset.split.test_unseen = {0, 1, 2, 3};
    dataset.split.test_seen = {4, 5, 6};
  }
  [[nodiscard]] EvaluationResult evaluated(double gamma,
                                           const EvaluationOptions& options = {}) const {
    return evaluate({scores, Metric::kDot, gamma}, dataset, self_communicator(), {}, options);
  }
};

TEST(Generalised, TheWorkedExampleWithoutGamma) {
  const EvaluationResult result = Worked().evaluated(0.0);
  EXPECT_EQ(result.gamma, 0.0);
  EXPECT_DOUBLE_EQ(result.unseen.value(), 1.0 / 4.0);
  EXPECT_DOUBLE_EQ(result.seen.value(), 1.0);
  EXPECT_DOUBLE_EQ(result.harmonic.value(), 2.0 / 5.0);
  EXPECT_FALSE(result.uncalibrated.has_value());
  EXPECT_EQ(result.unseen_to_seen, 3);
  EXPECT_EQ(result.seen_to_unseen, 0);
  EXPECT_DOUBLE_EQ(result.ausuc.value(), 5.0 / 8.0);
  EXPECT_FALSE(result.oracle.has_value()) << "not asked for";
  EXPECT_TRUE(result.curve.empty());
  EXPECT_TRUE(result.confusion.generalised.empty());
  EXPECT_FALSE(result.calibration_error.has_value()) << "there is no temperature";
}

TEST(Generalised, TheWorkedExampleWithGamma) {
  const EvaluationResult result =
      Worked().evaluated(2.0, {.oracle = true, .curve = true, .confusion = true});
  EXPECT_EQ(result.gamma, 2.0);
  EXPECT_DOUBLE_EQ(result.unseen.value(), 1.0 / 2.0);
  EXPECT_DOUBLE_EQ(result.seen.value(), 3.0 / 4.0);
  EXPECT_DOUBLE_EQ(result.harmonic.value(), 3.0 / 5.0);
  EXPECT_DOUBLE_EQ(result.uncalibrated.value().unseen, 1.0 / 4.0);
  EXPECT_DOUBLE_EQ(result.uncalibrated.value().seen, 1.0);
  EXPECT_DOUBLE_EQ(result.uncalibrated.value().harmonic, 2.0 / 5.0);
  EXPECT_EQ(result.unseen_to_seen, 2);
  EXPECT_EQ(result.seen_to_unseen, 1);
  EXPECT_DOUBLE_EQ(result.ausuc.value(), 5.0 / 8.0);
  // U = S = 3/4 from just above 2 to 3.
  EXPECT_EQ(result.oracle.value().gamma, std::nextafter(2.0, 3.0));
  EXPECT_DOUBLE_EQ(result.oracle.value().harmonic, 3.0 / 4.0);
  ASSERT_EQ(result.curve.size(), 8u);
  const double gammas[] = {-1, 0, 1, 2, 3, 4, 7}, unseen[] = {1, 1, 2, 3, 3, 3, 4};
  const double seen[] = {4, 3, 3, 3, 2, 0, 0};
  EXPECT_EQ(result.curve[0].gamma, -std::numeric_limits<double>::infinity());
  for (std::size_t i = 1; i < 8; ++i) {
    EXPECT_NEAR(result.curve[i].gamma, gammas[i - 1], 1e-12) << i;
    EXPECT_DOUBLE_EQ(result.curve[i].unseen, unseen[i - 1] / 4) << i;
    EXPECT_DOUBLE_EQ(result.curve[i].seen, seen[i - 1] / 4) << i;
  }

  // Both protocols of each class; T1 is 1: rows 0 to 3 go to 1, 1, 3, 3 among {1, 3}.
  ASSERT_EQ(result.per_class.size(), 4u);
  const std::optional<double> zero_shot[] = {1.0, 1.0, {}, {}}, all[] = {0.5, 0.5, 1.0, 0.5};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(result.per_class[i].zero_shot, zero_shot[i]) << i;
    EXPECT_EQ(result.per_class[i].generalised, all[i]) << i;
  }
  const auto cells = [](const std::vector<ConfusionCell>& confusion) {
    std::map<std::pair<ClassId, ClassId>, Index> found;
    for (const ConfusionCell& cell : confusion) found[{cell.truth, cell.predicted}] = cell.images;
    EXPECT_EQ(found.size(), confusion.size());
    return found;
  };
  using Cells = std::map<std::pair<ClassId, ClassId>, Index>;
  EXPECT_EQ(cells(result.confusion.zero_shot), (Cells{{{1, 1}, 2}, {{3, 3}, 2}}));
  EXPECT_EQ(cells(result.confusion.generalised),
            (Cells{{{0, 0}, 1},
                   {{1, 0}, 1},
                   {{1, 1}, 1},
                   {{2, 2}, 1},
                   {{2, 3}, 1},
                   {{3, 0}, 1},
                   {{3, 3}, 1}}));
}

TEST(Generalised, AGivenGammaStandsForTheOneOfTheScores) {
  const Worked worked;
  for (const double gamma : {0.0, 2.0, 3.5, -1.0}) {
    const EvaluationResult given = worked.evaluated(7.0, {.gamma = gamma});
    const EvaluationResult own = worked.evaluated(gamma);
    EXPECT_EQ(given.to_json(), own.to_json()) << gamma;
    EXPECT_EQ(given.gamma, gamma);
  }
}

// Integer scores, so that there are many ties and taking off gamma is exact.
struct TiedCase {
  static constexpr ClassId kClasses = 14;
  static constexpr Index kRows = 240;
  Dataset dataset;
  Matrix<double> values{kRows, kClasses};

  explicit TiedCase(unsigned seed) {
    std::mt19937 generator(seed);
    for (ClassId c = 0; c < kClasses; ++c) {
      const bool is_unseen = generator() % 2 == 0 || c == 3;
      (is_unseen && c != 5 ? dataset.unseen_classes : dataset.seen_classes).push_back(c);
    }
    if (seed % 2 == 0) std::ranges::shuffle(dataset.unseen_classes, generator);
    dataset.visual_features = Matrix<float>(kRows, 1);
    dataset.classes.names.resize(kClasses);
    for (Index i = 0; i < kRows; ++i) {
      const auto label = static_cast<ClassId>(generator() % kClasses);
      dataset.labels.push_back(label);
      (is_seen(label) ? dataset.split.test_seen : dataset.split.test_unseen).push_back(i);
      for (ClassId c = 0; c < kClasses; ++c) {
        values(i, c) =
            static_cast<double>(generator() % 7) + (is_seen(c) ? 2 : 0) + (c == label ? 2 : 0);
      }
    }
  }
  [[nodiscard]] bool is_seen(ClassId c) const {
    return std::ranges::find(dataset.seen_classes, c) != dataset.seen_classes.end();
  }
  // How many classes come before the label among all, by sorting them.
  [[nodiscard]] Index rank(Index row, double gamma) const {
    const ClassId label = dataset.labels[at(row)];
    Index before = 0;
    const auto score = [&](ClassId c) { return values(row, c) - (is_seen(c) ? gamma : 0.0); };
    for (ClassId c = 0; c < kClasses; ++c) {
      before += score(c) > score(label) || (score(c) == score(label) && c < label) ? 1 : 0;
    }
    return before;
  }
  // Mean over the classes of some rows of how often the rank is below k.
  [[nodiscard]] double class_mean(const std::vector<Index>& rows, double gamma, Index k) const {
    std::map<ClassId, std::pair<double, double>> classes;
    for (const Index row : rows) {
      auto& [all, right] = classes[dataset.labels[at(row)]];
      all += 1.0;
      right += rank(row, gamma) < k ? 1.0 : 0.0;
    }
    double sum = 0.0;
    for (const auto& [label, counts] : classes) sum += counts.second / counts.first;
    return sum / static_cast<double>(classes.size());
  }
};

TEST(Generalised, AgreesWithSortingAllClassesForEachGamma) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const TiedCase c(seed);
    const ScoreMatrix scores(c.values.clone());
    const auto &unseen = c.dataset.split.test_unseen, &seen = c.dataset.split.test_seen;
    for (const double gamma : {-3.0, 0.0, 1.0, 2.0, 2.5, 100.0}) {
      const EvaluationResult result = evaluate({scores, Metric::kDot, gamma},
                                               c.dataset,
                                               self_communicator(),
                                               {},
                                               {.hits = {1, 2, 3, 6, 30}, .curve = true});
      EXPECT_DOUBLE_EQ(result.unseen.value(), c.class_mean(unseen, gamma, 1)) << seed << gamma;
      EXPECT_DOUBLE_EQ(result.seen.value(), c.class_mean(seen, gamma, 1)) << seed << gamma;
      ASSERT_EQ(result.generalised_hit_at.size(), 3u) << "30 is above the number of classes";
      for (const auto& [k, hits] : result.generalised_hit_at) {
        EXPECT_DOUBLE_EQ(hits.unseen, c.class_mean(unseen, gamma, k)) << seed << " " << k;
        EXPECT_DOUBLE_EQ(hits.seen, c.class_mean(seen, gamma, k)) << seed << " " << k;
      }
      for (const CurvePoint& point : result.curve) {
        if (std::isinf(point.gamma)) continue;
        // Just above a whole number; by 1/4 no score is rounded.
        const double whole = std::round(point.gamma);
        const double exact = point.gamma == whole ? whole : whole + 0.25;
        EXPECT_NEAR(point.unseen, c.class_mean(unseen, exact, 1), 1e-14) << point.gamma;
        EXPECT_NEAR(point.seen, c.class_mean(seen, exact, 1), 1e-14) << point.gamma;
      }
    }
  }
}

// From its definition, with probabilities of all classes.
double naive_calibration_error(const TiedCase& c,
                               const std::vector<Index>& rows,
                               const std::vector<ClassId>& candidates,
                               double gamma,
                               double temperature) {
  std::map<int, std::array<double, 3>> bins;  // images, right ones, sum of probabilities
  for (const Index row : rows) {
    std::vector<double> scores;
    for (const ClassId j : candidates) {
      scores.push_back(c.values(row, j) - (c.is_seen(j) ? gamma : 0.0));
    }
    const auto best = std::ranges::max_element(scores) - scores.begin();
    double sum = 0.0;
    for (const double score : scores) sum += std::exp(score / temperature);
    const double probability = std::exp(scores[at(best)] / temperature) / sum;
    auto& bin = bins[static_cast<int>(std::ceil(15.0 * probability))];
    bin[0] += 1.0;
    bin[1] += candidates[at(best)] == c.dataset.labels[at(row)] ? 1.0 : 0.0;
    bin[2] += probability;
  }
  double error = 0.0;
  for (const auto& [index, bin] : bins) {
    error +=
        bin[0] / static_cast<double>(rows.size()) * std::abs(bin[1] / bin[0] - bin[2] / bin[0]);
  }
  return error;
}

TEST(Generalised, CalibrationErrorIsThatOfTheDefinition) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    const TiedCase c(seed);
    const ScoreMatrix scores(c.values.clone());
    std::vector<ClassId> all;
    for (ClassId j = 0; j < TiedCase::kClasses; ++j) all.push_back(j);
    std::vector<Index> rows;
    for (Index i = 0; i < TiedCase::kRows; ++i) rows.push_back(i);
    // Probabilities are summed in units of 2^-32.
    for (const double gamma : {0.0, 2.0}) {
      const EvaluationResult result = evaluate({scores, Metric::kDot, gamma, 1.3}, c.dataset);
      EXPECT_NEAR(result.calibration_error.value(),
                  naive_calibration_error(
                      c, c.dataset.split.test_unseen, c.dataset.unseen_classes, gamma, 1.3),
                  1e-9);
      EXPECT_NEAR(result.generalised_calibration_error.value(),
                  naive_calibration_error(c, rows, all, gamma, 1.3),
                  1e-9);
    }
  }
}

TEST(Generalised, TheOraclesGammaGivesTheOraclesScores) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    const TiedCase c(seed);
    const ScoreMatrix scores(c.values.clone());
    const EvaluatedScores evaluated{scores, Metric::kDot, 1.0};
    const auto by = [&](const EvaluationOptions& options) {
      return evaluate(evaluated, c.dataset, self_communicator(), {}, options);
    };
    const EvaluationResult result = by({.oracle = true, .curve = true});
    const CurvePoint best = result.oracle.value();
    for (const CurvePoint& point : result.curve) EXPECT_LE(point.harmonic, best.harmonic);
    EXPECT_GE(best.harmonic, *result.harmonic);
    const EvaluationResult there = by({.gamma = best.gamma});
    EXPECT_DOUBLE_EQ(*there.unseen, best.unseen);
    EXPECT_DOUBLE_EQ(*there.seen, best.seen);
    EXPECT_DOUBLE_EQ(*there.harmonic, best.harmonic);
  }
}

// Class 3 is nearest to rows 2 and 3 of the worked example, class 1 to the other two.
TEST(Hubs, AreNamedWhereTheCountsDiffer) {
  Worked worked;
  EXPECT_TRUE(worked.evaluated(0.0).hubness.at(Metric::kDot).n1_hubs.empty());
  worked.dataset.split.test_unseen = {0, 2, 3};
  const std::vector<Hub> hubs = worked.evaluated(0.0).hubness.at(Metric::kDot).n1_hubs;
  ASSERT_EQ(hubs.size(), 2u);
  EXPECT_EQ(hubs[0].class_id, 3);
  EXPECT_EQ(hubs[0].images, 2);
  EXPECT_EQ(hubs[1].class_id, 1);
  EXPECT_EQ(hubs[1].images, 1);
  worked.dataset.split.test_unseen = {2, 3};
  const std::vector<Hub> alone = worked.evaluated(0.0).hubness.at(Metric::kDot).n1_hubs;
  ASSERT_EQ(alone.size(), 1u) << "class 1 has no image";
  EXPECT_EQ(alone[0].class_id, 3);
}

TEST(Generalised, RefusesWhatCannotBe) {
  Worked worked;
  const auto refused = [&](const char* part, const std::function<void()>& body) {
    expect_error(ErrorKind::kInvalidArgument, {part}, body);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused("hits", [&] { (void)worked.evaluated(0.0, {.hits = {5, 0}}); });
  refused("gamma", [&] { (void)worked.evaluated(0.0, {.gamma = nan}); });
  refused("gamma", [&] { (void)worked.evaluated(nan); });
  refused("temperature", [&] {
    (void)evaluate({worked.scores, Metric::kDot, 0.0, -1.0}, worked.dataset);
  });
  worked.dataset.labels[5] = 9;
  refused("row 5", [&] { (void)worked.evaluated(0.0); });
  worked.dataset.labels[5] = 2;
  worked.dataset.seen_classes.clear();
  refused("seen classes", [&] { (void)worked.evaluated(0.0); });
  worked.dataset.split.test_seen.clear();
  EXPECT_FALSE(worked.evaluated(0.0).ausuc.has_value());
  refused("curve", [&] { (void)worked.evaluated(0.0, {.curve = true}); });
}

}  // namespace
}  // namespace dem
