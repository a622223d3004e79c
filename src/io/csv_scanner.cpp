#include "io/csv_scanner.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

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
                       const CsvDialect& dialect,
                       const std::string& path,
                       Index first_line)
    : text_(text), dialect_(dialect), path_(path), place_{first_line, 1} {
  if (first_line == 1 && text_.starts_with(kByteOrderMark)) next_ = kByteOrderMark.size();
  content_end_ = text_.find_last_not_of("\r\n") + 1;  // 0 where there is none
  for (Index i = 0; first_line == 1 && i < dialect_.comment_lines; ++i) skip_line();
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
  const bool quoted = next_ < text_.size() && text_[next_] == '"';
  if (!dialect_.blanks()) {
    CsvCell cell = quoted ? quoted_cell() : plain_cell();
    finish(cell);
    return cell;
  }
  std::optional<CsvCell> cell = quoted ? quoted_word() : std::nullopt;
  if (!cell && place_.column == 1 && dialect_.numbers_behind_name > 0) cell = phrase();
  if (!cell) cell = text_until(std::min(text_.find_first_of(" \t\r\n", next_), text_.size()));
  finish_word(*cell);
  return *cell;
}

bool CsvScanner::skip_plain_record(Index width) {
  if (dialect_.blanks()) return false;
  std::size_t at = next_;
  Index cells = 1;
  for (; at < text_.size() && text_[at] != '\n' && text_[at] != '\r'; ++at) {
    if (text_[at] == dialect_.delimiter) {
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
  std::size_t end = next_;
  while (end < text_.size() && text_[end] != dialect_.delimiter && text_[end] != '\n' &&
         text_[end] != '\r') {
    ++end;
  }
  return text_until(end);
}

CsvCell CsvScanner::text_until(std::size_t end) {
  std::string_view text = text_.substr(next_, end - next_);
  next_ = end;
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.find('\0') != std::string_view::npos) fail(place_, "text", "a zero byte");
  return {text, place_, false, false};
}

std::optional<CsvCell> CsvScanner::quoted_word() {
  const std::size_t close = text_.find_first_of("\"\r\n", next_ + 1);
  if (close == std::string_view::npos || text_[close] != '"' || close == next_ + 1) {
    return std::nullopt;
  }
  if (close + 1 < text_.size() && text_.find_first_of(" \t\r\n", close + 1) != close + 1) {
    return std::nullopt;
  }
  ++next_;
  CsvCell cell = text_until(close);
  ++next_;
  cell.quoted = true;
  return cell;
}

std::optional<CsvCell> CsvScanner::phrase() {
  const std::size_t line_end = std::min(text_.find_first_of("\r\n", next_), text_.size());
  std::size_t end = line_end;
  for (Index left = dialect_.numbers_behind_name; left > 0; --left) {
    const std::size_t last = end > next_ ? text_.find_last_not_of(" \t", end - 1) : next_;
    if (last == std::string_view::npos || last <= next_) return std::nullopt;
    end = text_.find_last_of(" \t", last);
    if (end == std::string_view::npos || end <= next_) return std::nullopt;
  }
  return text_until(end);
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
  if (text_[next_] != dialect_.delimiter) {
    fail(cell.place, "a delimiter behind the closing quote", shown(text_.substr(next_, 1)));
  }
  ++next_;
  ++place_.column;
}

void CsvScanner::finish_word(CsvCell& cell) {
  skip_blanks();
  if (next_ == text_.size() || text_[next_] == '\n' || text_[next_] == '\r') {
    cell.last = true;
    skip_line_end();
  } else {
    ++place_.column;
  }
}

void CsvScanner::skip_blanks() {
  while (next_ < text_.size() && text_[next_] != dialect_.delimiter &&
         (text_[next_] == ' ' || text_[next_] == '\t')) {
    ++next_;
  }
  if (!dialect_.blanks()) return;
  next_ = std::min(text_.find_first_not_of(" \t", next_), text_.size());
}

void CsvScanner::skip_line_end() {
  if (text_.substr(next_, 2) == "\r\n") ++next_;
  next_ = std::min(next_ + 1, text_.size());
  ++place_.line;
  place_.column = 1;
  skip_comments();
}

void CsvScanner::skip_comments() {
  while (next_ < content_end_) {
    const std::size_t start = text_.find_first_not_of(" \t", next_);
    if (start >= content_end_ || (text_[start] != '#' && text_[start] != '%')) return;
    const std::size_t end = std::min(text_.find_first_of("\r\n", next_), text_.size());
    if (!is_csv_comment(text_.substr(next_, end - next_), dialect_.delimiter)) return;
    skip_line();
  }
}

void CsvScanner::skip_line() {
  const std::size_t end = std::min(text_.find_first_of("\r\n", next_), text_.size());
  next_ = std::min(end + (text_.substr(end, 2) == "\r\n" ? 2 : 1), text_.size());
  ++place_.line;
}

}  // namespace dem
