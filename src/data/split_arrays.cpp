// Splits in arrays: row numbers from 0, or masks, named as the parts.
#include <algorithm>

#include "base/at.h"
#include "base/text.h"
#include "data/array_access.h"
#include "data/row_lists.h"
#include "data/split_parts.h"
#include "dem/base/error.h"

namespace dem {
namespace {

std::vector<Index> rows_in(const ArrayRef& array, Index num_rows) {
  std::vector<Index> rows;
  if (array.info->shape.empty() || array.info->shape[0] == 0) return rows;
  const std::vector<std::int64_t> values = read_checked_integers(array);
  const bool is_bool = array.info->type == ElementType::kBool;
  if (is_bool || is_row_mask({array.where(), values}, num_rows)) {
    if (static_cast<Index>(values.size()) != num_rows) {
      refuse_split(
          array.where(), concat("a mask of ", num_rows, " samples"), concat(values.size()));
    }
    for (Index row = 0; row < num_rows; ++row) {
      if (values[at(row)] != 0) rows.push_back(row);
    }
    return rows;
  }
  for (const std::int64_t value : values) {
    if (value < 0 || value >= num_rows) {
      refuse_split(array.where(), concat("row numbers from 0 to ", num_rows - 1), concat(value));
    }
    rows.push_back(value);
  }
  std::sort(rows.begin(), rows.end());
  const auto twice = std::adjacent_find(rows.begin(), rows.end());
  if (twice != rows.end()) {
    refuse_split(array.where(), "a row once", concat("row ", *twice, " again"));
  }
  return rows;
}

}  // namespace

SplitParts read_split_arrays(const std::string& path, const TableRows& rows) {
  rows.require_in_order(path);
  const auto file = ArrayFile::open(path);
  SplitParts parts;
  parts.path = path;
  bool found = false;
  for (std::size_t i = 0; i < kRowParts.size(); ++i) {
    const ArrayInfo* info = file->find(kRowParts[i]);
    if (info == nullptr) continue;
    parts.rows[i] = rows_in({file.get(), info}, rows.size());
    found = true;
  }
  if (found) return parts;
  std::vector<std::string> held;
  for (const ArrayInfo& info : file->arrays()) held.push_back(info.name);
  refuse_split(path,
               concat("arrays of row numbers, counted from 0, named ", join(kRowParts)),
               held.empty() ? "none" : join(held));
}

}  // namespace dem
