// Tables with a row a class and the classes' names beside them, from any readable file.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/data/missing_descriptions.h"
#include "dem/io/array_file.h"
#include "dem/linalg/matrix.h"

namespace dem {

struct ClassRows {
  Matrix<float> values;                           // [n, dim]
  std::optional<std::vector<std::string>> names;  // [n], where the file has them
  std::vector<std::string> dimension_names;       // [dim], or empty
};

// The rows as the file has them. A split file of layout gbu has those of `att`. Files of text have
// their names in a column (io/csv_structure.h), others as text beside the one array of numbers:
// `names`, `class_names`, `allclasses_names`, or their only text of n strings. An array is [n,
// dim], or [dim, n] where the names say so. Missing entries are NaN where they are filled in later.
// Throws Error{kFormat} and Error{kShapeMismatch}.
[[nodiscard]] ClassRows read_class_rows(const std::string& path, MissingDescriptions missing);

// The classes that rows are wanted of.
struct WantedClasses {
  std::span<const std::string> names;
  std::string whose;  // where the names come from, for messages
  bool named = true;  // whether these are the classes' own names, not made of their numbers
};

// A row a class, in the order of `classes`: by name where the file has names (match_names in
// name_match.h), a row of another class left out; else row i is that of class i, and their number
// is checked. Classes that have no names of their own are taken in order, with a warning where the
// file has names. Memory follows from the wanted rows and the names, not from the file's numbers.
[[nodiscard]] ClassRows read_rows_of_classes(const std::string& path,
                                             const WantedClasses& classes,
                                             MissingDescriptions missing);

// The names that arrays of classes' names have.
[[nodiscard]] std::span<const std::string_view> class_name_arrays();

// The names beside `num_rows` rows; none where the file has none. Throws Error{kFormat} where
// several arrays of text may be names.
[[nodiscard]] std::optional<std::vector<std::string>> names_beside(ArrayFile& file, Index num_rows);

}  // namespace dem
