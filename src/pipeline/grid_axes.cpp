// Which points a grid has.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/pipeline/grid.h"

namespace dem {
namespace {

[[noreturn]] void refuse_grid(const std::string& message) {
  throw Error(ErrorKind::kInvalidArgument, "grid: " + message);
}

// Points that are judged in different ways cannot be compared.
bool says_how_to_judge(const std::string& field) {
  return field.rfind("selection", 0) == 0;
}

void check_axes(std::span<const GridAxis> axes) {
  if (axes.empty()) refuse_grid("expected a field, got none");
  std::set<std::string> fields;
  for (const GridAxis& axis : axes) {
    if (!fields.insert(axis.field).second) {
      refuse_grid(concat("expected ", axis.field, " once, got it twice"));
    }
    if (says_how_to_judge(axis.field)) {
      refuse_grid(concat(
          "expected a field of training, got ", axis.field, ", which says how points are judged"));
    }
  }
}

Index count_points(std::span<const GridAxis> axes) {
  Index count = 1;
  bool is_above = false;
  std::string factors;
  for (const GridAxis& axis : axes) {
    const auto values = static_cast<Index>(axis.values.size());
    is_above = is_above || values > kMostGridPoints / count;
    if (!is_above) count *= values;
    factors += concat(factors.empty() ? "" : " x ", values);
  }
  if (is_above) {
    refuse_grid(concat("expected at most ", kMostGridPoints, " points, got ", factors));
  }
  return count;
}

}  // namespace

GridAxis grid_axis_from_string(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    refuse_grid(concat("expected FIELD=VALUE,VALUE,..., got ", text));
  }
  GridAxis axis{text.substr(0, equals), {}};
  std::size_t first = equals + 1;
  while (first <= text.size()) {
    const std::size_t comma = std::min(text.find(',', first), text.size());
    const std::string value = text.substr(first, comma - first);
    if (value.empty()) refuse_grid(concat("expected a value between commas, got ", text));
    if (std::find(axis.values.begin(), axis.values.end(), value) != axis.values.end()) {
      refuse_grid(concat(axis.field, ": expected ", value, " once, got it twice"));
    }
    axis.values.push_back(value);
    first = comma + 1;
  }
  return axis;
}

std::vector<std::map<std::string, std::string>> grid_points(std::span<const GridAxis> axes) {
  check_axes(axes);
  std::vector<std::map<std::string, std::string>> points;
  for (Index point = 0; point < count_points(axes); ++point) {
    std::map<std::string, std::string> fields;
    Index rest = point;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
      const auto values = static_cast<Index>(axis->values.size());
      fields[axis->field] = axis->values[static_cast<std::size_t>(rest % values)];
      rest /= values;
    }
    points.push_back(std::move(fields));
  }
  return points;
}

}  // namespace dem
