// Classes of layout table, which go by name.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

// The first column is the class' name, each further one an attribute.
struct TableClasses {
  std::string path;
  std::vector<std::string> names;            // [num_classes], distinct
  std::vector<std::string> attribute_names;  // [attribute_dim]; empty where there are no headings
  Matrix<float> attributes;                  // [num_classes, attribute_dim]
  std::unordered_map<std::string, ClassId> ids;

  // The class of that name. Throws Error{kFormat} beginning with `where`.
  [[nodiscard]] ClassId id(const std::string& name, const std::string& where) const;
};

// From text, whose structure is found by find_csv_structure (io/csv_structure.h), or from any other
// file with one array of numbers and names beside it (class_rows.h). Attributes that are missing
// (an empty cell, NA, what is not finite) are not finite in the table where they may be missing.
// Throws Error{kFormat} naming the place of names and headings that are empty or there twice, and
// of what is no finite float32 otherwise.
//   names_file  a list of names (read_name_list) in place of those that the file has, or that it
//               has not; empty: those of the file; null: the same, where there can be no list
// Throws Error{kShapeMismatch} where the list has another number of names than the file rows.
[[nodiscard]] TableClasses read_table_classes(const std::string& path,
                                              bool may_be_missing,
                                              const std::string* names_file = nullptr);

}  // namespace dem
