// A dataset out of what a program has in memory.
#pragma once

#include <string>
#include <vector>

#include "dem/data/dataset.h"

namespace dem {

// All about the samples but their features.
struct DatasetArrays {
  std::string name = "arrays";
  std::vector<ClassId> labels = {};  // [n], rows of `classes`
  // Its spaces are those of the train mode, input_spaces(). `seen` is not looked at: the classes of
  // split.trainval are seen, all others are not.
  ClassTable classes = {};
  Split split = {};  // rows of 0 .. n - 1; only trainval must have some
  TrainMode train_mode = TrainMode::kAttribute;
  bool original_attributes = false;
  // Where they are filled in, descriptions need not be finite.
  MissingDescriptions missing_descriptions = MissingDescriptions::kKeep;
  MissingFeatures missing_features = MissingFeatures::kRefuse;
};

// Features [n, feature_dim], a sample a row, copied or moved in. Makes the checks of load_dataset
// and the fingerprint that it gives for files of the same content; the layout is "arrays". Throws
// Error{kInvalidArgument} and, for sizes that disagree, Error{kShapeMismatch}, naming the argument.
//
//   Dataset dataset = dataset_from_arrays(features, {.labels = labels, .classes = std::move(table),
//                                                    .split = split});
[[nodiscard]] Dataset dataset_from_arrays(MatrixView<const float> visual_features,
                                          DatasetArrays arrays);
[[nodiscard]] Dataset dataset_from_arrays(Matrix<float>&& visual_features, DatasetArrays arrays);

}  // namespace dem
