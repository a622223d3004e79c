// What the columns of a table of samples hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dem/imports/import_table.h"
#include "io/csv_numbers.h"
#include "io/csv_scanner.h"

namespace dem {

enum class FrameRole : std::uint8_t {
  kFeature,
  kClass,
  kSample,
  kLeftOut,
  kEmpty,  // no heading, and no cell that holds anything
};

struct FrameLayout {
  std::vector<std::string> headings;  // [width]; an empty one over row names of R
  std::vector<FrameRole> roles;       // [width]
  CsvNumbers numbers;                 // how features are written
  Index num_features = 0;
};

// By the headings and the first records. Features are all columns of numbers that are not those of
// classes, of samples, an index (whole numbers under no heading, `index` or `Unnamed: 0`) or
// left out. `in` stands before the first record. Throws Error{kFormat} naming headings: where there
// is no column of classes or several, where another column is headed like one of classes, samples
// or splits, for columns of text that are nothing of these, and headings that are there twice or
// not at all.
[[nodiscard]] FrameLayout find_frame_layout(CsvScanner& in, const FrameColumns& columns);

}  // namespace dem
