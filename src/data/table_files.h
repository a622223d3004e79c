// Which files make up a dataset of layout table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dem/data/dataset.h"

namespace dem {

struct TableFiles {
  std::vector<std::string> features;  // one, or several whose rows follow one another
  std::string labels;
  std::string classes;
  std::string split;  // empty: none
};

// Whether the options name features, labels and classes, so that no folder is needed.
[[nodiscard]] bool are_all_named(const DatasetOptions& options);

// Whether a folder has two of features.*, labels.* and classes.*; one may stand in a folder of
// another layout. Reads no file.
[[nodiscard]] bool is_table_folder(const std::string& folder);

// Whether that is the name of a file of a table: "features.mat", "space_word.npy", ...
[[nodiscard]] bool is_table_file(std::string_view path);

// What the options name, else what `folder` holds (empty: no folder). Features in several files
// (features_0.npy, features_1.npy, ... or features-00000-of-00004.npy, a pattern with * or ?, or
// all that a folder holds) are in natural order. Throws Error{kIo} where a file is not there,
// Error{kFormat} for two files of one kind and for shards with a gap.
[[nodiscard]] TableFiles table_files(const DatasetOptions& options, const std::string& folder);

// Whether a folder has a file STEM.* that can be read.
[[nodiscard]] bool has_file(const std::string& folder, std::string_view stem);
// The only file STEM.* of a folder that can be read. Throws Error{kFormat} where there is none or
// two.
[[nodiscard]] std::string only_file(const std::string& folder, std::string_view stem);

}  // namespace dem
