// The files of layout gbu: a folder of files whose arrays are found by name.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/array_access.h"
#include "dem/data/dataset.h"

namespace dem {

// Whether that names a split as dem split writes it (text or JSON), which has lists alone.
[[nodiscard]] bool is_drawn_split(const std::string& path);

// Rules: `features` and `labels` come from the features file, which is the one asked for, else
// res101.mat, else res101 with another ending, else the only file that holds both, else features.*
// and labels.* of one array each. Everything else is in the split file: the one asked for, else
// att_splits.mat, else att_splits with another ending, else the only file with `att` and lists of
// rows, else in any of the files; a name in two of them is an error. Names in a struct or a group
// count as well (find_named). The files are those of named arrays (container_files).
class GbuFolder {
 public:
  // Throws Error{kInvalidArgument} naming them where several files could be the features file or
  // the split file, Error{kFormat} where no file has features, Error{kIo} where the split file
  // asked for is not there.
  GbuFolder(std::string path, const DatasetOptions& options);
  // Of a folder that may have no features file; features() and labels() are not to be asked for.
  explicit GbuFolder(std::string path, const std::string& split_file = "");

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool has_features() const { return features_ != nullptr; }
  [[nodiscard]] const std::vector<std::string>& read_files() const { return read_files_; }

  // Where descriptions and lists are looked for.
  [[nodiscard]] const std::vector<std::string>& split_paths() const { return split_paths_; }
  // Other files that could be the split file, where att_splits.mat is read.
  [[nodiscard]] const std::vector<std::string>& unused_split_files() const {
    return unused_split_files_;
  }
  // Open until this goes.
  ArrayFile& open(const std::string& path);

  [[nodiscard]] ArrayRef features();
  [[nodiscard]] ArrayRef labels();
  // The array of this name in the split files, not counted as read; empty where none is.
  [[nodiscard]] ArrayRef look_for(std::string_view name) { return find_one(name); }
  // Counts a file that is read elsewhere as read.
  void remember_read(const std::string& path);
  // The array under the first of these names that is there; an empty reference where none is.
  [[nodiscard]] ArrayRef find(std::initializer_list<std::string_view> names);
  // As find; throws Error{kFormat} naming the files searched where none is there.
  [[nodiscard]] ArrayRef require(std::initializer_list<std::string_view> names);

 private:
  void choose_features(const std::string& features_file);
  void choose_split(const std::string& split_file);
  // The only one of these files with features and labels.
  void take_only_features(const std::vector<std::string>& all);
  // Files of named arrays; those that cannot be read are left out where their ending is not .mat.
  [[nodiscard]] std::vector<std::string> readable_files();
  // The files that hold a split.
  [[nodiscard]] std::vector<std::string> split_files();
  [[nodiscard]] ArrayRef find_one(std::string_view name);
  ArrayRef remember(ArrayRef array);

  std::string path_;
  std::vector<std::unique_ptr<ArrayFile>> open_files_;
  std::vector<std::string> read_files_;
  std::vector<std::string> split_paths_;
  std::vector<std::string> unused_split_files_;
  bool split_is_asked_for_ = false;
  ArrayFile* features_ = nullptr;
};

// Whether a file has what a split file has: `att`, and lists of rows.
[[nodiscard]] bool is_split_file(ArrayFile& file);

}  // namespace dem
