#include "dem/train/class_statistics.h"

#include <algorithm>
#include <numeric>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// Columns that one thread sums over all images: with fixed pieces the sums do not depend on the
// number of threads, and no piece needs sums of its own.
constexpr Index kColumns = 64;

struct Image {
  Index feature_row;
  ClassId label;
};

// The images that this rank holds.
std::vector<Image> held_images(const TrainingSet& data) {
  std::vector<Image> images;
  images.reserve(data.rows.size());
  for (const Index row : data.rows) {
    const Index held = data.feature_rows.empty() ? row : data.feature_rows[at(row)];
    if (held >= 0) images.push_back({held, data.labels[at(row)]});
  }
  return images;
}

void add_columns(MatrixView<const float> features,
                 const std::vector<Image>& images,
                 Index first,
                 Index last,
                 ClassStatistics& statistics) {
  for (const Image& image : images) {
    const float* x = features.row(image.feature_row).data();
    double* sum = statistics.sums.row(image.label).data();
    for (Index j = first; j < last; ++j) {
      const double value = x[j];
      sum[j] += value;
      statistics.squares[at(j)] += value * value;
    }
  }
}

}  // namespace

Index ClassStatistics::num_images() const {
  return std::accumulate(counts.begin(), counts.end(), Index{0});
}

double ClassStatistics::within() const {
  double total = 0.0;
  for (Index j = 0; j < sums.cols(); ++j) {
    double of_means = 0.0;
    for (Index c = 0; c < sums.rows(); ++c) {
      if (counts[at(c)] == 0) continue;
      of_means += sums(c, j) * sums(c, j) / static_cast<double>(counts[at(c)]);
    }
    total += std::max(0.0, squares[at(j)] - of_means);
  }
  return total;
}

void ClassStatistics::add(const ClassStatistics& other) {
  if (other.sums.rows() != sums.rows() || other.sums.cols() != sums.cols()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("class statistics: expected [",
                       sums.rows(),
                       " classes, ",
                       sums.cols(),
                       " features], got [",
                       other.sums.rows(),
                       ", ",
                       other.sums.cols(),
                       "]"));
  }
  for (std::size_t c = 0; c < counts.size(); ++c) counts[c] += other.counts[c];
  for (Index i = 0; i < sums.size(); ++i) sums.data()[i] += other.sums.data()[i];
  for (std::size_t j = 0; j < squares.size(); ++j) squares[j] += other.squares[j];
}

ClassStatistics gather_statistics(const TrainingSet& data) {
  const MatrixView<const float> features = data.visual_features;
  const Index num_classes = data.class_embeddings[0].rows();
  ClassStatistics statistics;
  statistics.counts.resize(at(num_classes));
  statistics.sums = Matrix<double>(num_classes, features.cols());
  statistics.squares.resize(at(features.cols()));
  const std::vector<Image> images = held_images(data);
  for (const Image& image : images) ++statistics.counts[at(image.label)];
  parallel_for(features.cols(), kColumns, [&](Index first, Index last) {
    add_columns(features, images, first, last, statistics);
  });
  if (data.group != nullptr) {
    data.group->sum(std::span(statistics.counts));
    data.group->sum(std::span(statistics.sums.data(), at(statistics.sums.size())));
    data.group->sum(std::span(statistics.squares));
  }
  return statistics;
}

}  // namespace dem
