#include "dem/learn/row_sample.h"

#include <algorithm>
#include <utility>

#include "base/at.h"
#include "base/hash.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

constexpr std::uint64_t kSampleNameSeed = 1;  // folds go by seed 0

Index room_for(Index max_rows, Index most_rows) {
  if (max_rows >= 0 && most_rows >= 0) return std::min(max_rows, most_rows);
  throw Error(ErrorKind::kInvalidArgument,
              concat("row sample: expected at least 0 rows, got ", std::min(max_rows, most_rows)));
}

// Puts row from[i] where row i is, in place.
void permute_rows(std::vector<Index> from, Matrix<float>& rows) {
  std::vector<float> kept(at(rows.cols()));
  const auto copy = [](std::span<const float> source, std::span<float> to) {
    std::copy(source.begin(), source.end(), to.begin());
  };
  for (Index start = 0; start < static_cast<Index>(from.size()); ++start) {
    if (from[at(start)] == start) continue;
    copy(rows.row(start), kept);
    Index row = start;
    while (from[at(row)] != start) {  // once around the cycle
      const Index source = from[at(row)];
      copy(rows.row(source), rows.row(row));
      from[at(row)] = row;
      row = source;
    }
    copy(kept, rows.row(row));
    from[at(row)] = row;
  }
}

}  // namespace

std::vector<Index> RowSample::rows_of_fold(std::span<const Index> fold_of_class, Index fold) const {
  std::vector<Index> rows;
  for (Index i = 0; i < size(); ++i) {
    if (fold_of_class[at(labels[at(i)])] == fold) rows.push_back(i);
  }
  return rows;
}

RowSample RowSample::clone() const {
  return {max_rows, features.clone(), labels};
}

std::uint64_t sample_seed(const std::string& class_name) noexcept {
  return hash_bytes(class_name.data(), class_name.size(), kSampleNameSeed);
}

std::uint64_t sample_hash(std::span<const float> row, std::uint64_t seed) noexcept {
  return hash_bytes(row.data(), row.size_bytes(), seed);
}

RowSampler::RowSampler(std::span<const std::string> class_names,
                       Index feature_dim,
                       Index max_rows,
                       Index most_rows)
    : max_rows_(max_rows),
      features_(Matrix<float>::uninitialised(room_for(max_rows, most_rows), feature_dim)) {
  for (const std::string& name : class_names) seeds_.push_back(sample_seed(name));
}

void RowSampler::add(MatrixView<const float> features, std::span<const ClassId> labels) {
  if (features_.rows() == 0) return;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    const auto row = features.row(static_cast<Index>(i));
    take(row, labels[i], sample_hash(row, seeds_[at(labels[i])]));
  }
}

void RowSampler::take(std::span<const float> row, ClassId label, std::uint64_t hash) {
  auto place = static_cast<Index>(rows_.size());
  const bool is_full = place == features_.rows();
  if ((is_full && hash >= rows_.rbegin()->first) || rows_.contains(hash)) return;
  if (is_full) {
    place = rows_.rbegin()->second;
    rows_.erase(std::prev(rows_.end()));
    labels_[at(place)] = label;
  } else {
    labels_.push_back(label);
  }
  rows_.emplace(hash, place);
  std::copy(row.begin(), row.end(), features_.row(place).begin());
}

RowSample RowSampler::finish() && {
  RowSample out;
  out.max_rows = max_rows_;
  std::vector<Index> order;
  for (const auto& [hash, row] : rows_) {
    order.push_back(row);
    out.labels.push_back(labels_[at(row)]);
  }
  permute_rows(std::move(order), features_);
  out.features = std::move(features_);
  if (out.features.rows() == out.size()) return out;
  Matrix<float> fewer = Matrix<float>::uninitialised(out.size(), out.features.cols());
  std::copy_n(out.features.data(), fewer.size(), fewer.data());
  out.features = std::move(fewer);
  return out;
}

}  // namespace dem
