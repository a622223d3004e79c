#include "pipeline/scored_rows.h"

#include <algorithm>

#include "base/at.h"
#include "base/rng.h"

namespace dem {
namespace {

constexpr double kSparedShare = 0.2;

Rng stream_of(ScoredRepeat of, Purpose purpose) {
  return Rng(of.seed, purpose, static_cast<std::uint64_t>(of.repeat));
}

void cut_rows(Rng& rng, std::vector<Index>& rows) {
  if (static_cast<Index>(rows.size()) <= kMostScoredRows) return;
  shuffle(std::span<Index>(rows), rng);
  rows.resize(at(kMostScoredRows));
  std::sort(rows.begin(), rows.end());
}

}  // namespace

std::vector<Index> deal_classes(ScoredRepeat of, std::vector<ClassId> classes, Index num_classes) {
  Rng rng = stream_of(of, Purpose::kScoredFolds);
  shuffle(std::span<ClassId>(classes), rng);
  std::vector<Index> fold_of_class(at(num_classes), 0);
  const auto num_folds = std::min(kMostScoredFolds, static_cast<Index>(classes.size()));
  for (std::size_t i = 0; i < classes.size(); ++i) {
    fold_of_class[at(classes[i])] = static_cast<Index>(i) % num_folds;
  }
  return fold_of_class;
}

std::vector<bool> spare_images(ScoredRepeat of,
                               std::span<const ClassId> labels,
                               std::span<const Index> counts) {
  Rng rng = stream_of(of, Purpose::kSparedImages);
  std::vector<bool> spared;
  std::vector<Index> left(counts.begin(), counts.end());
  for (const ClassId c : labels) {
    spared.push_back(rng.uniform() < kSparedShare);
    if (spared.back()) --left[at(c)];
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (left[at(labels[i])] == 0) spared[i] = false;
  }
  return spared;
}

std::vector<ScoredRows> choose_scored_rows(ScoredRepeat of,
                                           std::span<const ClassId> labels,
                                           const std::vector<bool>& spared,
                                           std::span<const Index> fold_of_class,
                                           Index num_folds) {
  std::vector<ScoredRows> folds(at(num_folds));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Index own = fold_of_class[at(labels[i])];
    const auto image = static_cast<Index>(i);
    folds[at(own)].unseen.push_back(image);
    if (!spared[i]) continue;
    for (Index fold = 0; fold < num_folds; ++fold) {
      if (fold != own) folds[at(fold)].seen.push_back(image);
    }
  }
  Rng rng = stream_of(of, Purpose::kScoredRows);
  for (ScoredRows& rows : folds) {
    cut_rows(rng, rows.unseen);
    cut_rows(rng, rows.seen);
  }
  return folds;
}

}  // namespace dem
