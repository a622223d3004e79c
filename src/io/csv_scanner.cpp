#include "io/csv_scanner.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::array<char, 3> kDelimiters = {'\t', ';', ','};

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

std::string shown(std::string_view text) {
  std::size_t length = std::min<std::size_t>(text.size(), 40);
  // Not in the middle of a character of several bytes.
  while (length < text.size() && length > 0 && (text[length] & 0xc0) == 0x80) --length;
  std::string out = "\"";
  for (const char c : text.substr(0, length)) {
    out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
  }
  return out + (text.size() > length ? "...\"" : "\"");
}

CsvScanner::CsvScanner(std::string_view text,
                       char delimiter,
                       const std::string& path,
                       Index first_line)
    : text_(text), delimiter_(delimiter), path_(path), place_{first_line, 1} {
  if (first_line == 1 && text_.starts_with(kByteOrderMark)) next_ = kByteOrderMark.size();
  content_end_ = text_.find_last_not_of("\r\n") + 1;  // 0 where there is none
}

void CsvScanner::fail(const CsvPlace& place,
                      std::string_view expected,
                      const std::string& got) const {
  throw Error(ErrorKind::kFormat,
              concat(path_,
                     ": line ",
                     place.line,
                     ", column ",
                     place.column,
                     ": expected ",
                     expected,
                     ", got ",
                     got));
}

bool CsvScanner::at_end() const {
  return next_ >= content_end_ && place_.column == 1;
}

CsvCell CsvScanner::next() {
  skip_blanks();
  CsvCell cell = next_ < text_.size() && text_[next_] == '"' ? quoted_cell() : plain_cell();
  finish(cell);
  return cell;
}

bool CsvScanner::skip_plain_record(Index width) {
  std::size_t at = next_;
  Index cells = 1;
  for (; at < text_.size() && text_[at] != '\n' && text_[at] != '\r'; ++at) {
    if (text_[at] == delimiter_) {
      ++cells;
    } else if (text_[at] == '"' || text_[at] == '\0') {
      return false;
    }
  }
  if (cells != width) return false;
  next_ = at;
  skip_line_end();
  return true;
}

CsvCell CsvScanner::plain_cell() {
  const std::size_t start = next_;
  while (next_ < text_.size() && text_[next_] != delimiter_ && text_[next_] != '\n' &&
         text_[next_] != '\r') {
    ++next_;
  }
  std::string_view text = text_.substr(start, next_ - start);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.find('\0') != std::string_view::npos) fail(place_, "text", "a zero byte");
  return {text, place_, false, false};
}

CsvCell CsvScanner::quoted_cell() {
  const CsvPlace start = place_;
  const std::size_t begin = ++next_;
  std::size_t doubled = 0;
  for (; next_ < text_.size(); ++next_) {
    const char c = text_[next_];
    if (c == '\n') ++place_.line;
    if (c != '"') continue;
    if (next_ + 1 == text_.size() || text_[next_ + 1] != '"') break;
    ++next_;  // a doubled quote stands for one
    ++doubled;
  }
  if (next_ == text_.size()) fail(start, "a closing quote", "the end of the file");
  std::string_view content = text_.substr(begin, next_ - begin);
  if (doubled > 0) content = without_doubles(content, doubled);
  ++next_;
  skip_blanks();
  return {content, start, true, false};
}

std::string_view CsvScanner::without_doubles(std::string_view content, std::size_t doubled) {
  unquoted_.clear();
  unquoted_.reserve(content.size() - doubled);
  for (std::size_t i = 0; i < content.size(); ++i) {
    unquoted_.push_back(content[i]);
    if (content[i] == '"') ++i;
  }
  return unquoted_;
}

// Steps over what ends a cell.
void CsvScanner::finish(CsvCell& cell) {
  if (next_ == text_.size() || text_[next_] == '\n' || text_[next_] == '\r') {
    cell.last = true;
    skip_line_end();
    return;
  }
  if (text_[next_] != delimiter_) {
    fail(cell.place, "a delimiter behind the closing quote", shown(text_.substr(next_, 1)));
  }
  ++next_;
  ++place_.column;
}

void CsvScanner::skip_blanks() {
  while (next_ < text_.size() && text_[next_] != delimiter_ &&
         (text_[next_] == ' ' || text_[next_] == '\t')) {
    ++next_;
  }
}

void CsvScanner::skip_line_end() {
  if (text_.substr(next_, 2) == "\r\n") ++next_;
  next_ = std::min(next_ + 1, text_.size());
  ++place_.line;
  place_.column = 1;
}

}  // namespace dem
