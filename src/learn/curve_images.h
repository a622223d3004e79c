// What a curve of seen and unseen accuracies takes of scored images.
#pragma once

#include <span>
#include <vector>

#include "dem/search/score_source.h"
#include "learn/seen_unseen_curve.h"

namespace dem {

// Adds rows of the source, `labels` the class of each of its rows, all of one kind: unseen or seen
// classes. The best of either kind is searched among `seen` and `unseen`, some thousand rows at a
// time.
void add_curve_images(const ScoreSource& source,
                      std::span<const Index> rows,
                      std::span<const ClassId> labels,
                      std::span<const ClassId> seen,
                      std::span<const ClassId> unseen,
                      bool is_unseen,
                      std::vector<CurveImage>& images);

}  // namespace dem
