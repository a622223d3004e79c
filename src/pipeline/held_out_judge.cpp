#include "pipeline/held_out_judge.h"

#include <map>
#include <utility>
#include <vector>

#include "base/at.h"
#include "dem/eval/scores.h"
#include "learn/curve_images.h"
#include "learn/judging_folds.h"
#include "learn/seen_unseen_curve.h"

namespace dem {
namespace {

// Those of some rows that this rank holds: where they stand in the list, and in visual_features.
struct HeldRows {
  std::vector<std::size_t> places;
  std::vector<Index> rows;
};

HeldRows held_of(const Dataset& dataset, std::span<const Index> list) {
  HeldRows out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Index row = dataset.feature_row(list[i]);
    if (row < 0) continue;
    out.places.push_back(i);
    out.rows.push_back(row);
  }
  return out;
}

// The class of each row of visual_features.
std::vector<ClassId> labels_of_features(const Dataset& dataset) {
  if (!dataset.is_sharded()) return dataset.labels;
  std::vector<ClassId> labels(at(dataset.visual_features.rows()));
  for (Index row = 0; row < dataset.num_rows(); ++row) {
    const Index held = dataset.feature_row(row);
    if (held >= 0) labels[at(held)] = dataset.labels[at(row)];
  }
  return labels;
}

// An image's number from the rank that holds it: added up in the order of the list, whoever that
// is.
double mean_distance(const ScoreSource& scores,
                     std::span<const Index> list,
                     const Dataset& dataset,
                     Communicator& group) {
  const HeldRows held = held_of(dataset, list);
  std::map<ClassId, std::pair<std::vector<Index>, std::vector<std::size_t>>> by_class;
  for (std::size_t i = 0; i < held.rows.size(); ++i) {
    auto& [rows, places] = by_class[dataset.labels[at(list[held.places[i]])]];
    rows.push_back(held.rows[i]);
    places.push_back(held.places[i]);
  }
  std::vector<double> distances(list.size());
  for (const auto& [own, images] : by_class) {
    const Matrix<double> own_scores = scores.scores(images.first, std::span(&own, 1));
    for (std::size_t i = 0; i < images.second.size(); ++i) {
      distances[images.second[i]] = -own_scores(static_cast<Index>(i), 0);
    }
  }
  if (dataset.is_sharded()) group.sum(std::span(distances));
  double sum = 0.0;
  for (const double distance : distances) sum += distance;
  return sum / static_cast<double>(list.size());
}

// Adds images of one kind to those of a curve, with what other ranks know of theirs.
void add_images(const ScoreSource& scores,
                const Phase& phase,
                bool is_unseen,
                const Dataset& dataset,
                Communicator& group,
                std::vector<CurveImage>& images) {
  const std::vector<Index>& list = is_unseen ? phase.watched_rows : phase.spared_rows;
  const HeldRows held = held_of(dataset, list);
  std::vector<CurveImage> mine;
  add_curve_images(scores,
                   held.rows,
                   labels_of_features(dataset),
                   phase.other_classes,
                   phase.candidates,
                   is_unseen,
                   mine);
  std::vector<double> gaps(list.size()), right(list.size());
  for (std::size_t i = 0; i < mine.size(); ++i) {
    gaps[held.places[i]] = double{mine[i].gap};
    right[held.places[i]] = mine[i].is_right ? 1.0 : 0.0;
  }
  if (dataset.is_sharded()) {
    group.sum(std::span(gaps));
    group.sum(std::span(right));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    images.push_back(
        {static_cast<float>(gaps[i]), dataset.labels[at(list[i])], is_unseen, right[i] > 0.5});
  }
}

BestGamma best_harmonic(const ScoreSource& scores,
                        const Phase& phase,
                        const Dataset& dataset,
                        Communicator& group) {
  std::vector<CurveImage> images;
  add_images(scores, phase, true, dataset, group, images);
  add_images(scores, phase, false, dataset, group, images);
  const SeenUnseenCurve curve(images);
  return gamma_by(given_gamma(phase.recipe.gamma), std::span(&curve, 1));
}

}  // namespace

HeldOutEvaluation judge_held_out(const ScoreSource& scores,
                                 const Phase& phase,
                                 const Dataset& dataset,
                                 Communicator& group) {
  HeldOutEvaluation out;
  out.distance = mean_distance(scores, phase.watched_rows, dataset, group);
  out.gamma = phase.recipe.gamma.value;
  BestGamma best{out.gamma, 0.0};
  if (!phase.spared_rows.empty()) best = best_harmonic(scores, phase, dataset, group);
  out.gamma = best.gamma;
  switch (phase.recipe.selection_by) {
    case SelectionBy::kH:
      out.value = best.harmonic;
      break;
    case SelectionBy::kT1:
      out.value =
          candidate_class_accuracy(scores, phase.candidates, dataset, phase.watched_rows, group);
      break;
    case SelectionBy::kAccuracy:
      out.value = candidate_accuracy(scores, phase.candidates, dataset, phase.watched_rows, group);
      break;
  }
  return out;
}

}  // namespace dem
