// The classes that a model or a dataset knows, with their descriptions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

struct ClassTable {
  std::vector<std::string> names;         // [num_classes]
  std::vector<bool> seen;                 // [num_classes]: had training images
  std::vector<std::string> spaces;        // names of the semantic spaces: "attribute", "word", ...
  std::vector<Matrix<float>> embeddings;  // one [num_classes, embedding_dim] a space
  // What the columns of each space mean, embedding_dim names; a space's list is empty where nobody
  // said so, and all of it where no space has names.
  std::vector<std::vector<std::string>> dimension_names = {};

  [[nodiscard]] Index size() const { return static_cast<Index>(names.size()); }
  // The embeddings of a space. Throws Error{kShapeMismatch} where the table lacks it.
  [[nodiscard]] const Matrix<float>& space(std::string_view name) const;
  [[nodiscard]] ClassTable clone() const;
  // The classes in some spaces alone, in their order. Throws as space().
  [[nodiscard]] ClassTable with_spaces(const std::vector<std::string>& names_of_spaces) const;
};

}  // namespace dem
