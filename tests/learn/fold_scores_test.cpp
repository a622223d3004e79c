// What settings are chosen by is what the model of these settings gives.
#include "learn/kernel/fold_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/at.h"
#include "learn/kernel/kernel_model.h"
#include "learn/kernel/kernel_selection.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

constexpr Index kSeen = 7;
constexpr Index kHeldOut = 4;
constexpr Index kDim = 9;
constexpr Index kWidth = 5;

// Images of seen and of held-out classes, of unit length, and the classes' unit rows.
struct Fold {
  explicit Fold(Rng& rng) : rows(kSeen + kHeldOut, kWidth) {
    for (Index c = 0; c < rows.rows(); ++c) {
      double squared = 0.0;
      for (double& value : rows.row(c)) {
        value = rng.uniform() + 0.1;
        squared += value * value;
      }
      for (double& value : rows.row(c)) value /= std::sqrt(squared);
    }
    link = test::normal_matrix(kWidth, kDim, 1.0, rng);
    StatisticsGatherer gatherer(rows.rows(), kDim, true);
    for (ClassId c = 0; c < kSeen; ++c) {
      const Matrix<float> images = images_of(c, 2 + c % 3, rng);
      gatherer.add(images, std::vector<ClassId>(at(images.rows()), c));
    }
    fold.statistics = gatherer.finish();
    for (ClassId c = kSeen; c < kSeen + kHeldOut; ++c) fold.held_out.push_back(c);
    fill(fold.unseen, kSeen, kHeldOut, rng);
    fill(fold.seen, 0, kSeen, rng);
  }
  Matrix<float> images_of(ClassId c, Index count, Rng& rng) const {
    Matrix<float> images(count, kDim);
    for (Index i = 0; i < count; ++i) {
      double squared = 0.0;
      for (Index j = 0; j < kDim; ++j) {
        double value = 0.4 * rng.normal() + 0.5;
        for (Index k = 0; k < kWidth; ++k) value += rows(c, k) * double{link(k, j)};
        images(i, j) = static_cast<float>(value);
        squared += value * value;
      }
      for (float& value : images.row(i)) value /= static_cast<float>(std::sqrt(squared));
    }
    return images;
  }
  void fill(ScoredFold::Rows& out, ClassId first, Index count, Rng& rng) const {
    constexpr Index kImages = 3;
    out.features = Matrix<float>(count * kImages, kDim);
    for (Index i = 0; i < count; ++i) {
      const Matrix<float> images = images_of(static_cast<ClassId>(first + i), kImages, rng);
      for (Index k = 0; k < kImages; ++k) {
        const auto row = images.row(k);
        std::copy(row.begin(), row.end(), out.features.row(i * kImages + k).begin());
        out.labels.push_back(static_cast<ClassId>(first + i));
      }
    }
  }

  Matrix<double> rows;
  Matrix<float> link;
  ScoredFold fold;
};

// Scores of the model that is made of the fold.
Matrix<double> model_scores(const Fold& problem, const KernelSettings& settings) {
  const FoldProblem all(problem.fold.statistics, problem.rows);
  std::vector<std::string> names;
  for (Index c = 0; c < kSeen; ++c) names.push_back(std::to_string(c));
  const Learned learned =
      kernel_model(all, settings, {"attribute", kWidth}, std::move(names), FeatureMap());
  ClassTable classes{{}, {}, {"attribute"}, {}};
  classes.embeddings.emplace_back(kSeen + kHeldOut, kWidth);
  for (Index c = 0; c < kSeen + kHeldOut; ++c) {
    classes.names.push_back(std::to_string(c));
    classes.seen.push_back(c < kSeen);
    for (Index k = 0; k < kWidth; ++k) {
      classes.embeddings[0](c, k) = static_cast<float>(problem.rows(c, k));
    }
  }
  const Prototypes prototypes = learned.class_map.mapped(classes);
  Matrix<double> scores(problem.fold.unseen.features.rows() + problem.fold.seen.features.rows(),
                        kSeen + kHeldOut);
  Index row = 0;
  for (const auto* rows : {&problem.fold.unseen, &problem.fold.seen}) {
    const Matrix<float> images = learned.feature_map.mapped(rows->features);
    for (Index i = 0; i < images.rows(); ++i, ++row) {
      for (Index c = 0; c < scores.cols(); ++c) {
        scores(row, c) = double{prototypes.view().offset_of(c)};
        for (Index j = 0; j < images.cols(); ++j) {
          scores(row, c) += double{images(i, j)} * double{prototypes.rows(c, j)};
        }
      }
    }
  }
  return scores;
}

