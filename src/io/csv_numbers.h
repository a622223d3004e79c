// Numbers in cells of text: with a decimal point or comma, and with separated thousands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dem {

// A plain number: digits, a decimal point, an exponent, nan, inf. Not one: nothing. Beyond double's
// range is none either, or it would silently become infinite.
[[nodiscard]] std::optional<double> parse_csv_number(std::string_view text);

// What stands for a number that nobody knows: nothing, NA, N/A or n/a. (nan is a number here.)
[[nodiscard]] bool is_missing_cell(std::string_view text);

enum class CsvNumberKind : std::uint8_t {
  kNone,            // no number
  kWhole,           // 12
  kPoint,           // 0.5
  kOther,           // 1e5, nan
  kDecimalComma,    // 0,5 or 1,25
  kCommaThousands,  // 1,234.5 or 1,234,567
  kPointThousands,  // 1.234,5
  kCommaInDoubt,    // 1,234: decimals or thousands
};
[[nodiscard]] CsvNumberKind csv_number_kind(std::string_view text);

// How the numbers of one file are written.
struct CsvNumbers {
  bool decimal_comma = false;
  bool decimal_points = false;  // some number has a point, so that 1,234 are thousands

  // Nothing where the text is no number, or none that is written so. Separated thousands are read
  // where nothing else can be meant.
  [[nodiscard]] std::optional<double> parse(std::string_view text) const;
};

// What a cell that is no number holds, for "expected a number, got ": the cell, and what it looks
// like where that is known.
[[nodiscard]] std::string csv_cell_in_words(std::string_view text);

}  // namespace dem
