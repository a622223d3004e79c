#include "dem/learn/fold_statistics.h"

#include <algorithm>
#include <limits>

#include "base/at.h"
#include "base/hash.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "learn/join_means.h"
#include "learn/outer_products.h"

namespace dem {
namespace {

using Part = FoldStatistics::Part;

[[noreturn]] void refuse_folds(const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, concat("fold statistics: ", what));
}

std::vector<Part> clone_parts(const std::vector<Part>& parts) {
  std::vector<Part> out;
  for (const Part& part : parts) {
    out.push_back({part.scatter, part.lowest, part.highest, part.second_moment.clone()});
  }
  return out;
}

void add_values(const Matrix<double>& values, Matrix<double>& sum) {
  for (Index i = 0; i < sum.size(); ++i) sum.data()[i] += values.data()[i];
}

// `sum` is a Part or ClassStatistics.
template <typename Sum>
void add_part(const Part& part, Sum& sum) {
  for (std::size_t j = 0; j < part.scatter.size(); ++j) {
    sum.scatter[j] += part.scatter[j];
    sum.lowest[j] = std::min(sum.lowest[j], part.lowest[j]);
    sum.highest[j] = std::max(sum.highest[j], part.highest[j]);
  }
  add_values(part.second_moment, sum.second_moment);
}

// The statistics of the folds that `takes` says.
template <typename Takes>
ClassStatistics sum_of(const FoldStatistics& folds, Takes&& takes) {
  Part sum = Part::without_images(folds.feature_dim(), folds.has_second_moments());
  for (Index f = 0; f < folds.num_folds(); ++f) {
    if (takes(f)) add_part(folds.parts[at(f)], sum);
  }
  ClassStatistics out{folds.counts,
                      folds.means.clone(),
                      std::move(sum.scatter),
                      std::move(sum.lowest),
                      std::move(sum.highest),
                      std::move(sum.second_moment)};
  for (Index c = 0; c < folds.num_classes(); ++c) {
    if (takes(folds.fold_of_class[at(c)])) continue;
    out.counts[at(c)] = 0;
    std::fill(out.means.row(c).begin(), out.means.row(c).end(), 0.0);
  }
  return out;
}

void require_fold(const FoldStatistics& folds, Index fold) {
  if (fold >= 0 && fold < folds.num_folds()) return;
  refuse_folds(concat("expected a fold from 0 to ", folds.num_folds() - 1, ", got ", fold));
}

void require_same_folds(const FoldStatistics& a, const FoldStatistics& b) {
  if (a.num_classes() != b.num_classes() || a.feature_dim() != b.feature_dim()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("fold statistics: expected [",
                       a.num_classes(),
                       " classes, ",
                       a.feature_dim(),
                       " features], got [",
                       b.num_classes(),
                       ", ",
                       b.feature_dim(),
                       "]"));
  }
  if (a.num_folds() != b.num_folds()) {
    refuse_folds(concat("expected ", a.num_folds(), " folds, got ", b.num_folds()));
  }
  if (a.fold_of_class != b.fold_of_class) {
    refuse_folds("expected the same fold of every class in both, got another");
  }
  if (a.has_second_moments() != b.has_second_moments()) {
    refuse_folds("expected second moments in both or in none, got them in one");
  }
}

