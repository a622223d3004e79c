// Which class each image is of, without its features: what a split is made from.
#pragma once

#include <string>
#include <vector>

#include "dem/data/dataset.h"

namespace dem {

struct LabelledImages {
  std::vector<std::string> class_names;
  std::vector<ClassId> labels;       // [n]
  std::vector<std::string> samples;  // [n] names; empty where images have none
  std::vector<std::string> groups;   // [n]; empty where none were asked for
};

// Of layout table without reading features, which need not be there; classes may be missing where
// labels_file is given: they are then those that it names. Of other layouts as load_dataset reads
// them, features let go. `group_column` is a heading of labels in text. Throws as load_dataset.
//
//   LabelledImages images = read_labelled_images({.labels_file = "labels.csv"}, "camera");
[[nodiscard]] LabelledImages read_labelled_images(DatasetOptions options,
                                                  const std::string& group_column = "");

// A dataset of these images without features, seen classes as the split says.
[[nodiscard]] Dataset dataset_of(const LabelledImages& images, Split split);

// Writes a split as load_dataset reads it (DatasetOptions::split_file), whole or not at all: .json,
// or .csv with a row an image, by their names where they have some. `about` is a JSON object that
// says how it was made; CSV has no place for it. Throws Error{kIo}, and Error{kInvalidArgument} for
// another ending.
void write_split(const std::string& path,
                 const Split& split,
                 const LabelledImages& images,
                 const std::string& about);

}  // namespace dem
