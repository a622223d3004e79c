// A dataset in memory, whatever layout it came from; it stays as it was loaded.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/data/missing_descriptions.h"
#include "dem/io/feature_stream.h"
#include "dem/io/missing_features.h"
#include "dem/linalg/matrix.h"
#include "dem/model/class_table.h"

namespace dem {

// Rows of the feature matrix, 0-based, in file order (the order of the *_loc lists).
struct Split {
  std::vector<Index> trainval;     // all training rows
  std::vector<Index> train;        // part of trainval; empty where the data have no such list
  std::vector<Index> val;          // part of trainval, classes disjoint from train's; may be empty
  std::vector<Index> test_seen;    // seen classes, images never trained on; may be empty
  std::vector<Index> test_unseen;  // unseen classes
};

// The semantic spaces that training uses.
enum class TrainMode { kAttribute, kWord, kFusion };

// "att", "word", "fusion", the reference's spelling.
[[nodiscard]] std::string_view to_string(TrainMode mode) noexcept;
[[nodiscard]] TrainMode train_mode_from_string(std::string_view name);

// A semantic space beside those of the train mode.
struct SpaceSource {
  std::string name;
  // A file with a row a class (.npy, .csv, .mat, .h5, .safetensors, .pt). Empty: the data's own, in
  // layout gbu the array of that name, in layout table space_NAME.npy, .csv, ...
  std::string file = "";
};
// "NAME" or "NAME=FILE".
[[nodiscard]] SpaceSource space_source_from_string(const std::string& text);

struct Dataset {
  std::string name;
  std::string layout;             // one of layout_names()
  Matrix<float> visual_features;  // [n, feature_dim]; the rows held, where sharded
  // [n]: the row of visual_features that holds each row, -1 where this rank does not. Empty: all
  // are held, row i is row i.
  std::vector<Index> feature_rows;
  // [n], rows of `classes`; -1 for a row of no list of the split whose class nobody knows.
  std::vector<ClassId> labels;
  std::vector<std::string> samples;     // [n]: the images' names; empty where the data have none
  ClassTable classes;                   // a row a distinct description (layout dem) or class
  std::vector<ClassId> seen_classes;    // ascending
  std::vector<ClassId> unseen_classes;  // in the file's order (testclasses_id, or ascending)
  Split split;
  // What the descriptions are: the spaces of which mode, and, of attributes, whether un-normalised.
  TrainMode train_mode = TrainMode::kAttribute;
  bool original_attributes = false;
  bool has_original_attributes = false;  // whether the data have such, read or not
  // What became of missing entries, and how many there are, or were where they are filled in.
  MissingDescriptions missing_descriptions = MissingDescriptions::kKeep;
  Index num_missing = 0;
  MissingFeatures missing_features = MissingFeatures::kRefuse;
  ZeroedFeatures zeroed_features;              // of all rows, held or not
  std::optional<std::uint64_t> shuffled_with;  // the seed of shuffle_class_embeddings()
  std::vector<std::string> files;              // what was read, in order
  // Where the features come from several files: the first row of each, ascending, from 0 on.
  // Empty: all from one.
  std::vector<Index> file_starts;
  std::string fingerprint;  // hash of all arrays above and of that seed, 32 hex digits

