// Enumerators and their texts: one table, from which to_string and its inverse come.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

// constexpr EnumName<Metric> kMetrics[] = {{Metric::kEuclidean, "euclidean"}, ...}; every
// enumerator once, in the order in which messages list them. A row of more columns does as well,
// where it has `value` and `name`.
template <typename Enum>
struct EnumName {
  Enum value;
  std::string_view name;
};

// "unknown" for a value that the table lacks, which then was cast from a number.
template <typename Row, std::size_t kRows>
[[nodiscard]] constexpr std::string_view name_of(const Row (&table)[kRows],
                                                 decltype(Row::value) value) noexcept {
  for (const Row& row : table) {
    if (row.value == value) return row.name;
  }
  return "unknown";
}

// "a", "a or b", "a, b or c".
template <typename Row, std::size_t kRows>
[[nodiscard]] std::string names_of(const Row (&table)[kRows]) {
  std::string names(table[0].name);
  for (std::size_t i = 1; i < kRows; ++i) {
    names.append(i + 1 < kRows ? ", " : " or ").append(table[i].name);
  }
  return names;
}

// The value with this name. Throws Error{kInvalidArgument} "what: expected a, b or c, got "x"".
template <typename Row, std::size_t kRows>
[[nodiscard]] auto value_of(const Row (&table)[kRows], std::string_view name, std::string_view what)
    -> decltype(Row::value) {
  for (const Row& row : table) {
    if (row.name == name) return row.value;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat(what, ": expected ", names_of(table), ", got \"", name, "\""));
}

}  // namespace dem
