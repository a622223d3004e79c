#include "io/csv_numbers.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "io/csv_scanner.h"

namespace dem {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return text;
}

// "1,234,567": one to three digits, then groups of three.
bool is_grouped(std::string_view text, char separator) {
  const std::size_t first = text.find(separator);
  if (first == std::string_view::npos || first > 3 || !all_digits(text.substr(0, first)) ||
      text.front() == '0') {
    return false;
  }
  for (text.remove_prefix(first); !text.empty(); text.remove_prefix(4)) {
    if (text.size() < 4 || text.front() != separator || !all_digits(text.substr(1, 3)))
      return false;
  }
  return true;
}

// Of the digits and marks of a number with a comma.
CsvNumberKind kind_with_comma(std::string_view mantissa, bool has_exponent) {
  const auto commas = std::count(mantissa.begin(), mantissa.end(), ',');
  const std::size_t last = mantissa.rfind(','), point = mantissa.find('.');
  const std::string_view before = mantissa.substr(0, last), behind = mantissa.substr(last + 1);
  if (point != std::string_view::npos && point > last) {
    const bool fits =
        is_grouped(mantissa.substr(0, point), ',') && all_digits(mantissa.substr(point + 1));
    return fits ? CsvNumberKind::kCommaThousands : CsvNumberKind::kNone;
  }
  if (commas > 1) {
    return is_grouped(mantissa, ',') ? CsvNumberKind::kCommaThousands : CsvNumberKind::kNone;
  }
  if (point != std::string_view::npos) {
    const bool fits = is_grouped(before, '.') && all_digits(behind);
    return fits ? CsvNumberKind::kPointThousands : CsvNumberKind::kNone;
  }
  if ((!before.empty() && !all_digits(before)) || !all_digits(behind)) return CsvNumberKind::kNone;
  const bool in_doubt = is_grouped(mantissa, ',') && !has_exponent;
  return in_doubt ? CsvNumberKind::kCommaInDoubt : CsvNumberKind::kDecimalComma;
}

// The number without `dropped`, and with a point for a comma that is left.
std::optional<double> parse_without(std::string_view text, char dropped) {
  std::string plain;
  for (const char c : text) {
    if (c != dropped) plain.push_back(c == ',' ? '.' : c);
  }
  return parse_csv_number(plain);
}

}  // namespace

std::optional<double> parse_csv_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

bool is_missing_cell(std::string_view text) {
  return text.empty() || text == "NA" || text == "N/A" || text == "n/a";
}

CsvNumberKind csv_number_kind(std::string_view text) {
  if (text.find(',') == std::string_view::npos) {
    if (!parse_csv_number(text)) return CsvNumberKind::kNone;
    if (all_digits(without_sign(text))) return CsvNumberKind::kWhole;
    return text.find('.') == std::string_view::npos ? CsvNumberKind::kOther : CsvNumberKind::kPoint;
  }
  std::string_view mantissa = without_sign(text);
  const std::size_t exponent = mantissa.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    if (!all_digits(without_sign(mantissa.substr(exponent + 1)))) return CsvNumberKind::kNone;
    mantissa = mantissa.substr(0, exponent);
  }
  return kind_with_comma(mantissa, exponent != std::string_view::npos);
}

std::optional<double> CsvNumbers::parse(std::string_view text) const {
  const bool plain = !decimal_comma || text.find_first_of(",.") == std::string_view::npos;
  if (plain) {
    if (const auto value = parse_csv_number(text)) return value;
  }
  switch (csv_number_kind(text)) {
    case CsvNumberKind::kDecimalComma:
      return decimal_comma ? parse_without(text, '\0') : std::nullopt;
    case CsvNumberKind::kPointThousands:
      return decimal_comma ? parse_without(text, '.') : std::nullopt;
    case CsvNumberKind::kCommaThousands:
      return decimal_comma ? std::nullopt : parse_without(text, ',');
    case CsvNumberKind::kCommaInDoubt:
      if (decimal_comma) return parse_without(text, '\0');
      return decimal_points ? parse_without(text, ',') : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::string csv_cell_in_words(std::string_view text) {
  if (text.empty()) return "an empty cell";
  std::string words = shown(text);
  const CsvNumberKind kind = csv_number_kind(text);
  if (kind == CsvNumberKind::kCommaInDoubt) {
    words += ", whose comma may be decimal or part thousands";
  } else if (kind != CsvNumberKind::kNone) {
    words += ", which is not written as the numbers before it are";
  } else if (text.front() == '[' || text.back() == ']') {
    words += ", of a list (write a column a number)";
  }
  return words;
}

}  // namespace dem