  [[nodiscard]] Index feature_dim() const { return visual_features.cols(); }
  // n, held here or not.
  [[nodiscard]] Index num_rows() const { return static_cast<Index>(labels.size()); }
  [[nodiscard]] bool is_sharded() const { return !feature_rows.empty(); }
  // The row of visual_features that holds a row of 0 .. n - 1, or -1.
  [[nodiscard]] Index feature_row(Index row) const {
    return feature_rows.empty() ? row : feature_rows[static_cast<std::size_t>(row)];
  }
  // The rows of visual_features that hold those of `rows` [any, of 0 .. n - 1] that are held, in
  // the order of `rows`.
  [[nodiscard]] std::vector<Index> held(std::span<const Index> rows) const;
  // Where a row of 0 .. n - 1 stands in the file that it came from, counted from 0.
  [[nodiscard]] Index row_in_file(Index row) const;
};

// The layouts that can be read: "dem", "gbu", ...
[[nodiscard]] std::vector<std::string> layout_names();

struct DatasetOptions {
  // Folder that holds AwA_data/, CUB_data/ or NAME/; may be empty where the files of a table are
  // all named below.
  std::string data_path = "";
  std::string name = "";        // "AwA", "CUB", "AWA2", "FLO", ...
  std::string layout = "auto";  // one of layout_names(), or "auto": the one whose files are there
  TrainMode train_mode = TrainMode::kAttribute;
  // Word vectors for data that have none: a .npy, .csv, .mat, .h5, .safetensors or .pt file with
  // one array. Layouts gbu and table: [num_classes, dim], rows in the order of the class table.
  // Layout dem: either [num_train + num_test_classes, dim] (a row a training image, then a row a
  // test class in the order of testclasses_id) or [num_classes, dim], rows by class number 1 ..
  // num_classes; training rows carry no class number there, so the i-th distinct training
  // description is taken for the i-th number that is not in testclasses_id. Empty: none.
  std::string word_vectors = "";
  // Further semantic spaces, of which recipes that learn at once take any number: rows in the order
  // of the class table, or, in layouts gbu and table, by name where the file has names. In layout
  // dem each needs a file, as word_vectors has it.
  std::vector<SpaceSource> more_spaces = {};
  // Layout gbu: the features file, where the folder has several. Layout table: a file, a pattern
  // such as "features_*.npy", or a folder of files, whose rows follow one another in natural order.
  std::string features_file = "";
  // Layout table: files in place of the folder's own, of its folder or paths. With features_file,
  // labels_file and classes_file no folder is needed, and none is looked into.
  std::string labels_file = "";
  std::string classes_file = "";
  // Layout gbu: the file with descriptions and lists, in the folder or a path; empty:
  // att_splits.mat (or .npz, .h5 ...), else the only one that has them. Layout table: what is seen
  // and what is not.
  std::string split_file = "";
  // Layout gbu: where a class lies in `att` and other tables, as dem inspect shows their shapes.
  // kAuto: in MATLAB's columns, elsewhere as the number of classes tells; of a square table where
  // unit length tells.
  SampleAxis description_axis = SampleAxis::kAuto;
  // Layout gbu: un-normalised attributes (`original_att`) where the file has them.
  bool original_attributes = false;
  MissingDescriptions missing_descriptions = MissingDescriptions::kKeep;
  MissingFeatures missing_features = MissingFeatures::kRefuse;
  // Layout gbu: what labels and *_loc lists count from, 1 as published, or 0. None: found, of
  // labels and of lists, by a 0, by the number of the last one, of lists also by their classes.
  std::optional<int> index_base = std::nullopt;
  // With size > 1 only the features of this rank's rows are kept: of each of trainval, test_unseen
  // and test_seen the rows at positions rank, rank + size, rank + 2 size ... of the list. A row
  // goes by the first of these lists that has it, one in none by its own number, so that every row
  // is held by exactly one rank. Everything else is the same on every rank, the fingerprint too.
  //
  // Memory is that of the rows kept and some MiB for reading. Two limits: every rank reads the
  // whole file, since checks and fingerprint go over all rows; and layout dem holds the
  // descriptions of all training images while it makes the class table.
  struct Shard {
    int rank = 0;  // 0 .. size - 1
    int size = 1;  // at least 1
  };
  Shard shard = {};
  // Where set, features are not kept (visual_features is [0, feature_dim]), but given to it: all
  // rows in order, a block of some MiB after another, from `first_row` on, finite, once everything
  // else of the dataset but the fingerprint is there. Leaves no place for a shard.
  std::function<void(const Dataset& dataset, Index first_row, MatrixView<const float> rows)>
      on_features = {};
  // Control: shuffle_class_embeddings() with this seed once all is read, so that on_features sees
  // descriptions as they were.
  std::optional<std::uint64_t> shuffle_classes = {};
};

// Reads a dataset; samples become rows, labels and locations 0-based class and row numbers.
// Checks everything: shapes against each other, finite values, labels and locations in range, no
// row in two parts of the split, train and test classes disjoint. Missing entries of descriptions
// are filled in as the options say; the fingerprint is that of the filled table. Throws one Error
// that names file, variable, expected and got: kIo, kFormat or kShapeMismatch, and kInvalidArgument
// where the options leave a choice open or ask for what the data have not (word vectors). Doubtful
// but usable facts (a validation list that leaks test rows, missing attribute values, classes that
// look the same) go to the log as warnings.
[[nodiscard]] Dataset load_dataset(const DatasetOptions& options);

// The layout that load_dataset would read under these options, one of layout_names(). Throws its
// errors.
[[nodiscard]] std::string detect_layout(const DatasetOptions& options);

// The control of an evaluation: descriptions dealt out anew among all classes, drawn with `seed`,
// so that they say nothing about the images any more. The fingerprint becomes that of the old one
// and the seed. Throws Error{kInvalidArgument} where that was done before.
void shuffle_class_embeddings(Dataset& dataset, std::uint64_t seed);
// The same, of a table alone.
void shuffle_class_embeddings(ClassTable& classes, std::uint64_t seed);

// The network inputs of a dataset under a mode: which spaces, in the order of fc1, fc2 (fusion:
// word, then attribute).
[[nodiscard]] std::vector<std::string> input_spaces(TrainMode mode);

// Splits the seen classes for model selection: the dataset's own train/val lists where it has them
// (rows outside trainval left out, with a warning), else a fifth of the seen classes (at least two
// of four) drawn with `seed`. Never touches test rows.
struct ValidationSplit {
  std::vector<Index> train_rows;
  std::vector<Index> val_rows;
  std::vector<ClassId> val_classes;  // ascending, disjoint from the classes of train_rows
};
[[nodiscard]] ValidationSplit validation_split(const Dataset& dataset, std::uint64_t seed);

// Several such splits: the seen classes with training images, shuffled with `seed` and dealt out in
// turn, each held out in one split. `folds` is their number; 1: validation_split() alone; 0: as the
// data suggest, validation_split() where they have lists of their own or fewer than four such
// classes, else three, two where there are fewer than six classes. Throws Error{kInvalidArgument}
// where there are not two classes for each fold, and as validation_split().
[[nodiscard]] std::vector<ValidationSplit> validation_folds(const Dataset& dataset,
                                                            Index folds,
                                                            std::uint64_t seed);

}  // namespace dem
