#include "learn/linear/seen_classes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "learn/outer_products.h"

namespace dem {
namespace {

void copy_finite(std::span<const double> from, std::span<double> to, Index id) {
  for (std::size_t j = 0; j < from.size(); ++j) {
    if (!std::isfinite(from[j])) {
      throw Error(ErrorKind::kNumerical,
                  concat("closed form: expected finite numbers, got ", from[j], " for class ", id));
    }
    to[j] = from[j];
  }
}

}  // namespace

SeenClasses seen_classes(MatrixView<const double> class_embeddings,
                         const ClassStatistics& statistics) {
  if (class_embeddings.rows() != statistics.num_classes()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("closed form: expected class embeddings of ",
                       statistics.num_classes(),
                       " classes, got ",
                       class_embeddings.rows()));
  }
  std::vector<Index> ids;
  for (Index c = 0; c < statistics.num_classes(); ++c) {
    if (statistics.counts[at(c)] > 0) ids.push_back(c);
  }
  if (ids.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                "closed form: expected images of at least one class, got none");
  }
  const auto size = static_cast<Index>(ids.size());
  SeenClasses seen{{},
                   Matrix<double>(size, class_embeddings.cols()),
                   Matrix<double>(size, statistics.feature_dim())};
  for (Index r = 0; r < size; ++r) {
    const Index id = ids[at(r)];
    seen.counts.push_back(static_cast<double>(statistics.counts[at(id)]));
    copy_finite(class_embeddings.row(id), seen.embeddings.row(r), id);
    copy_finite(statistics.means.row(id), seen.means.row(r), id);
  }
  return seen;
}

std::vector<double> mean_over_images(std::span<const double> counts,
                                     MatrixView<const double> rows) {
  const double images = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::vector<double> mean(at(rows.cols()));
  for (Index c = 0; c < rows.rows(); ++c) {
    for (Index j = 0; j < rows.cols(); ++j) mean[at(j)] += counts[at(c)] / images * rows(c, j);
  }
  return mean;
}

Matrix<double> weighted_rows(std::span<const double> counts,
                             MatrixView<const double> rows,
                             std::span<const double> centre) {
  Matrix<double> weighted(rows.rows(), rows.cols());
  for (Index c = 0; c < rows.rows(); ++c) {
    const double weight = std::sqrt(counts[at(c)]);
    for (Index j = 0; j < rows.cols(); ++j) weighted(c, j) = weight * (rows(c, j) - centre[at(j)]);
  }
  return weighted;
}

Matrix<double> scatter_about(std::span<const double> centre,
                             const SeenClasses& seen,
                             const ClassStatistics& statistics) {
  if (statistics.second_moment.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                "closed form: expected statistics with second moments, got none");
  }
  Matrix<double> scatter = statistics.second_moment.clone();
  add_outer_products(1.0, weighted_rows(seen.counts, seen.means, centre), scatter);
  mirror(scatter);
  return scatter;
}

}  // namespace dem
