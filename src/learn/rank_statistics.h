// What gathering the statistics of images held by several ranks needs.
#pragma once

#include <vector>

#include "dem/comm/communicator.h"
#include "dem/learn/class_statistics.h"

namespace dem {

// The training images that this rank holds, in the order of their features.
[[nodiscard]] std::vector<StatisticsGatherer::Image> training_images(const TrainingSet& data);

struct CountsAndMeans {
  std::vector<Index> counts;  // [num_classes]
  Matrix<double> means;       // [num_classes, feature_dim]
};

// Makes counts and means of each rank's images those of all. Returns what this rank had.
[[nodiscard]] CountsAndMeans share_means(Communicator& group,
                                         std::vector<Index>& counts,
                                         Matrix<double>& means);

// Makes the ranges of each rank's images those of all.
void share_ranges(Communicator& group, std::vector<float>& lowest, std::vector<float>& highest);

}  // namespace dem
