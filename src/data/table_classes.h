// Classes of layout table, which go by name.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

// classes.csv: the first column is the class' name, each further one an attribute.
struct TableClasses {
  std::string path;
  std::vector<std::string> names;            // [num_classes], distinct
  std::vector<std::string> attribute_names;  // [attribute_dim]; empty where there are no headings
  Matrix<float> attributes;                  // [num_classes, attribute_dim]
  std::unordered_map<std::string, ClassId> ids;

  // The class of that name. Throws Error{kFormat} beginning with `where`.
  [[nodiscard]] ClassId id(const std::string& name, const std::string& where) const;
};

// The first line holds headings where none of its cells beyond the first is a number, or its first
// one is a heading of names (`class`, `name` ...). Attributes that are missing (an empty cell, NA,
// what is not finite) are not finite in the table where they may be missing. Throws Error{kFormat}
// naming line and column for names and headings that are empty or there twice, and for what is no
// finite float32 otherwise.
[[nodiscard]] TableClasses read_table_classes(const std::string& path, bool may_be_missing);

}  // namespace dem
