#include "io/csv_dialect.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/csv_numbers.h"

namespace dem {
namespace {

constexpr std::array<char, 3> kDelimiters = {'\t', ';', ','};
constexpr std::string_view kLineEnds = "\r\n";
constexpr std::string_view kBlanks = " \t";

// How often each delimiter stands outside quotes in the line that starts at `next`, which moves
// behind the line.
std::array<Index, 3> count_delimiters(std::string_view text, std::size_t& next) {
  std::array<Index, 3> counts = {};
  bool quoted = false;
  while (next < text.size()) {
    const char c = text[next++];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || (c == '\r' && (next == text.size() || text[next] != '\n'))) break;
    for (std::size_t i = 0; i < kDelimiters.size(); ++i) counts[i] += c == kDelimiters[i] ? 1 : 0;
  }
  return counts;
}

bool begins_as_comment(std::string_view line) {
  const std::size_t start = line.find_first_not_of(kBlanks);
  return start != std::string_view::npos && (line[start] == '#' || line[start] == '%');
}

std::string_view without_quotes(std::string_view word) {
  if (word.size() < 2 || word.front() != '"' || word.back() != '"') return word;
  return word.substr(1, word.size() - 2);
}

bool is_number_or_missing(std::string_view word) {
  return csv_number_kind(without_quotes(word)) != CsvNumberKind::kNone ||
         (!word.empty() && is_missing_cell(word));
}

// The words of a line between blanks.
struct LineWords {
  Index words = 0;
  Index numbers = 0;   // at its end
  bool counts = true;  // two whole numbers
  double last = 0.0;   // of two whole numbers
  bool marks = false;  // a comma or semicolon in a word that is no number
  std::string_view line;
};

LineWords look_at_words(std::string_view line) {
  LineWords facts;
  facts.line = line;
  for (std::size_t at = line.find_first_not_of(kBlanks); at < line.size();) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    const std::string_view word = line.substr(at, end - at);
    ++facts.words;
    const bool number = is_number_or_missing(word);
    facts.numbers = number ? facts.numbers + 1 : 0;
    facts.marks = facts.marks || (!number && word.find_first_of(",;") != std::string_view::npos);
    facts.counts = facts.counts && csv_number_kind(word) == CsvNumberKind::kWhole;
    if (facts.counts) facts.last = parse_csv_number(word).value_or(0);
    at = std::min(line.find_first_not_of(kBlanks, end), line.size());
  }
  facts.counts = facts.counts && facts.words == 2;
  return facts;
}

// The line that begins `text`, which loses it and its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(kLineEnds), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  if (text.starts_with("\r\n")) text.remove_prefix(1);
  if (!text.empty()) text.remove_prefix(1);
  return line;
}

Index count_of(std::string_view line, char delimiter) {
  return delimiter == ' ' ? look_at_words(line).words
                          : std::count(line.begin(), line.end(), delimiter);
}

// Whether a line that begins as a comment is a row, as wide as the next line.
bool is_row_before(std::string_view line, std::string_view next) {
  for (const char delimiter : {',', '\t', ';', ' '}) {
    if (!is_csv_comment(line, delimiter) &&
        count_of(line, delimiter) == count_of(next, delimiter)) {
      return true;
    }
  }
  return false;
}

// Takes a byte order mark and comments off its start; returns how many lines these are.
Index take_comments(std::string_view& text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Index lines = 0;
  for (std::string_view rest = text; !rest.empty(); ++lines) {
    const std::string_view line = take_line(rest);
    std::string_view behind = rest;
    if (!begins_as_comment(line) || is_row_before(line, take_line(behind))) break;
    text = rest;
  }
  return lines;
}

// Of the first `most` bytes, or the first two.
std::vector<std::string_view> first_lines(std::string_view text, std::size_t most) {
  std::vector<std::string_view> lines;
  const std::size_t size = text.size();
  while (!text.empty() && lines.size() < kCsvSampleRecords) {
    const std::string_view line = take_line(text);
    if (lines.size() >= 2 && size - text.size() > most) break;
    if (!line.empty() && (lines.empty() || !is_csv_comment(line, ' '))) lines.push_back(line);
  }
  return lines;
}

