#include "dem/eval/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dem/base/threads.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

// Images that scatter around prototypes so much that many are nearest to another one.
struct Sample {
  Dataset dataset;
  Matrix<float> prototypes;
  std::vector<ClassId> candidates;
  std::vector<Index> rows;
};

Sample make_sample(Index n, Index num_classes, double spread) {
  Rng rng(21, Purpose::kSynthetic);
  Sample s;
  constexpr Index kDim = 10;
  s.prototypes = test::normal_matrix(num_classes, kDim, 1.0, rng);
  s.dataset.visual_features = Matrix<float>(n, kDim);
  for (Index i = 0; i < n; ++i) {
    const auto c = static_cast<ClassId>(i % num_classes);
    s.dataset.labels.push_back(c);
    s.rows.push_back(i);
    for (Index d = 0; d < kDim; ++d) {
      s.dataset.visual_features(i, d) =
          s.prototypes(c, d) + static_cast<float>(spread * rng.normal());
    }
  }
  for (ClassId c = 0; c < num_classes; ++c) s.candidates.push_back(c);
  s.dataset.classes.names.resize(static_cast<std::size_t>(num_classes));
  return s;
}

// By definition: the mean of -log softmax(-distance / T) at the label.
double loss(const Sample& s, double temperature) {
  double total = 0.0;
  for (const Index row : s.rows) {
    std::vector<double> distances;
    for (Index c = 0; c < s.prototypes.rows(); ++c) {
      double d = 0.0;
      for (Index k = 0; k < s.prototypes.cols(); ++k) {
        const double difference =
            double{s.dataset.visual_features(row, k)} - double{s.prototypes(c, k)};
        d += difference * difference;
      }
      distances.push_back(d);
    }
    double sum = 0.0;
    const auto truth = static_cast<std::size_t>(s.dataset.labels[static_cast<std::size_t>(row)]);
    for (const double d : distances) sum += std::exp(-(d - distances[truth]) / temperature);
    total += std::log(sum);
  }
  return total / static_cast<double>(s.rows.size());
}

float fitted(const Sample& s, Metric metric = Metric::kEuclidean) {
  const FeatureMap none;
  const PrototypeSource scores(s.dataset.visual_features, none, s.prototypes, metric);
  return fit_temperature(scores, s.candidates, s.dataset, s.rows);
}

TEST(Temperature, MakesTheLabelsMostLikely) {
  const Sample s = make_sample(400, 12, 1.0);
  const double found = double{fitted(s)};
  ASSERT_GT(found, 0.0);
  const double best = loss(s, found);
  for (const double factor : {0.5, 0.9, 0.99, 1.01, 1.1, 2.0}) {
    EXPECT_LT(best, loss(s, factor * found)) << factor;
  }
}

// Normal scatter of standard deviation s gives -log p = |x - p|^2 / (2 s^2) + constant: T = 2 s^2.
TEST(Temperature, FindsTheOneThatTheDataWereDrawnWith) {
  const Sample s = make_sample(6000, 12, 1.3);
  EXPECT_NEAR(fitted(s),
              2 * 1.3 * 1.3,
              0.15);  // some three standard errors of a maximum-likelihood estimate from 6000 draws
}

TEST(Temperature, StaysFiniteForPerfectAndForUselessModels) {
  const Sample perfect = make_sample(200, 5, 1e-3);
  const float sure = fitted(perfect);
  EXPECT_GT(sure, 0.0f);
  Sample useless = make_sample(200, 5, 1e-3);
  for (ClassId& label : useless.dataset.labels) label = (label + 1) % 5;
  const float unsure = fitted(useless);
  EXPECT_TRUE(std::isfinite(unsure));
  EXPECT_GT(unsure, 1e5f * sure);
}

TEST(Temperature, IsAbsentWhereNothingCanBeFitted) {
  const Sample s = make_sample(20, 4, 1.0);
  const auto fit = [&](std::vector<ClassId> candidates, std::vector<Index> rows) {
    Sample part = make_sample(20, 4, 1.0);
    part.candidates = std::move(candidates);
    part.rows = std::move(rows);
    return fitted(part);
  };
  EXPECT_EQ(fit({}, s.rows), 0.0f);
  EXPECT_EQ(fit(s.candidates, {}), 0.0f);
  EXPECT_EQ(fit({2}, s.rows), 0.0f);     // one candidate: no distance to tell apart
  EXPECT_EQ(fit({1, 2}, {0, 3}), 0.0f);  // rows of other classes only
  EXPECT_GT(fit({1, 2}, s.rows), 0.0f);
}

