// The files of layout dem: AwA_data/ and CUB_data/ of the reference.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/array_access.h"

namespace dem {

// Paths within the dataset's folder, without ".mat"; the last component is also the variable.
struct DemFiles {
  const char* dataset;
  const char* folder;
  const char* train_features;    // [num_train, feature_dim]
  const char* test_features;     // [num_test, feature_dim]
  const char* test_labels;       // [num_test], class numbers
  const char* test_class_ids;    // [num_test_classes], class numbers
  const char* train_attributes;  // [num_train, attribute_dim], a row an image
  const char* test_attributes;   // [num_test_classes, attribute_dim], in the order of the ids
  const char* train_words;       // as the attributes; null where the data have none
  const char* test_words;
};

// Null for a name that the reference has no data of; upper and lower case are the same.
[[nodiscard]] const DemFiles* find_dem_files(std::string_view dataset);

// A dataset's folder, whose files are opened on demand and kept open.
class DemFolder {
 public:
  DemFolder(const DemFiles& files, std::string path) : files_(files), path_(std::move(path)) {}

  [[nodiscard]] const DemFiles& files() const { return files_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::vector<std::string>& read_files() const { return read_files_; }

  [[nodiscard]] bool has(const char* stem) const;
  // The variable of the file `stem`.mat, and the one array of any other file.
  ArrayRef open(const char* stem);
  ArrayRef open_single(const std::string& path);

 private:
  const DemFiles& files_;
  std::string path_;
  std::vector<std::unique_ptr<ArrayFile>> open_files_;
  std::vector<std::string> read_files_;
};

}  // namespace dem