// Whether tabs cut the line into cells that are no lists of numbers.
bool is_cut_by_tabs(std::string_view line) {
  while (!line.empty()) {
    const std::size_t end = std::min(line.find('\t'), line.size());
    const LineWords cell = look_at_words(line.substr(0, end));
    if (cell.numbers > 1 && cell.words == cell.numbers) return false;
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return true;
}

// What precedes the last `numbers` words of a line that has more.
std::string_view name_before(std::string_view line, Index numbers) {
  for (Index left = numbers; left >= 0; --left) {
    line = line.substr(0, line.find_last_not_of(kBlanks) + 1);
    if (left > 0) line = line.substr(0, line.find_last_of(kBlanks) + 1);
  }
  return line.substr(std::min(line.find_first_not_of(kBlanks), line.size()));
}

// The last word of a text.
std::string_view last_word(std::string_view text) {
  return text.substr(text.find_last_of(kBlanks) + 1);
}

// Numbers behind names. Where all lines have the same name, whole numbers before decimals are part
// of it ("class 01"); before anything else they may be features of one class.
Index numbers_behind_names(const std::vector<LineWords>& lines, Index dim) {
  bool part = dim > 2 && lines.size() > 2, decimals = false;
  for (std::size_t i = 1; i < lines.size() && part; ++i) {
    const std::string_view line = lines[i].line;
    const std::string_view first = last_word(name_before(line, dim - 1));
    const std::string_view second = last_word(name_before(line, dim - 2));
    part = name_before(line, dim) == name_before(lines[1].line, dim) &&
           csv_number_kind(first) == CsvNumberKind::kWhole;
    decimals = decimals || csv_number_kind(second) != CsvNumberKind::kWhole;
  }
  return part && decimals ? dim - 1 : dim;
}

// Cells between blanks, from the words of the first lines.
bool find_blank_dialect(const std::vector<LineWords>& lines, CsvDialect& dialect) {
  const LineWords& first = lines.front();
  const bool alone = lines.size() == 1;
  CsvDialect found = dialect;
  found.delimiter = ' ';
  if (!alone && first.counts) {
    const auto dim = static_cast<Index>(std::min(first.last, 1e15));
    const bool wide = std::all_of(lines.begin() + 1, lines.end(), [&](const LineWords& line) {
      return line.words > dim && line.numbers >= dim;
    });
    const bool named = std::any_of(lines.begin() + 1, lines.end(), [](const LineWords& line) {
      return line.numbers < line.words;
    });
    found.has_count_line = dim > 0 && wide && named;
    if (found.has_count_line) found.numbers_behind_name = dim;
  }
  if (!found.has_count_line) {
    Index dim = first.numbers;
    if (!alone) {
      dim = lines[1].numbers;
      for (std::size_t i = 2; i < lines.size(); ++i) dim = std::min(dim, lines[i].numbers);
      if (first.numbers >= 2) dim = std::min(dim, first.numbers);
    }
    if (dim < 2) return false;
    const auto is_plain = [&](const LineWords& line) { return line.words == dim; };
    const auto is_named = [&](const LineWords& line) {
      return line.words > dim && line.numbers >= dim;
    };
    const auto data = lines.begin() + (alone ? 0 : 1);
    const bool plain = std::all_of(data, lines.end(), is_plain);
    const bool named = std::all_of(data, lines.end(), is_named);
    if (!plain && !named) return false;
    // "ant,0.5 1 2": a list in a cell of another delimiter.
    if (std::all_of(data, lines.end(), [](const LineWords& line) { return line.marks; })) {
      return false;
    }
    if (named) dim = numbers_behind_names(lines, dim);
    const Index width = plain ? dim : dim + 1;
    const bool heads = first.words == width || first.words == width - 1;
    if (!heads && !(named && is_named(first))) return false;
    if (named) found.numbers_behind_name = dim;
  }
  dialect = found;
  return true;
}

}  // namespace

char detect_delimiter(std::string_view text) {
  std::size_t next = 0;
  const auto first = count_delimiters(text, next);
  const auto second = count_delimiters(text, next);
  for (std::size_t i = 0; i < kDelimiters.size(); ++i) {
    if (first[i] > 0 && first[i] == second[i]) return kDelimiters[i];
  }
  const auto most = std::max_element(first.begin(), first.end());
  return *most == 0 ? ',' : kDelimiters[static_cast<std::size_t>(most - first.begin())];
}

CsvDialect find_csv_dialect(std::string_view text) {
  const std::size_t size = text.size();
  CsvDialect dialect;
  dialect.comment_lines = take_comments(text);
  dialect.delimiter = detect_delimiter(text);
  const std::size_t taken = size - text.size();
  const std::vector<std::string_view> lines =
      first_lines(text, kCsvSampleBytes - std::min(kCsvSampleBytes, taken));
  if (lines.empty()) return dialect;
  if (dialect.delimiter == '\t' && is_cut_by_tabs(lines.back())) return dialect;
  std::vector<LineWords> words;
  words.reserve(lines.size());
  for (const std::string_view line : lines) words.push_back(look_at_words(line));
  (void)find_blank_dialect(words, dialect);
  return dialect;
}

bool is_csv_comment(std::string_view line, char delimiter) {
  if (!begins_as_comment(line)) return false;
  if (delimiter == ' ') {
    constexpr Index kFewest = 8;  // no heading has so many numbers, and a word vector has more
    const LineWords facts = look_at_words(line);
    return facts.numbers < kFewest || facts.numbers + 1 != facts.words;
  }
  std::size_t at = line.find(delimiter);
  if (at == std::string_view::npos) return true;
  while (at < line.size()) {
    const std::size_t end = std::min(line.find(delimiter, at + 1), line.size());
    const LineWords cell = look_at_words(line.substr(at + 1, end - at - 1));
    if (cell.words > 1 || cell.numbers < cell.words) return true;
    at = end;
  }
  return false;
}

std::string delimiter_in_words(char delimiter) {
  switch (delimiter) {
    case '\t':
      return "tab";
    case ';':
      return "semicolon";
    case ' ':
      return "blanks";
    default:
      return "comma";
  }
}

void refuse_utf16(std::string_view text, const std::string& path) {
  if (!text.starts_with("\xff\xfe") && !text.starts_with("\xfe\xff")) return;
  throw Error(ErrorKind::kFormat, path + ": expected text in UTF-8, got UTF-16");
}

}  // namespace dem
