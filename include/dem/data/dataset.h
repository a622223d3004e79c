// A dataset in memory, whatever layout it came from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/model.h"

namespace dem {

// Rows of the feature matrix, 0-based, in file order (the order of the *_loc lists).
struct Split {
  std::vector<Index> trainval;     // all training rows
  std::vector<Index> train;        // part of trainval; empty where the data have no such list
  std::vector<Index> val;          // part of trainval, classes disjoint from train's; may be empty
  std::vector<Index> test_seen;    // seen classes, images never trained on; may be empty
  std::vector<Index> test_unseen;  // unseen classes
};

struct Dataset {
  std::string name;
  std::string layout;                   // "dem" or "gbu"
  Matrix<float> visual_features;        // [n, feature_dim]
  bool features_scaled = false;         // a FeatureScaling was applied to them in place
  std::vector<ClassId> labels;          // [n], rows of `classes`
  ClassTable classes;                   // a row a distinct description (layout dem) or class
  std::vector<ClassId> seen_classes;    // ascending
  std::vector<ClassId> unseen_classes;  // in the file's order (testclasses_id, or ascending)
  Split split;
  std::vector<std::string> files;  // what was read, in order
  std::string fingerprint;         // hash of all arrays above, 32 hex digits

  [[nodiscard]] Index feature_dim() const { return visual_features.cols(); }
};

// Which layout to look for; kAuto takes the one whose files are there.
enum class Layout { kAuto, kDem, kGbu };

// "auto", "dem", "gbu"; throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] Layout layout_from_string(std::string_view name);

// The semantic spaces that training uses.
enum class TrainMode { kAttribute, kWord, kFusion };

// "att", "word", "fusion", the reference's spelling.
[[nodiscard]] std::string_view to_string(TrainMode mode) noexcept;
[[nodiscard]] TrainMode train_mode_from_string(std::string_view name);

struct DatasetOptions {
  std::string data_path = "";  // folder that holds AwA_data/, CUB_data/ or NAME/*.mat
  std::string name = "";       // "AwA", "CUB", "AWA2", "FLO", ...
  Layout layout = Layout::kAuto;
  TrainMode train_mode = TrainMode::kAttribute;
  // Word vectors for data that have none: a .npy, .csv, .mat, .h5 or .safetensors file with one
  // array. Layout gbu: [num_classes, dim], rows in the order of the class table. Layout dem: either
  // [num_train + num_test_classes, dim] (a row a training image, then a row a test class in the
  // order of testclasses_id) or [num_classes, dim], rows by class number 1 .. num_classes; training
  // rows carry no class number there, so the i-th distinct training description is taken for the
  // i-th number that is not in testclasses_id. Empty: none.
  std::string word_vectors = "";
  std::string features_file = "";  // layout gbu: the features file, where the folder has several
  // Layout gbu: un-normalised attributes (`original_att`) where the file has them.
  bool original_attributes = false;
  int index_base = 1;  // layout gbu: of labels and *_loc lists, 1 as published, or 0
};

// Reads a dataset; samples become rows, labels and locations 0-based class and row numbers.
// Checks everything: shapes against each other, finite values, labels and locations in range, no
// row in two parts of the split, train and test classes disjoint. Throws one Error that names file,
// variable, expected and got: kIo, kFormat or kShapeMismatch, and kInvalidArgument
// where the options leave a choice open or ask for what the data have not (word vectors). Doubtful
// but usable facts (a validation list that leaks test rows, missing attribute values, classes that
// look the same) go to the log as warnings.
[[nodiscard]] Dataset load_dataset(const DatasetOptions& options);

// The layout that load_dataset would read under these options, never kAuto. Throws its errors.
[[nodiscard]] Layout detect_layout(const DatasetOptions& options);

// The network inputs of a dataset under a mode: which spaces, in the order of fc1, fc2 (fusion:
// word, then attribute).
[[nodiscard]] std::vector<std::string> input_spaces(TrainMode mode);

// Splits the seen classes for model selection: the dataset's own train/val lists where it has them
// (rows outside trainval left out, with a warning), else a fifth of the seen classes (at least one)
// drawn with `seed`. Never touches test rows.
struct ValidationSplit {
  std::vector<Index> train_rows;
  std::vector<Index> val_rows;
  std::vector<ClassId> val_classes;  // ascending, disjoint from the classes of train_rows
};
[[nodiscard]] ValidationSplit validation_split(const Dataset& dataset, std::uint64_t seed);

}  // namespace dem
