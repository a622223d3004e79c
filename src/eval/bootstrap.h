// Scores of test images drawn anew.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dem/eval/scores.h"
#include "eval/class_counts.h"

namespace dem {

// What a resampling draws.
enum class Resampled { kRows, kClassesAndRows };
inline constexpr std::array kResampled = {Resampled::kRows, Resampled::kClassesAndRows};

// Names the random numbers of a score, those of the parts of ScoreIntervals apart.
enum class ScoreStream : std::uint64_t { kAccuracy, kT1, kUnseen, kSeen, kAusuc, kHits = 16 };
// One of three scores at each k.
[[nodiscard]] constexpr ScoreStream hit_stream(Index k, int score) {
  return static_cast<ScoreStream>(static_cast<std::uint64_t>(ScoreStream::kHits) +
                                  3 * static_cast<std::uint64_t>(k) +
                                  static_cast<std::uint64_t>(score));
}

// Where the numbers of a replicate come from: Purpose::kBootstrap, seed 0, and this index.
[[nodiscard]] std::uint64_t replicate_index(ScoreStream stream, Resampled what, Index replicate);

// What a score comes to in each of many resamplings, [replicates].
using ScoreDraws = std::vector<double>;

// A mean over classes of their accuracies, or over images. That k of a class's n images are right
// is all that matters of them: n draws with replacement have Binomial(n, k / n) right ones, which
// is drawn at once, so that time does not grow with images. Classes without images are left out.
enum class Averaged { kClasses, kImages };
[[nodiscard]] ScoreDraws resample(
    const ClassCounts& counts, Averaged over, Resampled what, ScoreStream stream, Index replicates);

// The middle 95 %: the values of rank 2.5 % and 97.5 % of the draws, interpolated. Not of none.
[[nodiscard]] Interval middle_interval(ScoreDraws draws);

// Puts intervals of scores of counts into a result; makes none where there are no replicates.
class IntervalWriter {
 public:
  // Outlives it: result.replicates is set.
  IntervalWriter(Index replicates, ScoreIntervals& result);

  void add(const std::string& name, const ClassCounts& counts, Averaged over, ScoreStream stream);
  // U, S and their harmonic mean, under these names with `suffix` ("", "@5").
  void add_both(const std::string& suffix,
                const ClassCounts& unseen,
                const ClassCounts& seen,
                ScoreStream unseen_stream,
                ScoreStream seen_stream);

 private:
  void put(const std::string& name, Resampled what, ScoreDraws draws);

  Index replicates_;
  ScoreIntervals& result_;
};

}  // namespace dem
