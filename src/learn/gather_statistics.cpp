#include <algorithm>
#include <cmath>
#include <limits>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/class_statistics.h"
#include "learn/check_training_set.h"
#include "learn/outer_products.h"
#include "learn/rank_statistics.h"

namespace dem {
namespace {

using Image = StatisticsGatherer::Image;

// Columns that one thread sums over all images of a block: with fixed pieces the sums do not depend
// on the number of threads, and no piece needs sums of its own.
constexpr Index kColumns = 64;
constexpr Index kDeviations = 512;  // images whose second moments are one product
constexpr Index kRowGrain = 16;

// From the statistics of each rank's images to those of all.
void share(Communicator& group, ClassStatistics& statistics) {
  const CountsAndMeans own = share_means(group, statistics.counts, statistics.means);
  for (Index c = 0; c < own.means.rows(); ++c) {
    const auto images = static_cast<double>(own.counts[at(c)]);
    for (Index j = 0; j < own.means.cols(); ++j) {
      const double difference = own.means(c, j) - statistics.means(c, j);
      statistics.scatter[at(j)] += images * difference * difference;
    }
  }
  group.sum(std::span(statistics.scatter));
  share_ranges(group, statistics.lowest, statistics.highest);
}

}  // namespace

StatisticsGatherer::StatisticsGatherer(Index num_classes, Index feature_dim, bool second_moment)
    : first_(num_classes, feature_dim), shifts_(num_classes, feature_dim) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  sums_.counts.resize(at(num_classes));
  sums_.scatter.resize(at(feature_dim));
  sums_.lowest.assign(at(feature_dim), kInfinity);
  sums_.highest.assign(at(feature_dim), -kInfinity);
  if (!second_moment) return;
  sums_.second_moment = Matrix<double>(feature_dim, feature_dim);
  start_deviations();
}

void StatisticsGatherer::start_deviations() {
  deviations_ = Matrix<double>::uninitialised(kDeviations, first_.cols());
}

void StatisticsGatherer::add(MatrixView<const float> features, std::span<const ClassId> labels) {
  add(features, labelled(features, labels));
}

std::vector<Image> StatisticsGatherer::labelled(MatrixView<const float> features,
                                                std::span<const ClassId> labels) const {
  if (features.cols() != first_.cols() || features.rows() != static_cast<Index>(labels.size())) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("statistics: expected features [",
                       labels.size(),
                       ", ",
                       first_.cols(),
                       "], got [",
                       features.rows(),
                       ", ",
                       features.cols(),
                       "]"));
  }
  std::vector<Image> images;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == -1) continue;
    if (labels[i] < 0 || labels[i] >= first_.rows()) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("statistics: label of row ",
                         i,
                         ": expected -1 to ",
                         first_.rows() - 1,
                         ", got ",
                         labels[i]));
    }
    images.push_back({static_cast<Index>(i), labels[i]});
  }
  return images;
}

void StatisticsGatherer::add(MatrixView<const float> features, std::span<const Image> images) {
  start_classes(features, images);
  parallel_for(features.cols(), kColumns, [&](Index first, Index last) {
    add_columns(features, images, first, last);
  });
  if (!sums_.second_moment.empty()) add_second_moment(features, images, sums_.second_moment);
}

void StatisticsGatherer::start_classes(MatrixView<const float> features,
                                       std::span<const Image> images) {
  for (const Image& image : images) {
    if (sums_.counts[at(image.label)]++ > 0) continue;
    const auto row = features.row(image.row);
    std::copy(row.begin(), row.end(), first_.row(image.label).begin());
  }
}

void StatisticsGatherer::add_columns(MatrixView<const float> features,
                                     std::span<const Image> images,
                                     Index first,
                                     Index last) {
  float* lowest = sums_.lowest.data();
  float* highest = sums_.highest.data();
  double* squares = sums_.scatter.data();
  for (const Image& image : images) {
    const float* x = features.row(image.row).data();
    const float* start = first_.row(image.label).data();
    double* shift = shifts_.row(image.label).data();
    for (Index j = first; j < last; ++j) {
      const double difference = double{x[j]} - double{start[j]};
      shift[j] += difference;
      squares[j] += difference * difference;
      lowest[j] = std::min(lowest[j], x[j]);
      highest[j] = std::max(highest[j], x[j]);
    }
  }
}

void StatisticsGatherer::add_second_moment(MatrixView<const float> features,
                                           std::span<const Image> images,
                                           MatrixView<double> sum) {
  while (!images.empty()) {
    const auto block = images.first(std::min(images.size(), at(kDeviations)));
    images = images.subspan(block.size());
    const auto count = static_cast<Index>(block.size());
    parallel_for(count, kRowGrain, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        const float* x = features.row(block[at(i)].row).data();
        const float* start = first_.row(block[at(i)].label).data();
        for (double& deviation : deviations_.row(i)) deviation = double{*x++} - double{*start++};
      }
    });
    add_outer_products(1.0, deviations_.view().row_block(0, count), sum);
  }
}

ClassStatistics StatisticsGatherer::finish() const {
  ClassStatistics out = sums_.clone();
  out.means = Matrix<double>(first_.rows(), first_.cols());
  Matrix<double> of_means(first_.rows(), first_.cols());
  for (Index c = 0; c < first_.rows(); ++c) {
    if (out.counts[at(c)] == 0) continue;
    const auto count = static_cast<double>(out.counts[at(c)]);
    for (Index j = 0; j < first_.cols(); ++j) {
      const double shift = shifts_(c, j);
      out.means(c, j) = double{first_(c, j)} + shift / count;
      out.scatter[at(j)] -= shift / count * shift;
      of_means(c, j) = shift / std::sqrt(count);
    }
  }
  for (double& value : out.scatter) value = std::max(value, 0.0);
  if (out.second_moment.empty()) return out;
  add_outer_products(-1.0, of_means, out.second_moment);
  mirror(out.second_moment);
  return out;
}

ClassStatistics gather_statistics(const TrainingSet& data) {
  Communicator& group = data.group != nullptr ? *data.group : self_communicator();
  check_images(data, group);
  StatisticsGatherer gatherer(data.class_embeddings[0].rows(), data.visual_features.cols(), false);
  gatherer.add(data.visual_features, training_images(data));
  ClassStatistics statistics = gatherer.finish();
  if (group.size() > 1) share(group, statistics);
  return statistics;
}

}  // namespace dem