// Parts of scores at hand, of which each may have its own candidates.
TEST(Temperature, OfScoresAtHandIsThatOfTheDataset) {
  const Sample s = make_sample(400, 12, 1.0);
  const FeatureMap none;
  const PrototypeSource source(s.dataset.visual_features, none, s.prototypes, Metric::kEuclidean);
  const auto part = [&](Index first, Index last) {
    std::vector<Index> rows;
    LabelledScores out;
    for (Index i = first; i < last; ++i) {
      rows.push_back(i);
      out.truth.push_back(s.dataset.labels[static_cast<std::size_t>(i)]);
    }
    out.scores = source.scores(rows, s.candidates);
    return out;
  };
  std::vector<LabelledScores> parts;
  parts.push_back(part(0, 150));
  parts.push_back(part(150, 400));
  EXPECT_NEAR(fit_temperature(std::move(parts)), fitted(s), 1e-5f * fitted(s));
  EXPECT_EQ(fit_temperature(std::vector<LabelledScores>()), 0.0f);

  std::vector<LabelledScores> bad;
  bad.push_back(part(0, 5));
  bad[0].truth[3] = 12;
  test::expect_error(ErrorKind::kInvalidArgument, {"0 .. 11, got 12"}, [&] {
    (void)fit_temperature(std::move(bad));
  });
  bad.clear();
  bad.push_back(part(0, 5));
  bad[0].truth.pop_back();
  test::expect_error(ErrorKind::kInvalidArgument, {"expected 5 own", "got 4"}, [&] {
    (void)fit_temperature(std::move(bad));
  });
}

// Two parts of other candidates: the second of 3, the first of 4. By definition.
TEST(Calibration, HasWhatRejectionComesToAtItsTemperature) {
  const auto make_parts = [] {
    Rng drawn(23, Purpose::kInit);
    std::vector<LabelledScores> parts;
    for (const Index candidates : {4, 3}) {
      LabelledScores part{test::normal_doubles(60, candidates, drawn), {}};
      for (Index i = 0; i < 60; ++i) {
        part.truth.push_back(
            static_cast<Index>(drawn.below(static_cast<std::uint64_t>(candidates))));
        part.scores(i, part.truth.back()) += 1.0;
      }
      parts.push_back(std::move(part));
    }
    return parts;
  };
  const Calibration found = calibrate(make_parts());
  EXPECT_EQ(found.temperature, fit_temperature(make_parts()));
  EXPECT_EQ(found.rejection.num_images, 120);
  EXPECT_EQ(found.rejection.least_candidates, 3);
  EXPECT_EQ(found.rejection.most_candidates, 4);
  std::vector<FirstClass> images;
  for (const LabelledScores& part : make_parts()) {
    for (Index i = 0; i < part.scores.rows(); ++i) {
      const auto row = part.scores.row(i);
      double sum = 0.0;
      for (const double score : row) sum += std::exp(score / double{found.temperature});
      const auto best = std::max_element(row.begin(), row.end());
      images.push_back({std::exp(*best / double{found.temperature}) / sum,
                        best - row.begin() == part.truth[static_cast<std::size_t>(i)]});
    }
  }
  const RejectionCurve expected = rejection_curve(images);
  ASSERT_GT(expected.points.size(), 3U);
  ASSERT_EQ(found.rejection.points.size(), expected.points.size());
  for (std::size_t i = 0; i < expected.points.size(); ++i) {
    EXPECT_NEAR(found.rejection.points[i].threshold, expected.points[i].threshold, 1e-12);
    EXPECT_EQ(found.rejection.points[i].precision, expected.points[i].precision);
    EXPECT_EQ(found.rejection.points[i].accepted, expected.points[i].accepted);
  }
  EXPECT_TRUE(calibrate({}).rejection.empty());
}

TEST(Temperature, DoesNotDependOnThreads) {
  const Sample s = make_sample(3000, 20, 1.0);
  const auto fit = [&] { return fitted(s, Metric::kCosine); };
  set_num_threads(1);
  const float one = fit();
  set_num_threads(4);
  EXPECT_EQ(fit(), one);
  set_num_threads(0);
}

}  // namespace
}  // namespace dem
