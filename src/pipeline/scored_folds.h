// Folds of held-out classes with images to score by (dem/learn/scored_fold.h), of a dataset or of
// a file of statistics.
#pragma once

#include <cstdint>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/data/prepared_data.h"
#include "dem/learn/fold_statistics.h"
#include "dem/learn/scored_fold.h"
#include "dem/pipeline/statistics.h"
#include "pipeline/scored_rows.h"

namespace dem {

// The fold's classes with images, ascending.
[[nodiscard]] std::vector<ClassId> classes_of_fold(const FoldStatistics& folds, Index fold);

// Of the training images, which `prepared` holds and outlives the folds. None where fewer than
// kLeastScoredClasses classes have some. The ranks of a group hold the images together, and all
// call it and get the same.
[[nodiscard]] Index num_scored_repeats(const Dataset& dataset, Index wanted);
[[nodiscard]] std::vector<ScoredFold> scored_folds(const Dataset& dataset,
                                                   const PreparedData& prepared,
                                                   ScoredRepeat of,
                                                   Communicator& group);

// Some of a dataset's rows as images to learn from; not of a shard.
[[nodiscard]] TrainingImages images_of(const Dataset& dataset,
                                       const PreparedData& prepared,
                                       std::span<const Index> rows);

// Of a file's folds and sample. The images of its sample that are spared are taken out of its
// statistics, whose ranges stay as they are; of an image that is in the data several times, one
// copy. A fold of whose classes the sample has no image is left out. One repeat; none where fewer
// than two folds or kLeastScoredClasses classes have images, or the file has no folds or no sample.
[[nodiscard]] Index num_scored_repeats(const SavedStatistics& saved, Index wanted);
[[nodiscard]] std::vector<ScoredFold> scored_folds(const SavedStatistics& saved,
                                                   const Dataset& dataset,
                                                   ScoredRepeat of);

}  // namespace dem
