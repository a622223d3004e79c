// Statistics by fold and the sample of rows in statistics files.
#pragma once

#include <vector>

#include "dem/pipeline/statistics.h"
#include "pipeline/statistics_tensors.h"

namespace dem {

// Windows on what the folds have beside counts and means, for the writer.
void add_fold_tensors(const FoldStatistics& folds, std::vector<RawTensor>& tensors);
void add_sample_tensors(const RowSample& sample, std::vector<RawTensor>& tensors);

// Reads saved.folds, and saved.statistics.second_moment as their sum. Class names, counts, means
// and ranges are there already. Throws Error{kFormat} naming the tensor that does not fit them.
void read_folds(StatisticsReader& reader, Index num_folds, SavedStatistics& saved);
void read_sample(StatisticsReader& reader, Index max_rows, SavedStatistics& saved);

}  // namespace dem
