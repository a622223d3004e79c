#include <algorithm>
#include <cmath>
#include <utility>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/fold_statistics.h"
#include "learn/check_training_set.h"
#include "learn/outer_products.h"
#include "learn/rank_statistics.h"

namespace dem {
namespace {

using Part = FoldStatistics::Part;
using GatheredImage = StatisticsGatherer::Image;

constexpr Index kFoldColumns = 64;  // that one thread sums over all images of a block

void check_folds(std::span<const Index> fold_of_class, Index num_classes, Index num_folds) {
  if (static_cast<Index>(fold_of_class.size()) != num_classes) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("fold statistics: expected folds of ",
                       num_classes,
                       " classes, got ",
                       fold_of_class.size()));
  }
  for (const Index fold : fold_of_class) {
    if (fold >= 0 && fold < num_folds) continue;
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("fold statistics: expected folds from 0 to ", num_folds - 1, ", got ", fold));
  }
}

// Rows of the fold's classes with images here: sqrt(count) (own mean - mean of all), whose outer
// products and squares turn sums about own means into sums about means of all.
Matrix<double> distances_from_all(const CountsAndMeans& own,
                                  const FoldStatistics& all,
                                  Index fold) {
  std::vector<Index> classes;
  for (Index c = 0; c < all.num_classes(); ++c) {
    if (all.fold_of_class[at(c)] == fold && own.counts[at(c)] > 0) classes.push_back(c);
  }
  Matrix<double> rows(static_cast<Index>(classes.size()), all.feature_dim());
  for (Index i = 0; i < rows.rows(); ++i) {
    const Index c = classes[at(i)];
    const double weight = std::sqrt(static_cast<double>(own.counts[at(c)]));
    for (Index j = 0; j < rows.cols(); ++j) {
      rows(i, j) = weight * (own.means(c, j) - all.means(c, j));
    }
  }
  return rows;
}

// From the statistics of each rank's images to those of all.
void share_folds(Communicator& group, FoldStatistics& folds) {
  const CountsAndMeans own = share_means(group, folds.counts, folds.means);
  for (Index f = 0; f < folds.num_folds(); ++f) {
    Part& part = folds.parts[at(f)];
    const Matrix<double> apart = distances_from_all(own, folds, f);
    for (Index i = 0; i < apart.rows(); ++i) {
      for (Index j = 0; j < apart.cols(); ++j) part.scatter[at(j)] += apart(i, j) * apart(i, j);
    }
    group.sum(std::span(part.scatter));
    share_ranges(group, part.lowest, part.highest);
    if (part.second_moment.empty()) continue;
    add_outer_products(1.0, apart, part.second_moment);
    group.sum(std::span(part.second_moment.data(), at(part.second_moment.size())));
    mirror(part.second_moment);
  }
}

}  // namespace

FoldStatisticsGatherer::FoldStatisticsGatherer(std::vector<Index> fold_of_class,
                                               Index num_folds,
                                               Index feature_dim,
                                               bool second_moments)
    : all_(static_cast<Index>(fold_of_class.size()), feature_dim, false),
      fold_of_class_(std::move(fold_of_class)) {
  check_folds(fold_of_class_, static_cast<Index>(fold_of_class_.size()), num_folds);
  for (Index f = 0; f < num_folds; ++f) {
    parts_.push_back(Part::without_images(feature_dim, second_moments));
  }
  if (second_moments) all_.start_deviations();
}

void FoldStatisticsGatherer::add(MatrixView<const float> features,
                                 std::span<const ClassId> labels) {
  add(features, all_.labelled(features, labels));
}

void FoldStatisticsGatherer::add(MatrixView<const float> features,
                                 std::span<const GatheredImage> images) {
  all_.add(features, images);
  parallel_for(features.cols(), kFoldColumns, [&](Index first, Index last) {
    add_columns(features, images, first, last);
  });
  if (!parts_.empty() && !parts_[0].second_moment.empty()) add_second_moments(features, images);
}

void FoldStatisticsGatherer::add_columns(MatrixView<const float> features,
                                         std::span<const GatheredImage> images,
                                         Index first,
                                         Index last) {
  for (const GatheredImage& image : images) {
    const float* x = features.row(image.row).data();
    const float* start = all_.first_.row(image.label).data();
    Part& part = parts_[at(fold_of_class_[at(image.label)])];
    float* lowest = part.lowest.data();
    float* highest = part.highest.data();
    double* squares = part.scatter.data();
    for (Index j = first; j < last; ++j) {
      const double difference = double{x[j]} - double{start[j]};
      squares[j] += difference * difference;
      lowest[j] = std::min(lowest[j], x[j]);
      highest[j] = std::max(highest[j], x[j]);
    }
  }
}

void FoldStatisticsGatherer::add_second_moments(MatrixView<const float> features,
                                                std::span<const GatheredImage> images) {
  std::vector<GatheredImage> of_fold;
  for (std::size_t f = 0; f < parts_.size(); ++f) {
    of_fold.clear();
    for (const GatheredImage& image : images) {
      if (at(fold_of_class_[at(image.label)]) == f) of_fold.push_back(image);
    }
    all_.add_second_moment(features, of_fold, parts_[f].second_moment);
  }
}

// From sums about the first images to sums about the means.
void FoldStatisticsGatherer::centre(Index fold, FoldStatistics& out) const {
  Part& part = out.parts[at(fold)];
  std::vector<Index> classes;
  for (Index c = 0; c < out.num_classes(); ++c) {
    if (out.fold_of_class[at(c)] == fold && out.counts[at(c)] > 0) classes.push_back(c);
  }
  Matrix<double> of_means(static_cast<Index>(classes.size()), out.feature_dim());
  for (Index i = 0; i < of_means.rows(); ++i) {
    const auto count = static_cast<double>(out.counts[at(classes[at(i)])]);
    for (Index j = 0; j < of_means.cols(); ++j) {
      const double shift = all_.shifts_(classes[at(i)], j);
      part.scatter[at(j)] -= shift / count * shift;
      of_means(i, j) = shift / std::sqrt(count);
    }
  }
  for (double& value : part.scatter) value = std::max(value, 0.0);
  if (part.second_moment.empty()) return;
  add_outer_products(-1.0, of_means, part.second_moment);
  mirror(part.second_moment);
}

FoldStatistics FoldStatisticsGatherer::finish() && {
  ClassStatistics all = all_.finish();
  FoldStatistics out{
      std::move(fold_of_class_), std::move(all.counts), std::move(all.means), std::move(parts_)};
  for (Index f = 0; f < out.num_folds(); ++f) centre(f, out);
  return out;
}

FoldStatistics gather_fold_statistics(const TrainingSet& data,
                                      std::span<const Index> fold_of_class,
                                      bool second_moments) {
  Communicator& group = data.group != nullptr ? *data.group : self_communicator();
  check_images(data, group);
  Index num_folds = 1;
  for (const Index fold : fold_of_class) num_folds = std::max(num_folds, fold + 1);
  agree(group, [&] { check_folds(fold_of_class, data.class_embeddings[0].rows(), num_folds); });
  FoldStatisticsGatherer gatherer({fold_of_class.begin(), fold_of_class.end()},
                                  num_folds,
                                  data.visual_features.cols(),
                                  second_moments);
  gatherer.add(data.visual_features, training_images(data));
  FoldStatistics folds = std::move(gatherer).finish();
  if (group.size() > 1) share_folds(group, folds);
  return folds;
}

}  // namespace dem
