// Semantic spaces of layout dem.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/dem_folder.h"
#include "dem/data/dataset.h"
#include "dem/linalg/matrix.h"

namespace dem {

// One space as the files have it.
struct SpaceRows {
  std::string name;
  Matrix<float> train;  // [num_train, dim], a row a training image
  Matrix<float> test;   // [num_test_classes, dim], in the order of the class numbers
};

// The images and classes that descriptions must match.
struct DemCounts {
  Index num_train = 0;
  std::span<const std::int64_t> test_class_ids;
};

// Throws Error{kInvalidArgument} where the mode needs word vectors and there are none: to be called
// before anything large is read.
void check_word_vectors(const DatasetOptions& options, const DemFolder& folder);

// The spaces of the train mode, in the order of input_spaces(), then further ones.
[[nodiscard]] std::vector<SpaceRows> read_spaces(const DatasetOptions& options,
                                                 DemFolder& folder,
                                                 const DemCounts& counts);

}  // namespace dem