// Joins counts and means of the fold's classes, and adds to its sums what the distances of the
// means add.
void join_fold(Index fold, const FoldStatistics& other, FoldStatistics& folds) {
  const auto is_in = [&](Index c) { return folds.fold_of_class[at(c)] == fold; };
  const auto in_both = [&](Index c) {
    return is_in(c) && folds.counts[at(c)] > 0 && other.counts[at(c)] > 0;
  };
  Part& part = folds.parts[at(fold)];
  Index shared = 0;
  for (Index c = 0; c < folds.num_classes(); ++c) shared += in_both(c) ? 1 : 0;
  Matrix<double> apart(shared + 1, folds.feature_dim());  // the last row: of classes in one set
  Index row = 0;
  for (Index c = 0; c < folds.num_classes(); ++c) {
    if (!is_in(c) || other.counts[at(c)] == 0) continue;
    const Index place = in_both(c) ? row++ : shared;
    join_means({folds.counts[at(c)], other.counts[at(c)], folds.means.row(c), other.means.row(c)},
               part.scatter,
               apart.row(place));
    folds.counts[at(c)] += other.counts[at(c)];
  }
  add_part(other.parts[at(fold)], part);
  if (part.second_moment.empty()) return;
  add_outer_products(1.0, apart.view().row_block(0, shared), part.second_moment);
  mirror(part.second_moment);
}

}  // namespace

Index fold_of(std::string_view class_name, Index num_folds) {
  if (num_folds < 1) refuse_folds(concat("expected at least one fold, got ", num_folds));
  return static_cast<Index>(hash_bytes(class_name.data(), class_name.size()) %
                            static_cast<std::uint64_t>(num_folds));
}

std::vector<Index> folds_of(std::span<const std::string> class_names, Index num_folds) {
  std::vector<Index> folds;
  for (const std::string& name : class_names) folds.push_back(fold_of(name, num_folds));
  return folds;
}

Part FoldStatistics::Part::without_images(Index feature_dim, bool second_moment) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return {std::vector<double>(at(feature_dim)),
          std::vector<float>(at(feature_dim), kInfinity),
          std::vector<float>(at(feature_dim), -kInfinity),
          second_moment ? Matrix<double>(feature_dim, feature_dim) : Matrix<double>()};
}

bool FoldStatistics::has_second_moments() const {
  return !parts.empty() && !parts[0].second_moment.empty();
}

std::vector<Index> FoldStatistics::folds_with_images() const {
  std::vector<bool> has(parts.size());
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) has[at(fold_of_class[c])] = true;
  }
  std::vector<Index> folds;
  for (Index f = 0; f < num_folds(); ++f) {
    if (has[at(f)]) folds.push_back(f);
  }
  return folds;
}

FoldStatistics FoldStatistics::clone() const {
  return {fold_of_class, counts, means.clone(), clone_parts(parts)};
}

ClassStatistics FoldStatistics::all() const {
  return sum_of(*this, [](Index) { return true; });
}

ClassStatistics FoldStatistics::without(Index fold) const {
  require_fold(*this, fold);
  return sum_of(*this, [&](Index f) { return f != fold; });
}

ClassStatistics FoldStatistics::only(Index fold) const {
  require_fold(*this, fold);
  return sum_of(*this, [&](Index f) { return f == fold; });
}

void FoldStatistics::add(const FoldStatistics& other) {
  require_same_folds(*this, other);
  for (Index f = 0; f < num_folds(); ++f) join_fold(f, other, *this);
}

FoldStatistics FoldStatistics::moved(std::span<const Index> places,
                                     std::span<const Index> new_fold_of_class) const {
  FoldStatistics out{{new_fold_of_class.begin(), new_fold_of_class.end()},
                     std::vector<Index>(new_fold_of_class.size()),
                     Matrix<double>(static_cast<Index>(new_fold_of_class.size()), feature_dim()),
                     clone_parts(parts)};
  for (std::size_t c = 0; c < places.size(); ++c) {
    if (places[c] < 0) continue;
    const Index fold = out.fold_of_class[at(places[c])];
    if (counts[c] > 0 && fold != fold_of_class[c]) {
      refuse_folds(
          concat("expected class ", c, " to stay in fold ", fold_of_class[c], ", got fold ", fold));
    }
    out.counts[at(places[c])] = counts[c];
    const auto row = means.row(static_cast<Index>(c));
    std::copy(row.begin(), row.end(), out.means.row(places[c]).begin());
  }
  return out;
}

}  // namespace dem
