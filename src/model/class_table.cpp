#include "dem/model/class_table.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// Where a space stands in the table.
std::size_t place_of(const ClassTable& classes, std::string_view name) {
  const auto found = std::find(classes.spaces.begin(), classes.spaces.end(), name);
  if (found != classes.spaces.end()) {
    return static_cast<std::size_t>(found - classes.spaces.begin());
  }
  throw Error(ErrorKind::kShapeMismatch,
              concat("class table: expected the semantic space \"",
                     name,
                     "\" that the model takes, got ",
                     classes.spaces.empty() ? "none" : join(classes.spaces)));
}

}  // namespace

const Matrix<float>& ClassTable::space(std::string_view name) const {
  return embeddings[place_of(*this, name)];
}

ClassTable ClassTable::clone() const {
  return with_spaces(spaces);
}

ClassTable ClassTable::with_spaces(const std::vector<std::string>& names_of_spaces) const {
  ClassTable copy{names, seen, names_of_spaces, {}, {}};
  for (const std::string& name : names_of_spaces) {
    const std::size_t place = place_of(*this, name);
    copy.embeddings.push_back(embeddings[place].clone());
    if (!dimension_names.empty()) copy.dimension_names.push_back(dimension_names[place]);
  }
  return copy;
}

}  // namespace dem
