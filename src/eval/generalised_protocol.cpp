#include "eval/generalised_protocol.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "eval/bootstrap.h"
#include "eval/curve_bootstrap.h"
#include "eval/rank_vectors.h"

namespace dem {
namespace {

// Of all resamplings together, for the interval of AUSUC.
constexpr Index kMostDrawnImages = 500'000'000;

SeenUnseenScores scores_of(const ClassCounts& unseen, const ClassCounts& seen) {
  const double u = unseen.class_accuracy(), s = seen.class_accuracy();
  return {u, s, harmonic_mean(u, s)};
}

CurvePoint curve_point(const GammaCurve::Point& point) {
  return {point.gamma, point.unseen, point.seen, harmonic_mean(point.unseen, point.seen)};
}

std::vector<ClassId> ascending(std::vector<ClassId> classes) {
  std::sort(classes.begin(), classes.end());
  return classes;
}

// The best candidates of one kind for one image, best first.
struct Nearest {
  const std::vector<ClassId>& candidates;
  std::span<const std::int32_t> places;
  std::span<const double> scores;
  double softmax_sum;

  Nearest(const std::vector<ClassId>& all, const BestScores& found, Index i)
      : candidates(all),
        places(found.places.row(i)),
        scores(found.scores.row(i)),
        softmax_sum(found.softmax_sums.empty() ? 0.0 : found.softmax_sums[at(i)]) {}

  [[nodiscard]] ClassId label(std::size_t k) const { return candidates[at(places[k])]; }
};

}  // namespace

struct GeneralisedProtocol::Best {
  Nearest seen, unseen;

  // Whether seen class a comes before unseen class b, of these lists.
  [[nodiscard]] bool seen_before(std::size_t a, std::size_t b, double gamma) const {
    return seen_wins(
        score_gap(seen.scores[a], unseen.scores[b]), gamma, seen.label(a) < unseen.label(b));
  }
};

GeneralisedProtocol::Kind::Kind(Index num_classes, std::size_t num_hits)
    : classes(num_classes), uncalibrated(num_classes), hits(num_hits, ClassCounts(num_classes)) {}

GeneralisedProtocol::GeneralisedProtocol(const Dataset& dataset,
                                         const EvaluationOptions& options,
                                         double gamma,
                                         double temperature)
    : options_(options),
      gamma_(gamma),
      temperature_(temperature),
      seen_classes_(ascending(dataset.seen_classes)),
      unseen_classes_(ascending(dataset.unseen_classes)),
      seen_(dataset.classes.size(), options.hits.size()),
      unseen_(dataset.classes.size(), options.hits.size()) {}

Index GeneralisedProtocol::num_nearest_seen() const {
  Index most = 1;
  for (const Index k : options_.hits) most = std::max(most, k);
  return std::min(most, static_cast<Index>(seen_classes_.size()));
}

Index GeneralisedProtocol::num_nearest_unseen() const {
  Index most = 1;
  for (const Index k : options_.hits) most = std::max(most, k);
  return std::min(most, static_cast<Index>(unseen_classes_.size()));
}

void GeneralisedProtocol::add(std::span<const ClassId> labels,
                              bool are_unseen,
                              const BestScores& seen,
                              const BestScores& unseen) {
  Kind& kind = are_unseen ? unseen_ : seen_;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = static_cast<Index>(i);
    add_image(labels[i],
              kind,
              are_unseen,
              {Nearest(seen_classes_, seen, row), Nearest(unseen_classes_, unseen, row)});
  }
}

void GeneralisedProtocol::add_image(ClassId label, Kind& kind, bool is_unseen, const Best& best) {
  const ClassId seen = best.seen.label(0), unseen = best.unseen.label(0);
  const ImageGap image{.gap = score_gap(best.seen.scores[0], best.unseen.scores[0]),
                       .label = label,
                       .is_unseen = is_unseen,
                       .is_right = label == (is_unseen ? unseen : seen),
                       .seen_is_lower = seen < unseen};
  gaps_.push_back(image);
  const bool to_seen = seen_wins(image.gap, gamma_, image.seen_is_lower);
  const bool is_right = is_recognised(image, gamma_);
  kind.classes.add(label, is_right);
  kind.uncalibrated.add(label, is_recognised(image, 0.0));
  kind.to_the_other += to_seen == is_unseen ? 1 : 0;
  const Index rank = rank_of(label, is_unseen, best);
  for (std::size_t h = 0; h < kind.hits.size(); ++h) {
    kind.hits[h].add(label, rank < options_.hits[h]);
  }
  if (temperature_ > 0.0) reliability_.add(probability(best, to_seen), is_right);
  if (options_.confusion) confusion_.add(label, to_seen ? seen : unseen);
}

// How many classes come before the label among all, as far as the lists tell: they hold as many
// classes of either kind as the largest k of hit@k, or all.
Index GeneralisedProtocol::rank_of(ClassId label, bool is_unseen, const Best& best) const {
  const Nearest& own = is_unseen ? best.unseen : best.seen;
  const Nearest& others = is_unseen ? best.seen : best.unseen;
  std::size_t place = 0;
  while (place < own.places.size() && own.label(place) != label) ++place;
  std::size_t before = 0;
  if (place < own.places.size()) {
    const auto is_before = [&](std::size_t other) {
      return is_unseen ? best.seen_before(other, place, gamma_)
                       : !best.seen_before(place, other, gamma_);
    };
    while (before < others.places.size() && is_before(before)) ++before;
  }
  return static_cast<Index>(place + before);
}

