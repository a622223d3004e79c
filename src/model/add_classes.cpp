#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/model/model.h"

namespace dem {
namespace {

// Also of spaces that the class map does not take, which no prototype tells of: an array with a row
// a class, or the new rows would stand beside other classes.
void check_own_arrays(const ClassTable& classes) {
  if (classes.embeddings.size() != classes.spaces.size()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("new classes: expected a model with an array for each of ",
                       classes.spaces.size(),
                       " spaces, got ",
                       classes.embeddings.size()));
  }
  for (std::size_t i = 0; i < classes.spaces.size(); ++i) {
    if (classes.embeddings[i].rows() == classes.size()) continue;
    throw Error(ErrorKind::kShapeMismatch,
                concat("new classes: expected a model with ",
                       classes.size(),
                       " descriptions in the space \"",
                       classes.spaces[i],
                       "\", a row a class, got ",
                       classes.embeddings[i].rows()));
  }
}

void check_names(const ClassTable& classes, const ClassTable& added) {
  std::set<std::string> known(classes.names.begin(), classes.names.end());
  for (const std::string& name : added.names) {
    if (name.empty()) {
      throw Error(ErrorKind::kInvalidArgument, "new classes: expected a name for each, got none");
    }
    if (known.insert(name).second) continue;
    const bool old =
        std::find(classes.names.begin(), classes.names.end(), name) != classes.names.end();
    throw Error(ErrorKind::kInvalidArgument,
                concat("new classes: \"",
                       name,
                       "\": expected a name of its own, got ",
                       old ? "one that the model has" : "it twice"));
  }
}

void check_finite(const ClassTable& added, std::size_t space) {
  const Matrix<float>& values = added.embeddings[space];
  for (Index i = 0; i < values.rows(); ++i) {
    const std::span<const float> row = values.row(i);
    const auto bad =
        std::find_if(row.begin(), row.end(), [](float v) { return !std::isfinite(v); });
    if (bad == row.end()) continue;
    throw Error(ErrorKind::kNumerical,
                concat("new classes, space \"",
                       added.spaces[space],
                       "\": class \"",
                       added.names[static_cast<std::size_t>(i)],
                       "\", column ",
                       bad - row.begin(),
                       ": expected a finite float32, got ",
                       *bad));
  }
}

std::span<const std::string> dimension_names_of(const ClassTable& classes, std::size_t space) {
  if (space >= classes.dimension_names.size()) return {};
  return classes.dimension_names[space];
}

// Where both tables say what the columns mean, they say the same: columns in another order have the
// right width and give wrong prototypes.
void check_dimension_names(const ClassTable& classes,
                           std::size_t space,
                           const ClassTable& added,
                           std::size_t added_space) {
  const auto expected = dimension_names_of(classes, space);
  const auto got = dimension_names_of(added, added_space);
  if (expected.empty() || got.empty()) return;
  const auto [a, b] = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
  if (a == expected.end() && b == got.end()) return;
  const auto quoted = [](auto name, auto end) {
    return name == end ? std::string("none") : concat('"', *name, '"');
  };
  throw Error(ErrorKind::kInvalidArgument,
              concat("new classes, space \"",
                     classes.spaces[space],
                     "\": expected the model's dimensions in its order, ",
                     quoted(a, expected.end()),
                     " in column ",
                     a - expected.begin(),
                     ", got ",
                     quoted(b, got.end())));
}

Matrix<float> stacked(MatrixView<const float> above, MatrixView<const float> below) {
  Matrix<float> out = Matrix<float>::uninitialised(above.rows() + below.rows(), above.cols());
  for (Index i = 0; i < out.rows(); ++i) {
    const auto row = i < above.rows() ? above.row(i) : below.row(i - above.rows());
    std::copy(row.begin(), row.end(), out.row(i).begin());
  }
  return out;
}

// Where the model's space stands in the added table, whose array is checked.
std::size_t find_space(const ClassTable& classes, std::size_t space, const ClassTable& added) {
  const std::string& name = classes.spaces[space];
  const auto found = std::find(added.spaces.begin(), added.spaces.end(), name);
  const auto at = static_cast<std::size_t>(found - added.spaces.begin());
  if (at >= added.embeddings.size()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("new classes: expected descriptions in the space \"",
                       name,
                       "\", got ",
                       added.spaces.empty() ? "none" : join(added.spaces)));
  }
  const Matrix<float>& values = added.embeddings[at];
  const Index width = classes.embeddings[space].cols();
  if (values.rows() != added.size() || values.cols() != width) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("new classes, space \"",
                       name,
                       "\": expected [",
                       added.size(),
                       ", ",
                       width,
                       "], got [",
                       values.rows(),
                       ", ",
                       values.cols(),
                       "]"));
  }
  check_dimension_names(classes, space, added, at);
  check_finite(added, at);
  return at;
}

}  // namespace

void Model::add_classes(const ClassTable& added) {
  if (prototypes.rows.rows() != classes.size() || classes.size() == 0) {
    throw Error(ErrorKind::kInvalidArgument,
                "new classes: expected a model with a class table and prototypes, got none");
  }
  check_own_arrays(classes);
  check_names(classes, added);
  ClassTable unseen;
  unseen.names = added.names;
  unseen.seen.assign(added.names.size(), false);
  unseen.spaces = classes.spaces;
  std::vector<Matrix<float>> embeddings;
  for (std::size_t i = 0; i < classes.spaces.size(); ++i) {
    unseen.embeddings.push_back(added.embeddings[find_space(classes, i, added)].clone());
    embeddings.push_back(stacked(classes.embeddings[i], unseen.embeddings[i]));
  }
  if (added.size() == 0) return;
  prototypes.append(class_map.mapped(unseen));
  classes.embeddings = std::move(embeddings);
  classes.names.insert(classes.names.end(), added.names.begin(), added.names.end());
  classes.seen.resize(classes.names.size(), false);
}

}  // namespace dem
