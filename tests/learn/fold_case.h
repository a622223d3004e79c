// A fold of classes for tests, and what a model of it scores.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/learn/family.h"
#include "dem/learn/scored_fold.h"
#include "learn/seen_unseen_curve.h"
#include "support/random_matrix.h"

namespace dem::test {

inline constexpr Index kSeen = 7;
inline constexpr Index kHeldOut = 4;
inline constexpr Index kDim = 9;
inline constexpr Index kWidth = 5;

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
    link = normal_matrix(kWidth, kDim, 1.0, rng);
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

inline double slot_score(Metric metric, std::span<const float> z, std::span<const float> p) {
  double dot = 0.0, zz = 0.0, pp = 0.0;
  for (std::size_t j = 0; j < z.size(); ++j) {
    dot += double{z[j]} * double{p[j]};
    zz += double{z[j]} * double{z[j]};
    pp += double{p[j]} * double{p[j]};
  }
  if (metric == Metric::kDot) return dot;
  return metric == Metric::kCosine ? dot / std::sqrt(zz * pp) : 2.0 * dot - zz - pp;
}

// Scores of the fold's images, unseen ones first, by the slots of a model of the fold.
inline Matrix<double> slot_scores(const Learned& learned, const Fold& problem) {
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
        scores(row, c) = double{prototypes.view().offset_of(c)} +
                         slot_score(learned.metric, images.row(i), prototypes.rows.row(c));
      }
    }
  }
  return scores;
}

inline SeenUnseenCurve curve_of_slots(const Matrix<double>& scores, const Fold& problem) {
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

}  // namespace dem::test
