// Probabilities from scores.
#pragma once

#include <span>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/linalg/matrix.h"
#include "dem/model/rejection_curve.h"
#include "dem/search/score_source.h"

namespace dem {

// Scores of some images for candidates, larger is better, and which candidate is each image's own.
struct LabelledScores {
  Matrix<double> scores;     // [n, candidates]
  std::vector<Index> truth;  // [n], of 0 .. candidates - 1
};

// The temperature T that makes the labels of some rows most likely under softmax(score / T)
// over the candidates (Guo et al., On Calibration of Modern Neural Networks, ICML 2017,
// section 4.2), found by bisection: the likelihood is concave in 1 / T.
//   scores      of the rows of dataset.visual_features
//   candidates  class ids, at least one
//   rows        of 0 .. dataset.num_rows() - 1, those of all ranks; rows of other classes are
//               passed over
// An even selection is taken of very many rows.
// Where the dataset is a shard, all ranks of the group that has the others call this with the same
// arguments and all get the same number: what one process gets of the whole dataset, up to the
// order in which doubles are added. Throws Error{kShapeMismatch} where the scores are not of the
// dataset's features and classes, Error{kInvalidArgument} for a row or candidate out of range, on
// all ranks also where they do not hold each row once.
// Never 0 or infinite: rows that are all right, or no better than chance, give the end of a wide
// range. Returns 0 where no row is left or all scores of each row are equal. Does not depend on
// the number of threads.
[[nodiscard]] float fit_temperature(const ScoreSource& scores,
                                    std::span<const ClassId> candidates,
                                    const Dataset& dataset,
                                    std::span<const Index> rows,
                                    Communicator& group = self_communicator());

// The same of scores at hand: parts that may differ in their candidates, each image of all parts
// counting alike, on this process alone. Throws Error{kInvalidArgument} for a truth that is no
// candidate and for another number of them than there are rows.
//
//   std::vector<LabelledScores> parts;
//   parts.push_back({std::move(scores), labels});
//   const float temperature = fit_temperature(std::move(parts));
[[nodiscard]] float fit_temperature(std::vector<LabelledScores> parts);

struct Calibration {
  float temperature = 0.0f;       // as fit_temperature() gives it
  RejectionCurve rejection = {};  // of the probabilities at this temperature; empty where that is 0
};

// The same, and what rejecting these images by the probability of their first class comes to.
[[nodiscard]] Calibration calibrate(std::vector<LabelledScores> parts);

}  // namespace dem
