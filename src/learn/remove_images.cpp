// How images are taken out of statistics that do not keep them.
//
// Of a class with n images about mean m and sum of outer products S, r images leave. Their
// deviations d = x - m have the sum s. The deviations of all n from m add up to 0, so those of the
// n' = n - r that stay add up to -s: their mean is m' = m - s / n'. About m they have the sum of
// outer products S - sum d d', and about their own mean n' (m' - m)(m' - m)' = s s' / n' less:
//   S' = S - sum d d' - s s' / n'.
#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/fold_statistics.h"
#include "learn/outer_products.h"

namespace dem {
namespace {

[[noreturn]] void refuse_removal(const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, concat("fold statistics: ", what));
}

// How many images of each class leave. [num_classes]
std::vector<Index> count_leaving(const FoldStatistics& folds,
                                 MatrixView<const float> features,
                                 std::span<const ClassId> labels) {
  if (features.cols() != folds.feature_dim() ||
      features.rows() != static_cast<Index>(labels.size())) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("fold statistics: expected features [",
                       labels.size(),
                       ", ",
                       folds.feature_dim(),
                       "], got [",
                       features.rows(),
                       ", ",
                       features.cols(),
                       "]"));
  }
  std::vector<Index> leaving(at(folds.num_classes()));
  for (const ClassId c : labels) {
    if (c < 0 || c >= folds.num_classes()) {
      refuse_removal(concat("expected labels from 0 to ", folds.num_classes() - 1, ", got ", c));
    }
    if (++leaving[at(c)] <= folds.counts[at(c)]) continue;
    refuse_removal(concat(
        "expected at most ", folds.counts[at(c)], " images to remove of class ", c, ", got more"));
  }
  return leaving;
}

// What leaves a fold.
struct Leavers {
  std::vector<Index> images;     // numbers of their rows
  std::vector<ClassId> classes;  // theirs, ascending
};

Leavers leavers_of(Index fold,
                   const FoldStatistics& folds,
                   std::span<const ClassId> labels,
                   std::span<const Index> leaving) {
  Leavers out;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (folds.fold_of_class[at(labels[i])] == fold) out.images.push_back(static_cast<Index>(i));
  }
  for (std::size_t c = 0; c < leaving.size(); ++c) {
    if (leaving[c] > 0 && folds.fold_of_class[c] == fold) {
      out.classes.push_back(static_cast<ClassId>(c));
    }
  }
  return out;
}

// A row d an image, then a row s a class.
Matrix<double> deviations_of(const Leavers& leavers,
                             const FoldStatistics& folds,
                             MatrixView<const float> features,
                             std::span<const ClassId> labels) {
  const auto num_images = static_cast<Index>(leavers.images.size());
  std::vector<Index> row_of_sum(at(folds.num_classes()));
  for (std::size_t k = 0; k < leavers.classes.size(); ++k) {
    row_of_sum[at(leavers.classes[k])] = num_images + static_cast<Index>(k);
  }
  Matrix<double> rows(num_images + static_cast<Index>(leavers.classes.size()), features.cols());
  for (Index i = 0; i < num_images; ++i) {
    const Index image = leavers.images[at(i)];
    const ClassId c = labels[at(image)];
    for (Index j = 0; j < rows.cols(); ++j) {
      rows(i, j) = double{features(image, j)} - folds.means(c, j);
      rows(row_of_sum[at(c)], j) += rows(i, j);
    }
  }
  return rows;
}

// Sets a class's mean to that of the `stay` images that stay, and s to s / sqrt(stay), whose outer
// product is what the shift of the mean takes off.
void move_mean(Index stay, std::span<double> mean, std::span<double> sum) {
  const auto images = static_cast<double>(stay);
  for (std::size_t j = 0; j < mean.size(); ++j) {
    mean[j] = stay > 0 ? mean[j] - sum[j] / images : 0.0;
    sum[j] = stay > 0 ? sum[j] / std::sqrt(images) : 0.0;
  }
}

// Takes the outer products of the rows off.
void take_off(const Matrix<double>& rows, FoldStatistics::Part& part) {
  for (Index i = 0; i < rows.rows(); ++i) {
    for (Index j = 0; j < rows.cols(); ++j) part.scatter[at(j)] -= rows(i, j) * rows(i, j);
  }
  for (double& value : part.scatter) value = std::max(value, 0.0);
  if (part.second_moment.empty()) return;
  add_outer_products(-1.0, rows, part.second_moment);
  mirror(part.second_moment);
}

}  // namespace

void FoldStatistics::remove(MatrixView<const float> features, std::span<const ClassId> labels) {
  const std::vector<Index> leaving = count_leaving(*this, features, labels);
  for (Index f = 0; f < num_folds(); ++f) {
    const Leavers leavers = leavers_of(f, *this, labels, leaving);
    if (leavers.images.empty()) continue;
    Matrix<double> rows = deviations_of(leavers, *this, features, labels);
    auto sum = static_cast<Index>(leavers.images.size());
    for (const ClassId c : leavers.classes) {
      move_mean(counts[at(c)] - leaving[at(c)], means.row(c), rows.row(sum++));
    }
    take_off(rows, parts[at(f)]);
  }
  for (std::size_t c = 0; c < counts.size(); ++c) counts[c] -= leaving[c];
}

}  // namespace dem
