#include "pipeline/scored_folds.h"

#include <algorithm>
#include <iterator>

#include "base/at.h"
#include "dem/learn/trainer.h"

namespace dem {
namespace {

// The training images of a dataset by class.
struct TrainingLabels {
  std::vector<ClassId> labels;   // [images], in the order of split.trainval
  std::vector<Index> counts;     // [num_classes]
  std::vector<ClassId> classes;  // with images, ascending
};

TrainingLabels training_labels(const Dataset& dataset) {
  TrainingLabels out{{}, std::vector<Index>(at(dataset.classes.size())), {}};
  for (const Index row : dataset.split.trainval) {
    out.labels.push_back(dataset.labels[at(row)]);
    ++out.counts[at(out.labels.back())];
  }
  for (std::size_t c = 0; c < out.counts.size(); ++c) {
    if (out.counts[c] > 0) out.classes.push_back(static_cast<ClassId>(c));
  }
  return out;
}

// Every image is in one fold and either spared everywhere or nowhere. So one pass over those that
// are not spared gives sums a fold, and those of all folds but one are what a fold learns from.
FoldStatistics gather_unspared(const Dataset& dataset,
                               const PreparedData& prepared,
                               std::span<const Index> rows,
                               std::span<const Index> fold_of_class,
                               Communicator& group) {
  const TrainingSet set{prepared.features(),
                        dataset.labels,
                        rows,
                        {dataset.classes.embeddings[0].view()},
                        &group,
                        prepared.feature_rows()};
  return gather_fold_statistics(set, fold_of_class, true);
}

// The rows of the dataset that are not spared.
std::vector<Index> unspared_rows(const Dataset& dataset, const std::vector<bool>& spared) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < spared.size(); ++i) {
    if (!spared[i]) rows.push_back(dataset.split.trainval[i]);
  }
  return rows;
}

// Those of other folds' classes.
TrainingImages images_without(const Dataset& dataset,
                              const PreparedData& prepared,
                              std::span<const Index> rows,
                              std::span<const Index> fold_of_class,
                              Index fold) {
  std::vector<Index> kept;
  if (dataset.is_sharded()) return {};
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(kept), [&](Index row) {
    return fold_of_class[at(dataset.labels[at(row)])] != fold;
  });
  return images_of(dataset, prepared, kept);
}

// Some training images, each from the rank that holds it.
ScoredFold::Rows collect_rows(const Dataset& dataset,
                              const PreparedData& prepared,
                              std::span<const Index> images,
                              Communicator& group) {
  const auto num_images = static_cast<Index>(images.size());
  ScoredFold::Rows out{Matrix<float>(num_images, prepared.features().cols()), {}};
  for (Index i = 0; i < num_images; ++i) {
    const Index row = dataset.split.trainval[at(images[at(i)])];
    out.labels.push_back(dataset.labels[at(row)]);
    const auto places = prepared.feature_rows();
    const Index held = places.empty() ? row : places[at(row)];
    if (held < 0) continue;
    const auto features = prepared.features().row(held);
    std::copy(features.begin(), features.end(), out.features.row(i).begin());
  }
  group.sum(std::span(out.features.data(), at(out.features.size())));
  return out;
}

}  // namespace

std::vector<ClassId> classes_of_fold(const FoldStatistics& folds, Index fold) {
  std::vector<ClassId> classes;
  for (std::size_t c = 0; c < folds.counts.size(); ++c) {
    if (folds.counts[c] > 0 && folds.fold_of_class[c] == fold) {
      classes.push_back(static_cast<ClassId>(c));
    }
  }
  return classes;
}

TrainingImages images_of(const Dataset& dataset,
                         const PreparedData& prepared,
                         std::span<const Index> rows) {
  TrainingImages out{prepared.features(), {}, {}};
  const auto places = prepared.feature_rows();
  for (const Index row : rows) {
    out.rows.push_back(places.empty() ? row : places[at(row)]);
    out.labels.push_back(dataset.labels[at(row)]);
  }
  return out;
}

Index num_scored_repeats(const Dataset& dataset, Index wanted) {
  const auto classes = static_cast<Index>(training_labels(dataset).classes.size());
  return classes < kLeastScoredClasses ? 0 : std::max<Index>(wanted, 0);
}

std::vector<ScoredFold> scored_folds(const Dataset& dataset,
                                     const PreparedData& prepared,
                                     ScoredRepeat of,
                                     Communicator& group) {
  std::vector<ScoredFold> out;
  if (num_scored_repeats(dataset, 1) == 0) return out;
  const TrainingLabels training = training_labels(dataset);
  const std::vector<Index> fold_of_class =
      deal_classes(of, training.classes, dataset.classes.size());
  const std::vector<bool> spared = spare_images(of, training.labels, training.counts);
  const std::vector<Index> learned = unspared_rows(dataset, spared);
  const FoldStatistics folds = gather_unspared(dataset, prepared, learned, fold_of_class, group);
  const std::vector<ScoredRows> rows =
      choose_scored_rows(of, training.labels, spared, fold_of_class, folds.num_folds());
  for (Index fold = 0; fold < folds.num_folds(); ++fold) {
    out.push_back({folds.without(fold),
                   classes_of_fold(folds, fold),
                   collect_rows(dataset, prepared, rows[at(fold)].unseen, group),
                   collect_rows(dataset, prepared, rows[at(fold)].seen, group),
                   images_without(dataset, prepared, learned, fold_of_class, fold)});
  }
  return out;
}

}  // namespace dem
