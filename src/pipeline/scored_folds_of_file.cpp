#include <algorithm>

#include "base/at.h"
#include "pipeline/scored_folds.h"

namespace dem {
namespace {

ScoredFold::Rows rows_of_sample(const RowSample& sample, std::span<const Index> images) {
  const auto num_images = static_cast<Index>(images.size());
  ScoredFold::Rows out{Matrix<float>(num_images, sample.features.cols()), {}};
  for (Index i = 0; i < num_images; ++i) {
    out.labels.push_back(sample.labels[at(images[at(i)])]);
    const auto features = sample.features.row(images[at(i)]);
    std::copy(features.begin(), features.end(), out.features.row(i).begin());
  }
  return out;
}

void remove_spared(const RowSample& sample,
                   const std::vector<bool>& spared,
                   FoldStatistics& folds) {
  std::vector<Index> images;
  for (Index i = 0; i < sample.size(); ++i) {
    if (spared[at(i)]) images.push_back(i);
  }
  const ScoredFold::Rows rows = rows_of_sample(sample, images);
  folds.remove(rows.features, rows.labels);
}

}  // namespace

Index num_scored_repeats(const SavedStatistics& saved, Index wanted) {
  if (wanted < 1 || !saved.folds || saved.sample.size() == 0) return 0;
  const std::vector<Index>& counts = saved.folds->counts;
  const auto classes = std::count_if(counts.begin(), counts.end(), [](Index n) { return n > 0; });
  const bool enough =
      classes >= kLeastScoredClasses && saved.folds->folds_with_images().size() >= 2;
  return enough ? 1 : 0;
}

std::vector<ScoredFold> scored_folds(const SavedStatistics& saved,
                                     const Dataset& dataset,
                                     ScoredRepeat of) {
  std::vector<ScoredFold> out;
  if (of.repeat != 0 || num_scored_repeats(saved, 1) == 0) return out;
  FoldStatistics folds = fold_statistics_of(saved, dataset);
  const RowSample sample = sample_of(saved, dataset);
  const std::vector<bool> spared = spare_images(of, sample.labels, folds.counts);
  remove_spared(sample, spared, folds);
  const std::vector<ScoredRows> rows =
      choose_scored_rows(of, sample.labels, spared, folds.fold_of_class, folds.num_folds());
  for (Index fold = 0; fold < folds.num_folds(); ++fold) {
    if (rows[at(fold)].unseen.empty()) continue;
    out.push_back({folds.without(fold),
                   classes_of_fold(folds, fold),
                   rows_of_sample(sample, rows[at(fold)].unseen),
                   rows_of_sample(sample, rows[at(fold)].seen)});
  }
  return out;
}

}  // namespace dem
