#include "doctor/feature_scan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/at.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "dem/doctor/diagnosis.h"
#include "dem/io/missing_features.h"
#include "linalg/blas.h"

namespace dem {
namespace {

constexpr std::uint64_t kSeed = 1;  // findings are the same in every run

Matrix<float> random_directions(Index dim) {
  Matrix<float> directions(dim, FeatureFacts::kProjections);
  Rng rng(kSeed, Purpose::kDiagnosis);
  const double scale = 1.0 / std::sqrt(static_cast<double>(FeatureFacts::kProjections));
  for (Index i = 0; i < directions.size(); ++i) {
    directions.data()[i] = static_cast<float>(scale * rng.normal());
  }
  return directions;
}

float largest_magnitude(std::span<const float> row) {
  float largest = 0.0F;
  for (const float x : row) largest = std::max(largest, std::fabs(x));
  return largest;
}

// Uniform in [0.5, 1.5), the same for a row in every run.
double weight_of(Index row) {
  constexpr double kUnit = 0x1p-53;
  const std::uint64_t bits = hash_bytes(&row, sizeof(row), kSeed);
  return 0.5 + static_cast<double>(bits >> 11U) * kUnit;
}

// Classes without memory for their sums have none.
bool holds_sums(Index num_classes, Index dim) {
  constexpr Index kMostSums = Index{1} << 27;
  return num_classes <= kMostSums / std::max<Index>(dim, 1);
}

// [num_rows]: those of rows beyond are not known.
std::vector<ClassId> labels_of_rows(std::span<const ClassId> labels, Index num_rows) {
  std::vector<ClassId> of_rows(labels.begin(), labels.end());
  of_rows.resize(at(num_rows), -1);
  return of_rows;
}

}  // namespace

void FoundRows::add(Index row) {
  if (first.size() < Finding::kMostShown) first.push_back(row);
  ++count;
}

FeatureScan::FeatureScan(Index num_rows,
                         Index dim,
                         std::span<const ClassId> labels,
                         std::vector<bool> trained,
                         Index num_classes)
    : classes_(at(num_rows), -1),
      directions_(random_directions(dim)),
      sums_(at(dim)),
      squares_(at(dim)),
      label_columns_(
          labels_of_rows(labels, num_rows), num_classes, holds_sums(num_classes, dim) ? dim : 0) {
  facts_.num_rows = num_rows;
  facts_.dim = dim;
  facts_.lowest.resize(at(dim));
  facts_.highest.resize(at(dim));
  facts_.weighted_sum.resize(at(dim));
  facts_.hashes.resize(at(num_rows));
  facts_.projected = Matrix<float>::uninitialised(num_rows, FeatureFacts::kProjections);
  facts_.class_counts.resize(at(num_classes));
  if (!holds_sums(num_classes, dim)) return;
  facts_.class_sums = Matrix<float>(num_classes, dim);
  const std::size_t known = std::min({labels.size(), trained.size(), classes_.size()});
  for (std::size_t row = 0; row < known; ++row) {
    if (!trained[row] || labels[row] < 0) continue;
    classes_[row] = labels[row];
    ++facts_.class_counts[at(labels[row])];
  }
}

void FeatureScan::add_rows(MatrixView<const float> rows) {
  constexpr Index kGrain = 64;
  std::vector<float> largest(at(rows.rows()));
  parallel_for(rows.rows(), kGrain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const std::span<const float> row = rows.row(i);
      largest[at(i)] = largest_magnitude(row);
      facts_.hashes[at(next_ + i)] = hash_bytes(row.data(), row.size_bytes());
    }
  });
  for (Index i = 0; i < rows.rows(); ++i) {
    if (largest[at(i)] == 0.0F) facts_.zero.add(next_ + i);
    if (largest[at(i)] > kHighestFloat16) facts_.overflowing.add(next_ + i);
  }
}

// Of columns begin .. end - 1.
void FeatureScan::add_columns(MatrixView<const float> rows, Index begin, Index end) {
  float* const lowest = facts_.lowest.data();
  float* const highest = facts_.highest.data();
  double* const weighted = facts_.weighted_sum.data();
  for (Index i = 0; i < rows.rows(); ++i) {
    const float* const x = rows.row(i).data();
    const double weight = weight_of(next_ + i);
    for (Index j = begin; j < end; ++j) {
      lowest[j] = std::min(lowest[j], x[j]);
      highest[j] = std::max(highest[j], x[j]);
      const double beyond = double{x[j]} - double{shift_[at(j)]};
      sums_[at(j)] += beyond;
      squares_[at(j)] += beyond * beyond;
      weighted[j] += weight * double{x[j]};
    }
    const ClassId label = classes_[at(next_ + i)];
    if (label < 0) continue;
    float* const sums = facts_.class_sums.row(label).data();
    for (Index j = begin; j < end; ++j) sums[j] += x[j];
  }
}

// Keeps the columns whose numbers go up by one from row to row.
void FeatureScan::look_for_counting(MatrixView<const float> rows) {
  std::erase_if(facts_.counting, [&](Index j) {
    for (Index i = 0; i < rows.rows(); ++i) {
      if (rows(i, j) != shift_[at(j)] + static_cast<float>(next_ + i)) return true;
    }
    return false;
  });
}

void FeatureScan::add(MatrixView<const float> rows) {
  constexpr Index kGrain = 128;
  if (next_ == 0) {
    const std::span<const float> first = rows.row(0);
    shift_.assign(first.begin(), first.end());
    facts_.lowest = shift_;
    facts_.highest = shift_;
    for (Index j = 0; j < facts_.dim; ++j) {
      if (shift_[at(j)] == 0.0F || shift_[at(j)] == 1.0F) facts_.counting.push_back(j);
    }
  }
  add_rows(rows);
  parallel_for(facts_.dim, kGrain, [&](Index begin, Index end) { add_columns(rows, begin, end); });
  look_for_counting(rows);
  label_columns_.add(rows);
  gemm(Transpose::kNo,
       Transpose::kNo,
       1.0F,
       rows,
       directions_,
       0.0F,
       facts_.projected.view().row_block(next_, rows.rows()));
  next_ += rows.rows();
}

void FeatureScan::add_any(MatrixView<float> rows) {
  for (Index i = 0; i < rows.rows(); ++i) {
    ZeroedFeatures zeroed;
    zero_missing(rows.row_block(i, 1), zeroed);
    if (zeroed.values == 0) continue;
    facts_.not_finite.add(next_ + i);
    facts_.not_finite_values += zeroed.values;
  }
  add(rows);
}

FeatureFacts FeatureScan::finish() {
  facts_.complete = next_ == facts_.num_rows && next_ > 0;
  facts_.label_columns = label_columns_.found();
  const auto n = static_cast<double>(std::max<Index>(next_, 1));
  for (std::size_t j = 0; j < sums_.size(); ++j) {
    const double mean = sums_[j] / n;
    facts_.deviation.push_back(std::sqrt(std::max(0.0, squares_[j] / n - mean * mean)));
  }
  return std::move(facts_);
}

}  // namespace dem
