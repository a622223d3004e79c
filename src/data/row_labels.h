// The classes of a dataset's rows as files have them: numbers, names, or one-hot rows.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/array_access.h"
#include "dem/model/class_table.h"

namespace dem {

// In the place of a label that a file leaves out.
inline constexpr std::int64_t kNoLabel = std::numeric_limits<std::int64_t>::min();

struct RowLabels {
  std::string where;
  // [n]: numbers as the file has them, or places in the class table; kNoLabel where it has NaN, an
  // empty name, or a one-hot row of zeros, and for names of no class.
  std::vector<std::int64_t> values;
  enum class Kind : std::uint8_t { kNumbers, kOneHot, kNames } kind = Kind::kNumbers;
  std::vector<std::string> names = {};  // [n], of kNames
};

// Reads labels of any of these kinds: whole numbers or text [n], or numbers that are 1 at the class
// of a row and else 0, [n, num_classes] or [num_classes, n].
//   class_names  [num_classes], empty where the data have none; needed for names
//   num_rows     of the features; 0: unknown
// Throws Error{kFormat} for numbers that are not whole and for names without class names, or whose
// class names are not distinct, Error{kShapeMismatch} for other shapes and a square array that may
// be turned either way.
[[nodiscard]] RowLabels read_row_labels(const ArrayRef& array,
                                        std::span<const std::string> class_names,
                                        Index num_classes,
                                        Index num_rows);

// How many classes numbers name at least: the largest one, and one more where there is a 0. 0 for
// labels of another kind.
[[nodiscard]] Index num_labelled_classes(const RowLabels& labels);

// What numbers count from, by those of rows that are `used` [n]: 0 where there is a 0, 1 where
// num_classes is there; where they have neither, 1 where another row has num_classes. None where
// both may be. Of the other kinds it is 0.
[[nodiscard]] std::optional<int> base_of_labels(const RowLabels& labels,
                                                Index num_classes,
                                                const std::vector<bool>& used);
// The same, where nobody has said it (`asked`); throws Error{kFormat} that names the index base
// where both may be. Where numbers fit neither, what is nearer: to_classes refuses them.
[[nodiscard]] int settle_base_of_labels(const RowLabels& labels,
                                        Index num_classes,
                                        const std::vector<bool>& used,
                                        std::optional<int> asked);

// [n], rows of the class table; -1 for rows that are not used and have no label, or one of no
// class. Throws Error{kFormat} naming position and label of a used row for those.
[[nodiscard]] std::vector<ClassId> to_classes(const RowLabels& labels,
                                              Index num_classes,
                                              int index_base,
                                              const std::vector<bool>& used);

}  // namespace dem
