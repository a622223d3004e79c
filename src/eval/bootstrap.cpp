#include "eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/at.h"
#include "base/parallel.h"
#include "base/rng.h"

namespace dem {
namespace {

constexpr Index kReplicatesAPiece = 16;

// Numbers of right ones among n drawn from n of which some are right: Binomial(n, right / n), as a
// table of cumulative probabilities. What is more than 12 standard deviations from the mean has
// less than 1e-30 of them and is left out.
class RightOnes {
 public:
  RightOnes(Index images, Index right) : images_(images) {
    const double n = static_cast<double>(images), p = static_cast<double>(right) / n;
    const double reach = 12.0 * std::sqrt(n * p * (1.0 - p)) + 1.0;
    first_ = std::max<Index>(0, right - static_cast<Index>(reach));
    const Index last = std::min(images, right + static_cast<Index>(reach));
    if (right == 0 || right == images) {
      first_ = right;
      cumulative_ = {1.0};
      return;
    }
    cumulative_.assign(at(last - first_ + 1), 0.0);
    fill(p / (1.0 - p), right);
  }

  // The accuracy of one drawing.
  [[nodiscard]] Index draw(Rng& rng) const {
    const double u = rng.uniform() * cumulative_.back();
    const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, u);
    return first_ + static_cast<Index>(found - cumulative_.begin());
  }
  [[nodiscard]] Index images() const { return images_; }

 private:
  // Probabilities as multiples of that of `right`, which is the most likely number: from there
  // outwards by P(k + 1) / P(k) = (n - k) / (k + 1) * odds. Then added up.
  void fill(double odds, Index right) {
    const auto size = static_cast<Index>(cumulative_.size());
    cumulative_[at(right - first_)] = 1.0;
    const auto ratio = [&](Index k) {
      return static_cast<double>(images_ - k) / static_cast<double>(k + 1) * odds;
    };
    for (Index i = right - first_ + 1; i < size; ++i) {
      cumulative_[at(i)] = cumulative_[at(i - 1)] * ratio(first_ + i - 1);
    }
    for (Index i = right - first_; i-- > 0;) {
      cumulative_[at(i)] = cumulative_[at(i + 1)] / ratio(first_ + i);
    }
    for (Index i = 1; i < size; ++i) cumulative_[at(i)] += cumulative_[at(i - 1)];
  }

  Index images_;
  Index first_ = 0;
  std::vector<double> cumulative_;  // up to a factor, of first_, first_ + 1, ...
};

std::vector<RightOnes> right_ones(const ClassCounts& counts) {
  std::vector<RightOnes> classes;
  for (Index c = 0; c < counts.num_classes(); ++c) {
    if (counts.images(c) > 0) classes.emplace_back(counts.images(c), counts.right(c));
  }
  return classes;
}

double draw_score(const std::vector<RightOnes>& classes, Averaged over, Resampled what, Rng& rng) {
  double rates = 0.0;
  Index images = 0, right = 0;
  for (std::size_t j = 0; j < classes.size(); ++j) {
    const std::size_t c = what == Resampled::kRows ? j : rng.below(classes.size());
    const Index drawn = classes[c].draw(rng);
    images += classes[c].images();
    right += drawn;
    rates += static_cast<double>(drawn) / static_cast<double>(classes[c].images());
  }
  return over == Averaged::kClasses ? rates / static_cast<double>(classes.size())
                                    : static_cast<double>(right) / static_cast<double>(images);
}

// Of sorted values, with 0 the first and 1 the last.
double quantile(const ScoreDraws& sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double weight = place - static_cast<double>(below);
  return sorted[below] + weight * (sorted[above] - sorted[below]);
}

}  // namespace

std::uint64_t replicate_index(ScoreStream stream, Resampled what, Index replicate) {
  const std::uint64_t part = what == Resampled::kRows ? 0 : 1;
  return ((static_cast<std::uint64_t>(stream) * 2 + part) << 32U) +
         static_cast<std::uint64_t>(replicate);
}

ScoreDraws resample(const ClassCounts& counts,
                    Averaged over,
                    Resampled what,
                    ScoreStream stream,
                    Index replicates) {
  const std::vector<RightOnes> classes = right_ones(counts);
  if (classes.empty()) return {};
  ScoreDraws draws(at(replicates));
  parallel_for(replicates, kReplicatesAPiece, [&](Index first, Index last) {
    for (Index r = first; r < last; ++r) {
      Rng rng(0, Purpose::kBootstrap, replicate_index(stream, what, r));
      draws[at(r)] = draw_score(classes, over, what, rng);
    }
  });
  return draws;
}

Interval middle_interval(ScoreDraws draws) {
  std::sort(draws.begin(), draws.end());
  return {quantile(draws, 0.025), quantile(draws, 0.975)};
}

IntervalWriter::IntervalWriter(Index replicates, ScoreIntervals& result)
    : replicates_(replicates), result_(result) {
  result.replicates = replicates;
}

void IntervalWriter::put(const std::string& name, Resampled what, ScoreDraws draws) {
  if (draws.empty()) return;
  auto& intervals = what == Resampled::kRows ? result_.over_rows : result_.over_classes_and_rows;
  intervals[name] = middle_interval(std::move(draws));
}

void IntervalWriter::add(const std::string& name,
                         const ClassCounts& counts,
                         Averaged over,
                         ScoreStream stream) {
  if (replicates_ == 0) return;
  for (const Resampled what : kResampled) {
    put(name, what, resample(counts, over, what, stream, replicates_));
  }
}

void IntervalWriter::add_both(const std::string& suffix,
                              const ClassCounts& unseen,
                              const ClassCounts& seen,
                              ScoreStream unseen_stream,
                              ScoreStream seen_stream) {
  if (replicates_ == 0) return;
  for (const Resampled what : kResampled) {
    ScoreDraws u = resample(unseen, Averaged::kClasses, what, unseen_stream, replicates_);
    ScoreDraws s = resample(seen, Averaged::kClasses, what, seen_stream, replicates_);
    ScoreDraws h;
    for (std::size_t r = 0; r < std::min(u.size(), s.size()); ++r) {
      h.push_back(harmonic_mean(u[r], s[r]));
    }
    put("U" + suffix, what, std::move(u));
    put("S" + suffix, what, std::move(s));
    put("H" + suffix, what, std::move(h));
  }
}

}  // namespace dem
