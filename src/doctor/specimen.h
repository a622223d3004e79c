// A dataset as its files have it, before anything is left out, filled in or refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop.h"
#include "data/row_lists.h"
#include "dem/base/error.h"
#include "dem/data/dataset.h"
#include "doctor/feature_scan.h"

namespace dem {

// The lists of a split.
enum class Part : std::uint8_t { kTrainval, kTrain, kVal, kTestSeen, kTestUnseen };
inline constexpr std::array kParts = {
    Part::kTrainval, Part::kTrain, Part::kVal, Part::kTestSeen, Part::kTestUnseen};
// "trainval", "train", "val", "test_seen", "test_unseen".
[[nodiscard]] std::string_view to_string(Part part) noexcept;

struct ListedRows {
  bool given = false;
  std::string where;
  std::vector<Index> rows = {};      // each once, ascending, of 0 .. n - 1
  std::vector<Index> repeated = {};  // those that are listed more than once, ascending
  std::vector<Index> outside = {};   // entries that are no row, as the file has them
  bool is_mask = false;              // an entry a row, 0 or 1
};

// Descriptions, a row a class, missing entries as the file has them.
struct DescriptionTable {
  std::string space;  // "attribute", ...
  std::string where;
  Matrix<float> values;                 // [num_classes, dim]
  std::vector<std::string> dimensions;  // what they mean, or empty
};

// Numbers of a file that count from another base than they are read with.
struct CountedFrom {
  std::string where;
  int base = 1;
};

struct Specimen {
  std::string folder;
  std::vector<std::string> class_names;
  bool has_class_names = true;  // else they are made up
  std::vector<ClassId> labels;  // [n]; -1: of no class
  std::string labels_where;
  std::array<ListedRows, kParts.size()> lists;
  std::vector<DescriptionTable> tables;
  std::optional<DescriptionTable> original;  // un-normalised, beside an attribute table
  std::vector<std::string> image_files;      // [n], or empty
  std::string image_files_where;
  int labels_base = 1, lists_base = 1;  // layout gbu: what they count from, by the looks of it
  std::vector<CountedFrom> other_base;  // labels and lists that are not counted as asked for

  struct Refusal {
    ErrorKind kind = ErrorKind::kInternal;
    std::string message;
  };
  std::optional<Refusal> refusal;  // of load_dataset
  std::optional<Dataset> dataset;  // without features; also where only missing values are refused
  DatasetOptions options;          // as asked for
  std::optional<DatasetOptions> loaded_with;  // those that gave `dataset`
  FeatureFacts features;
  ShouldStop should_stop;  // asked between blocks of rows and bytes

  [[nodiscard]] const ListedRows& list(Part part) const {
    return lists[static_cast<std::size_t>(part)];
  }
  [[nodiscard]] ListedRows& list(Part part) { return lists[static_cast<std::size_t>(part)]; }
  [[nodiscard]] Index num_classes() const { return static_cast<Index>(class_names.size()); }
  [[nodiscard]] Index num_rows() const { return static_cast<Index>(labels.size()); }
  // [num_classes]: rows of a list a class.
  [[nodiscard]] std::vector<Index> rows_a_class(Part part) const;
};

// What is the same in every layout, out of specimen.dataset.
void take_from_dataset(Specimen& specimen);
// What the files of layout gbu say; what cannot be read is left empty.
void read_gbu_specimen(Specimen& specimen);
// Descriptions of layout table as they are before they are filled in.
void read_table_specimen(Specimen& specimen);
// The features of layout gbu through a scan of their own, where load_dataset refuses the data.
void scan_gbu_features(Specimen& specimen);

// A list of row numbers, or a mask, sorted into a list of rows below num_rows.
[[nodiscard]] ListedRows listed_rows(const NumberList& numbers, int base, Index num_rows);

}  // namespace dem
