// What separates the cells of a text, found in its first lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "dem/base/types.h"

namespace dem {

// May stand before UTF-8 text.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// What decides how a text is read lies within so many of its first bytes, or in its first two
// records where they are longer.
inline constexpr std::size_t kCsvSampleBytes = std::size_t{1} << 20;
inline constexpr std::size_t kCsvSampleRecords = 8;

struct CsvDialect {
  char delimiter = ',';  // '\t', ';', ',', or ' ' for any number of blanks and tabs
  // Between blanks: numbers behind a name that may be of several words; 0: no such name is known.
  Index numbers_behind_name = 0;
  // The first line says how many rows and columns follow, as word2vec writes it.
  bool has_count_line = false;
  Index comment_lines = 0;  // above the first record

  [[nodiscard]] bool blanks() const { return delimiter == ' '; }
};

// Blanks separate cells where the lines end in as many numbers each, two or more, and no tabs do
// it; else as detect_delimiter.
[[nodiscard]] CsvDialect find_csv_dialect(std::string_view text);

// Comma, tab or semicolon: of those that stand equally often (and at all) in the first two lines
// outside quotes the first in the order tab, semicolon, comma, since decimal commas and prose may
// put commas into tab- and semicolon-separated files; else the most frequent one of the first line.
[[nodiscard]] char detect_delimiter(std::string_view text);

// Whether `line`, without its end, is a comment: it begins with # or %, and what follows is not a
// row of numbers behind a name that begins so (between blanks: not eight of them behind one word).
// Above the first record such a row needs one as wide behind it.
[[nodiscard]] bool is_csv_comment(std::string_view line, char delimiter);

// "comma", "tab", "semicolon" or "blanks".
[[nodiscard]] std::string delimiter_in_words(char delimiter);

// Throws Error{kFormat} where the text is UTF-16.
void refuse_utf16(std::string_view text, const std::string& path);

}  // namespace dem
