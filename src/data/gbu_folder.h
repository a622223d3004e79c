// The files of layout gbu: a folder of .mat files whose arrays are found by name.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/array_access.h"
#include "data/gbu_split.h"

namespace dem {

// Rules: `features` and `labels` come from the features file, which is the one asked for, else
// res101.mat, else the only .mat file that holds both. Everything else is in att_splits.mat or,
// where the folder has none, in any of its .mat files; a name in two of them is an error.
class GbuFolder {
 public:
  // Throws Error{kInvalidArgument} naming them where several files could be the features
  // file, Error{kFormat} where none is.
  GbuFolder(std::string path, const std::string& features_file);
  // Of a folder that may have no features file; features() and labels() are not to be asked for.
  explicit GbuFolder(std::string path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::vector<std::string>& read_files() const { return read_files_; }

  // Where descriptions and lists are looked for.
  [[nodiscard]] const std::vector<std::string>& split_paths() const { return split_paths_; }
  // Open until this goes.
  ArrayFile& open(const std::string& path);

  [[nodiscard]] ArrayRef features();
  [[nodiscard]] ArrayRef labels();
  // The array under the first of these names that is there; an empty reference where none is.
  [[nodiscard]] ArrayRef find(std::initializer_list<std::string_view> names);
  // As find; throws Error{kFormat} naming the files searched where none is there.
  [[nodiscard]] ArrayRef require(std::initializer_list<std::string_view> names);
  // Adds a file that is read elsewhere to read_files(), once.
  void remember(const std::string& path);

 private:
  void choose_features(const std::string& features_file);
  [[nodiscard]] ArrayRef find_one(std::string_view name);
  ArrayRef remember(ArrayRef array);

  std::string path_;
  std::vector<std::unique_ptr<ArrayFile>> open_files_;
  std::vector<std::string> read_files_;
  std::vector<std::string> split_paths_;
  ArrayFile* features_ = nullptr;
};

// The split lists of a folder, those that are there, as they are.
struct SplitLists {
  std::optional<NumberList> trainval, train, val, test_seen, test_unseen;
};
[[nodiscard]] SplitLists read_split_lists(GbuFolder& folder);

// The same for a split. Without trainval_loc the training rows are train_loc, with val_loc
// where that is there. Throws Error{kFormat} where training or unseen test rows are not listed.
[[nodiscard]] RawSplit read_raw_split(GbuFolder& folder);

// The axis that samples (or classes) lie along: MATLAB has them in columns, which scipy shows as
// axis 1 and h5py as axis 0; files made elsewhere have them in rows.
[[nodiscard]] int sample_axis(const ArrayRef& array);

}  // namespace dem