SeenUnseenCurve curve_of(const Matrix<double>& scores, const Fold& problem) {
  std::vector<CurveImage> images;
  for (Index i = 0; i < scores.rows(); ++i) {
    const Index num_unseen = problem.fold.unseen.features.rows();
    const bool is_unseen = i < num_unseen;
    const ClassId label = is_unseen ? problem.fold.unseen.labels[at(i)]
                                    : problem.fold.seen.labels[at(i - num_unseen)];
    Index seen = 0;
    Index unseen = kSeen;
    for (Index c = 0; c < scores.cols(); ++c) {
      Index& best = c < kSeen ? seen : unseen;
      if (scores(i, c) > scores(i, best)) best = c;
    }
    images.push_back({static_cast<float>(scores(i, seen) - scores(i, unseen)),
                      label,
                      is_unseen,
                      label == (is_unseen ? unseen : seen)});
  }
  return SeenUnseenCurve(images);
}

TEST(FoldScores, AreThoseOfTheModelOfTheFold) {
  Rng rng(17, Purpose::kSynthetic);
  const KernelSettings cases[] = {{},
                                  {.kernel = KernelKind::kQuartic,
                                   .shrinkage = 0.2,
                                   .kappa = 0.5,
                                   .hub = 0.3,
                                   .hub_fraction = 1.0},
                                  {.kernel = KernelKind::kCentred,
                                   .kappa = 0.2,
                                   .blend = -1.0,
                                   .gaussian = 0.2,
                                   .exponent = 1.5},
                                  {.kernel = KernelKind::kGaussian,
                                   .lambda = 0.01,
                                   .kappa = 1.0,
                                   .hub = 0.1,
                                   .blend = 4.0,
                                   .gaussian = 0.05,
                                   .strength = 0.2}};
  for (const KernelSettings& settings : cases) {
    const Fold problem(rng);
    const FoldProblem prepared(problem.fold, problem.rows);
    FoldScores scores(prepared, settings);
    const SeenUnseenCurve chosen_by = scores.curve(settings);
    const SeenUnseenCurve of_model = curve_of(model_scores(problem, settings), problem);
    ASSERT_EQ(chosen_by.gaps().size(), of_model.gaps().size());
    for (std::size_t i = 0; i < of_model.gaps().size(); ++i) {
      EXPECT_NEAR(chosen_by.gaps()[i], of_model.gaps()[i], 2e-5) << to_string(settings.kernel);
    }
    EXPECT_NEAR(chosen_by.t1(), of_model.t1(), 1e-12) << to_string(settings.kernel);
    EXPECT_NEAR(chosen_by.area(), of_model.area(), 1e-12) << to_string(settings.kernel);
  }
}

TEST(FoldScores, ReciprocalRanksGiveTiesTheirMeanRankAndNoNumberTheLast) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto rank = [](std::vector<float> scores, Index label) {
    Matrix<float> row(1, static_cast<Index>(scores.size()));
    std::copy(scores.begin(), scores.end(), row.row(0).begin());
    const std::vector<Index> labels{label};
    return reciprocal_rank(row, labels);
  };
  EXPECT_DOUBLE_EQ(rank({3.0f, 1.0f, 2.0f}, 0), 1.0);
  EXPECT_DOUBLE_EQ(rank({3.0f, 1.0f, 2.0f}, 1), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(rank({1.0f, 1.0f, 1.0f}, 1), 0.5);
  EXPECT_DOUBLE_EQ(rank({1.0f, nan, 0.0f}, 0), 0.5);
  EXPECT_DOUBLE_EQ(rank({1.0f, nan, 0.0f}, 1), 1.0 / 3.0);
}

// With a gamma that was given the log must not say what another one would have reached.
TEST(KernelSelection, AGivenGammaIsWhatIsJudged) {
  Rng rng(18, Purpose::kSynthetic);
  std::vector<std::unique_ptr<FoldProblem>> folds;
  std::vector<Fold> problems;
  problems.reserve(3);
  for (int i = 0; i < 3; ++i) {
    problems.emplace_back(rng);
    folds.push_back(std::make_unique<FoldProblem>(problems.back().fold, problems.back().rows));
  }
  KernelSettings defaults;
  defaults.gamma = 1e6;
  KernelGrids grids;
  grids.chooses_gamma = false;
  const KernelChoice choice = choose_settings(folds, kSeen + kHeldOut, defaults, grids);
  EXPECT_EQ(choice.settings.gamma, 1e6);
  ASSERT_TRUE(choice.harmonic);
  EXPECT_NEAR(*choice.harmonic, 0.0, 1e-12);
}

}  // namespace
}  // namespace dem
