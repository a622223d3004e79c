// Intervals of scores, against images and classes that are drawn one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "dem/eval/scores.h"
#include "eval/score_matrix.h"
#include "search/gamma_curve.h"
#include "support/files.h"

namespace dem {
namespace {

using test::ScoreMatrix;

constexpr Index kSeen = 6, kUnseen = 5, kClasses = kSeen + kUnseen;
constexpr double kGamma = 0.3;

// Classes of 3 to 30 images, some much harder than others.
struct Scattered {
  Dataset dataset;
  Matrix<double> scores;

  Scattered() {
    std::mt19937 generator(5);
    std::normal_distribution<double> noise;
    for (ClassId c = 0; c < kClasses; ++c) {
      dataset.classes.names.push_back("class " + std::to_string(c));
      (c < kSeen ? dataset.seen_classes : dataset.unseen_classes).push_back(c);
      for (Index image = 0; image < 3 + 3 * (c % 10); ++image) dataset.labels.push_back(c);
    }
    const auto n = static_cast<Index>(dataset.labels.size());
    dataset.visual_features = Matrix<float>(n, 1);
    scores = Matrix<double>(n, kClasses);
    for (Index i = 0; i < n; ++i) {
      const ClassId own = dataset.labels[at(i)];
      for (Index c = 0; c < kClasses; ++c) scores(i, c) = noise(generator);
      scores(i, own) += 0.3 * (own % 4);
      (own < kSeen ? dataset.split.test_seen : dataset.split.test_unseen).push_back(i);
    }
  }
  [[nodiscard]] EvaluationResult evaluated(Index bootstrap) const {
    return evaluate({ScoreMatrix(scores.clone()), Metric::kDot, kGamma},
                    dataset,
                    self_communicator(),
                    {},
                    {.hits = {2}, .bootstrap = bootstrap});
  }
};

// What becomes of one image: the only thing that a resampling looks at.
struct Outcome {
  bool zero_shot = false, among_two = false;
  ImageGap gap;
};

struct Naive {
  std::vector<std::vector<Outcome>> unseen, seen;  // by class