// Of the class that the image goes to, among all.
double GeneralisedProtocol::probability(const Best& best, bool to_seen) const {
  const double ahead = score_gap(best.seen.scores[0], best.unseen.scores[0]) - gamma_;
  const double ratio = std::exp(-std::abs(ahead) / temperature_);  // of the kinds' best classes
  const double seen = best.seen.softmax_sum, unseen = best.unseen.softmax_sum;
  return 1.0 / (to_seen ? seen + ratio * unseen : unseen + ratio * seen);
}

void GeneralisedProtocol::finish(Communicator& ranks, EvaluationResult& result) {
  for (Kind* kind : {&seen_, &unseen_}) {
    kind->classes.sum(ranks);
    kind->uncalibrated.sum(ranks);
    for (ClassCounts& counts : kind->hits) counts.sum(ranks);
    ranks.sum(std::span(&kind->to_the_other, 1));
  }
  reliability_.sum(ranks);
  const SeenUnseenScores scores = scores_of(unseen_.classes, seen_.classes);
  result.unseen = scores.unseen;
  result.seen = scores.seen;
  result.harmonic = scores.harmonic;
  result.unseen_to_seen = unseen_.to_the_other;
  result.seen_to_unseen = seen_.to_the_other;
  if (gamma_ != 0.0) result.uncalibrated = scores_of(unseen_.uncalibrated, seen_.uncalibrated);
  const auto num_classes = static_cast<Index>(seen_classes_.size() + unseen_classes_.size());
  for (std::size_t h = 0; h < options_.hits.size(); ++h) {
    if (options_.hits[h] == 1 || options_.hits[h] >= num_classes) continue;
    result.generalised_hit_at[options_.hits[h]] = scores_of(unseen_.hits[h], seen_.hits[h]);
  }
  finish_intervals(result);
  result.generalised_calibration_error = reliability_.error();
  if (options_.confusion) result.confusion.generalised = confusion_.cells(ranks);
  finish_classes(result);
  finish_curve(ranks, result);
}

void GeneralisedProtocol::finish_intervals(EvaluationResult& result) const {
  IntervalWriter intervals(options_.bootstrap, result.intervals);
  intervals.add_both("", unseen_.classes, seen_.classes, ScoreStream::kUnseen, ScoreStream::kSeen);
  for (std::size_t h = 0; h < options_.hits.size(); ++h) {
    const Index k = options_.hits[h];
    if (result.generalised_hit_at.count(k) == 0) continue;
    intervals.add_both(
        concat("@", k), unseen_.hits[h], seen_.hits[h], hit_stream(k, 1), hit_stream(k, 2));
  }
}

// The unseen classes are there already, from the other protocol.
void GeneralisedProtocol::finish_classes(EvaluationResult& result) const {
  for (ClassScore& score : result.per_class) {
    score.generalised = unseen_.classes.accuracy(score.class_id);
  }
  for (Index c = 0; c < seen_.classes.num_classes(); ++c) {
    if (seen_.classes.images(c) == 0) continue;
    result.per_class.push_back({static_cast<ClassId>(c),
                                seen_.classes.images(c),
                                std::nullopt,
                                seen_.classes.accuracy(c)});
  }
}

// Made on rank 0 of the gaps of all ranks.
void GeneralisedProtocol::finish_curve(Communicator& ranks, EvaluationResult& result) {
  const GammaCurve curve(gathered(ranks, std::move(gaps_)));
  std::vector<double> area{curve.area()};
  share(ranks, area);
  result.ausuc = area[0];
  finish_area_intervals(curve, ranks, result);
  if (!options_.oracle && !options_.curve) return;
  std::vector<CurvePoint> points;
  for (const GammaCurve::Point& point : curve.points()) points.push_back(curve_point(point));
  if (options_.oracle) {
    std::vector<CurvePoint> best{{gamma_, *result.unseen, *result.seen, *result.harmonic}};
    for (const CurvePoint& point : points) {
      if (point.harmonic > best[0].harmonic) best[0] = point;
    }
    share(ranks, best);
    result.oracle = best[0];
  }
  if (!options_.curve) return;
  share(ranks, points);
  result.curve = std::move(points);
}

// On rank 0, which has the images.
void GeneralisedProtocol::finish_area_intervals(const GammaCurve& curve,
                                                Communicator& ranks,
                                                EvaluationResult& result) const {
  const Index replicates = options_.bootstrap;
  if (replicates == 0) return;
  const Index images = result.num_test_unseen + result.num_test_seen;
  if (images > kMostDrawnImages / replicates) return;
  for (const Resampled what : kResampled) {
    ScoreDraws draws;
    if (ranks.is_root()) draws = resample_area(curve, what, replicates);
    std::vector<Interval> interval;
    if (!draws.empty()) interval.push_back(middle_interval(std::move(draws)));
    share(ranks, interval);
    if (interval.empty()) continue;
    ScoreIntervals& all = result.intervals;
    (what == Resampled::kRows ? all.over_rows : all.over_classes_and_rows)["AUSUC"] = interval[0];
  }
}

}  // namespace dem
