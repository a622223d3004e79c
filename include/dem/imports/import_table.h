// Data of other forms as a folder of layout table: what the field's datasets were published as,
// what other programs write.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dem/data/dataset.h"

namespace dem {

// What a table of samples, a row each, holds beside features (kind frame).
struct FrameColumns {
  std::string classes = "";  // the heading over the classes; empty: the only `class`, `label` ...
  std::string samples = "";  // over the samples' names; empty: the only `id`, `image` ..., if any
  std::vector<std::string> left_out = {};  // headings of columns that are none of these
};

struct ImportOptions {
  std::string source = "";    // a folder, or a file of kind frame
  std::string kind = "auto";  // one of import_kinds(), or "auto": the one that the source fits
  std::string output = "";    // a folder that is not there yet, or is empty
  // How the source is read: train_mode, features_file, labels_file, classes_file, split_file, word
  // vectors, spaces and the rest. data_path, name and layout follow from the source. Files that are
  // named here go before those of the source.
  DatasetOptions data = {};
  FrameColumns columns = {};
  std::function<bool()> should_stop = {};  // asked between blocks of features
};

struct ImportKind {
  std::string_view name;
  std::string_view what;  // what its source holds, in words
};
// gbu, dem and table (layouts that load_dataset reads), awa (Animals with Attributes, 1 and 2, as
// published), cub (CUB-200-2011 as published), clip-retrieval (img_emb/ of that program), frame (a
// data frame in text).
[[nodiscard]] std::vector<ImportKind> import_kinds();

// The kind that import_table would take. Throws Error{kIo} where there is no such source,
// Error{kInvalidArgument} for an unknown kind and for a source that fits none or several.
[[nodiscard]] std::string import_kind_of(const ImportOptions& options);

struct ImportSummary {
  bool finished = false;  // false: stopped by should_stop, and nothing was written
  std::string kind;
  std::string folder;              // of layout table
  std::vector<std::string> files;  // written, names within it
  Index images = 0;
  Index left_out = 0;  // images of no class, which a table has no place for
  Index feature_dim = 0;
  Index classes = 0;
  std::vector<std::string> spaces;  // with the dimensions: "attribute 85"
  Index trainval = 0, test_seen = 0, test_unseen = 0;
  Index seen_classes = 0, unseen_classes = 0;
  std::string split_fingerprint;
};

// Writes features.npy (float32), labels.csv, classes.csv, space_NAME.csv for further spaces and,
// where not every image is trained on, split.json into a folder that appears whole or not at all.
// Images have the order of the features' rows and keep their names, classes keep both; numbers are
// float32 to the last bit. Features are streamed, in memory that does not grow with them. Throws
// Error{kInvalidArgument} where the source fits no kind or several and for an output that holds
// something, and what load_dataset throws.
//
//   import_table({.source = "Animals_with_Attributes2", .output = "data/AWA2"});
[[nodiscard]] ImportSummary import_table(const ImportOptions& options);

}  // namespace dem