  explicit Naive(const Scattered& data) : unseen(kUnseen), seen(kSeen) {
    for (Index i = 0; i < data.scores.rows(); ++i) {
      const ClassId own = data.dataset.labels[at(i)];
      const auto row = data.scores.row(i);
      const auto best = [&](Index first, Index last) {
        return std::max_element(row.begin() + first, row.begin() + last) - row.begin();
      };
      const auto s = best(0, kSeen), u = best(kSeen, kClasses);
      Outcome outcome;
      outcome.gap.gap = row[at(s)] - row[at(u)];
      outcome.gap.is_unseen = own >= kSeen;
      outcome.gap.is_right = own == (own < kSeen ? s : u);
      outcome.gap.seen_is_lower = true;
      outcome.zero_shot = own == u;
      outcome.among_two = std::count_if(row.begin() + kSeen, row.end(), [&](double score) {
                            return score > row[at(own)];
                          }) < 2;
      (own < kSeen ? seen[at(own)] : unseen[at(own - kSeen)]).push_back(outcome);
    }
  }
};

using Draws = std::map<std::string, std::vector<double>>;

// Images of the drawn classes, each of which counts as a class of its own.
std::vector<std::vector<Outcome>> draw(const std::vector<std::vector<Outcome>>& classes,
                                       bool of_classes,
                                       std::mt19937& generator) {
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(generator);
  };
  std::vector<std::vector<Outcome>> drawn;
  for (std::size_t j = 0; j < classes.size(); ++j) {
    const std::vector<Outcome>& own = classes[of_classes ? below(classes.size()) : j];
    drawn.emplace_back();
    for (std::size_t k = 0; k < own.size(); ++k) drawn.back().push_back(own[below(own.size())]);
  }
  return drawn;
}

void add_zero_shot(const std::vector<std::vector<Outcome>>& unseen, Draws& draws) {
  double t1 = 0.0, right = 0.0, two = 0.0, all = 0.0;
  for (const std::vector<Outcome>& images : unseen) {
    double own = 0.0;
    for (const Outcome& image : images) {
      own += image.zero_shot ? 1.0 : 0.0;
      two += image.among_two ? 1.0 : 0.0;
    }
    t1 += own / static_cast<double>(images.size()) / static_cast<double>(unseen.size());
    right += own;
    all += static_cast<double>(images.size());
  }
  draws["T1"].push_back(t1);
  draws["accuracy"].push_back(right / all);
  draws["hit@2"].push_back(two / all);
}

Draws naive_draws(const Naive& naive, bool of_classes, int replicates) {
  std::mt19937 generator(11);
  Draws draws;
  for (int r = 0; r < replicates; ++r) {
    const auto unseen = draw(naive.unseen, of_classes, generator);
    const auto seen = draw(naive.seen, of_classes, generator);
    add_zero_shot(unseen, draws);
    std::vector<ImageGap> gaps;
    ClassId label = 0;
    for (const auto* kind : {&unseen, &seen}) {
      for (const std::vector<Outcome>& images : *kind) {
        for (const Outcome& image : images) {
          gaps.push_back(image.gap);
          gaps.back().label = label;
        }
        ++label;
      }
    }
    const GammaCurve curve(gaps);
    const GammaCurve::Point point = curve.at(kGamma);
    draws["U"].push_back(point.unseen);
    draws["S"].push_back(point.seen);
    draws["H"].push_back(harmonic_mean(point.unseen, point.seen));
    draws["AUSUC"].push_back(curve.area());
  }
  return draws;
}

// Both are drawn at random: as near as so many draws come, in units of the interval's width.
void expect_near(const std::map<std::string, Interval>& found, Draws expected) {
  for (auto& [name, draws] : expected) {
    ASSERT_EQ(found.count(name), 1u) << name;
    std::sort(draws.begin(), draws.end());
    const double low = draws[draws.size() / 40], high = draws[draws.size() - 1 - draws.size() / 40];
    const double near = 0.08 * (high - low);
    EXPECT_NEAR(found.at(name).low, low, near) << name;
    EXPECT_NEAR(found.at(name).high, high, near) << name;
  }
}

TEST(Bootstrap, IntervalsAreThoseOfImagesDrawnOneByOne) {
  const Scattered data;
  const Naive naive(data);
  const ScoreIntervals intervals = data.evaluated(4000).intervals;
  EXPECT_EQ(intervals.replicates, 4000);
  expect_near(intervals.over_rows, naive_draws(naive, false, 4000));
  expect_near(intervals.over_classes_and_rows, naive_draws(naive, true, 4000));
}

TEST(Bootstrap, HoldTheScoreAndAreWiderOverClasses) {
  const Scattered data;
  const EvaluationResult result = data.evaluated(1000);
  const std::map<std::string, double> scores{{"T1", result.t1},
                                             {"U", *result.unseen},
                                             {"S", *result.seen},
                                             {"H", *result.harmonic},
                                             {"AUSUC", *result.ausuc},
                                             {"U@2", result.generalised_hit_at.at(2).unseen},
                                             {"S@2", result.generalised_hit_at.at(2).seen},
                                             {"H@2", result.generalised_hit_at.at(2).harmonic}};
  for (const auto& [name, score] : scores) {
    const Interval rows = result.intervals.over_rows.at(name);
    const Interval classes = result.intervals.over_classes_and_rows.at(name);
    EXPECT_LT(rows.low, score) << name;
    EXPECT_GT(rows.high, score) << name;
    EXPECT_GT(classes.high - classes.low, rows.high - rows.low) << name;
  }
}

// n = 2, one right: 0, 1/2 and 1 with probabilities 1/4, 1/2, 1/4. All right: always 1.
TEST(Bootstrap, ClassesOfFewImagesAndCertainOnes) {
  Dataset dataset;
  dataset.classes.names = {"seen", "one of two", "all"};
  dataset.seen_classes = {0};
  dataset.unseen_classes = {1, 2};
  dataset.visual_features = Matrix<float>(5, 1);
  dataset.labels = {1, 1, 2, 2, 2};
  dataset.split.test_unseen = {0, 1};
  const ScoreMatrix scores(
      test::matrix_of({{0, 1, 0}, {0, 0, 1}, {0, 0, 1}, {0, 0, 1}, {0, 0, 1}}));
  const auto evaluated = [&] {
    return evaluate({scores, Metric::kDot}, dataset, self_communicator(), {}, {.bootstrap = 1000});
  };
  const Interval few = evaluated().intervals.over_rows.at("T1");
  EXPECT_EQ(few.low, 0.0);
  EXPECT_EQ(few.high, 1.0);
  dataset.split.test_unseen = {2, 3, 4};
  const EvaluationResult certain = evaluated();
  EXPECT_EQ(certain.intervals.over_rows.at("T1").low, 1.0);
  EXPECT_EQ(certain.intervals.over_classes_and_rows.at("accuracy").high, 1.0);
  EXPECT_EQ(certain.intervals.over_rows.count("U"), 0u) << "no images of seen classes";
}

TEST(Bootstrap, DoesNotDependOnThreads) {
  const Scattered data;
  const int before = num_threads();
  set_num_threads(1);
  const std::string one = data.evaluated(500).to_json();
  set_num_threads(3);
  EXPECT_EQ(data.evaluated(500).to_json(), one);
  set_num_threads(before);
}

TEST(Bootstrap, TooFewResamplingsAreRefused) {
  const Scattered data;
  EXPECT_EQ(data.evaluated(0).intervals.replicates, 0);
  test::expect_error(ErrorKind::kInvalidArgument,
                     {"bootstrap: expected 0 or at least 100", "got 99"},
                     [&] { (void)data.evaluated(99); });
  test::expect_error(ErrorKind::kInvalidArgument, {"got -1"}, [&] { (void)data.evaluated(-1); });
}

}  // namespace
}  // namespace dem
