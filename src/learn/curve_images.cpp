#include "learn/curve_images.h"

#include <algorithm>

#include "base/at.h"

namespace dem {

void add_curve_images(const ScoreSource& source,
                      std::span<const Index> rows,
                      std::span<const ClassId> labels,
                      std::span<const ClassId> seen,
                      std::span<const ClassId> unseen,
                      bool is_unseen,
                      std::vector<CurveImage>& images) {
  constexpr std::size_t kBlock = 8192;  // rows searched at a time
  for (std::size_t first = 0; first < rows.size(); first += kBlock) {
    const auto block = rows.subspan(first, std::min(kBlock, rows.size() - first));
    const BestScores of_seen = source.best_scores(block, seen, 1, 0.0);
    const BestScores of_unseen = source.best_scores(block, unseen, 1, 0.0);
    for (Index i = 0; i < of_seen.scores.rows(); ++i) {
      const ClassId label = labels[at(block[at(i)])];
      const ClassId best =
          is_unseen ? unseen[at(of_unseen.places(i, 0))] : seen[at(of_seen.places(i, 0))];
      const double gap = score_gap(of_seen.scores(i, 0), of_unseen.scores(i, 0));
      images.push_back({static_cast<float>(gap), label, is_unseen, best == label});
    }
  }
}

}  // namespace dem
