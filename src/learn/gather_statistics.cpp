#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/class_statistics.h"
#include "learn/check_training_set.h"
#include "learn/outer_products.h"

namespace dem {
namespace {

using Image = StatisticsGatherer::Image;

// Columns that one thread sums over all images of a block: with fixed pieces the sums do not depend
// on the number of threads, and no piece needs sums of its own.
constexpr Index kColumns = 64;
constexpr Index kDeviations = 512;  // images whose second moments are one product
constexpr Index kRowGrain = 16;

// The images that this rank holds, in the order of their features.
std::vector<Image> held_images(const TrainingSet& data) {
  std::vector<Image> images;
  images.reserve(data.rows.size());
  for (const Index row : data.rows) {
    const Index held = data.feature_rows.empty() ? row : data.feature_rows[at(row)];
    if (held >= 0) images.push_back({held, data.labels[at(row)]});
  }
  std::sort(
      images.begin(), images.end(), [](const Image& a, const Image& b) { return a.row < b.row; });
  return images;
}

void share_ranges(Communicator& group, ClassStatistics& statistics) {
  std::vector<double> ends(statistics.lowest.begin(), statistics.lowest.end());
  for (const float highest : statistics.highest) ends.push_back(-double{highest});
  group.least(ends);
  const std::size_t dim = statistics.lowest.size();
  for (std::size_t j = 0; j < dim; ++j) {
    statistics.lowest[j] = static_cast<float>(ends[j]);
    statistics.highest[j] = static_cast<float>(-ends[dim + j]);
  }
}

// From the statistics of each rank's images to those of all.
void share(Communicator& group, ClassStatistics& statistics) {
  const std::vector<Index> own_counts = statistics.counts;
  const Matrix<double> own_means = statistics.means.clone();
  group.sum(std::span(statistics.counts));
  Matrix<double>& means = statistics.means;
  for (Index c = 0; c < means.rows(); ++c) {
    for (double& mean : means.row(c)) mean *= static_cast<double>(own_counts[at(c)]);
  }
  group.sum(std::span(means.data(), at(means.size())));
  for (Index c = 0; c < means.rows(); ++c) {
    const auto own = static_cast<double>(own_counts[at(c)]);
    const auto all = static_cast<double>(std::max<Index>(statistics.counts[at(c)], 1));
    for (Index j = 0; j < means.cols(); ++j) {
      means(c, j) /= all;
      const double difference = own_means(c, j) - means(c, j);
      statistics.scatter[at(j)] += own * difference * difference;
    }
  }
  group.sum(std::span(statistics.scatter));
  share_ranges(group, statistics);
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
  deviations_ = Matrix<double>::uninitialised(kDeviations, feature_dim);
}

void StatisticsGatherer::add(MatrixView<const float> features, std::span<const ClassId> labels) {
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
  add(features, images);
}

void StatisticsGatherer::add(MatrixView<const float> features, std::span<const Image> images) {
  start_classes(features, images);
  parallel_for(features.cols(), kColumns, [&](Index first, Index last) {
    add_columns(features, images, first, last);
  });
  if (!sums_.second_moment.empty()) add_second_moment(features, images);
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
                                           std::span<const Image> images) {
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
    add_outer_products(1.0, deviations_.view().row_block(0, count), sums_.second_moment);
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
  gatherer.add(data.visual_features, held_images(data));
  ClassStatistics statistics = gatherer.finish();
  if (group.size() > 1) share(group, statistics);
  return statistics;
}

}  // namespace dem
