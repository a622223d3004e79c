#include "eval/zero_shot_protocol.h"

#include <algorithm>

#include "base/at.h"
#include "base/text.h"
#include "eval/bootstrap.h"

namespace dem {

ZeroShotProtocol::ZeroShotProtocol(const Dataset& dataset, const EvaluationOptions& options)
    : dataset_(dataset),
      options_(options),
      classes_(dataset.classes.size()),
      hits_(options.hits.size(), ClassCounts(dataset.classes.size())),
      hubs_(dataset.unseen_classes) {
  Index most = hubs_.num_nearest();
  for (const Index k : options.hits) most = std::max(most, k);
  num_nearest_ = std::min(most, static_cast<Index>(dataset.unseen_classes.size()));
}

void ZeroShotProtocol::add(std::span<const ClassId> labels, const BestScores& found) {
  hubs_.add(found.places);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto places = found.places.row(static_cast<Index>(i));
    const auto own = std::find_if(places.begin(), places.end(), [&](std::int32_t place) {
      return dataset_.unseen_classes[at(place)] == labels[i];
    });
    const Index rank = own - places.begin();  // k where it is not among the k best
    const bool is_right = rank == 0;
    classes_.add(labels[i], is_right);
    for (std::size_t h = 0; h < hits_.size(); ++h) hits_[h].add(labels[i], rank < options_.hits[h]);
    if (!found.softmax_sums.empty()) reliability_.add(1.0 / found.softmax_sums[i], is_right);
    if (options_.confusion) confusion_.add(labels[i], dataset_.unseen_classes[at(places[0])]);
  }
}

void ZeroShotProtocol::finish(Communicator& ranks, EvaluationResult& result) {
  classes_.sum(ranks);
  for (ClassCounts& counts : hits_) counts.sum(ranks);
  reliability_.sum(ranks);
  result.accuracy = classes_.sample_accuracy();
  result.t1 = classes_.class_accuracy();
  for (std::size_t h = 0; h < hits_.size(); ++h) {
    if (options_.hits[h] >= result.num_unseen_classes) continue;
    result.hit_at[options_.hits[h]] = hits_[h].sample_accuracy();
  }
  finish_intervals(result);
  result.calibration_error = reliability_.error();
  result.hubness[result.metric] = hubs_.total(ranks);
  if (options_.confusion) result.confusion.zero_shot = confusion_.cells(ranks);
  for (Index c = 0; c < classes_.num_classes(); ++c) {
    if (classes_.images(c) == 0) continue;
    result.per_class.push_back(
        {static_cast<ClassId>(c), classes_.images(c), classes_.accuracy(c), std::nullopt});
  }
}

void ZeroShotProtocol::finish_intervals(EvaluationResult& result) const {
  IntervalWriter intervals(options_.bootstrap, result.intervals);
  intervals.add("accuracy", classes_, Averaged::kImages, ScoreStream::kAccuracy);
  intervals.add("T1", classes_, Averaged::kClasses, ScoreStream::kT1);
  for (std::size_t h = 0; h < hits_.size(); ++h) {
    const Index k = options_.hits[h];
    if (result.hit_at.count(k) == 0) continue;
    intervals.add(concat("hit@", k), hits_[h], Averaged::kImages, hit_stream(k, 0));
  }
}

}  // namespace dem
