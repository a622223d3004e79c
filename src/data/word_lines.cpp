#include "data/word_lines.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/csv_scanner.h"
#include "io/csv_structure.h"

namespace dem {
namespace {

constexpr std::size_t kBlock = std::size_t{4} << 20;
constexpr std::size_t kLongestLine = std::size_t{64} << 20;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view without_blanks_at_ends(std::string_view text) {
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  std::size_t at = 0;
  while (at < line.size()) {
    std::size_t end = at;
    while (end < line.size() && !is_blank(line[end])) ++end;
    if (end > at) fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

bool is_count(std::string_view field) {
  return !field.empty() && field.find_first_not_of("0123456789") == std::string_view::npos;
}

// How many fields at the end are numbers; a first field never is, since words may be numbers.
Index trailing_numbers(const std::vector<std::string_view>& fields) {
  std::size_t first = fields.size();
  while (first > 1 && parse_csv_number(fields[first - 1])) --first;
  return static_cast<Index>(fields.size() - first);
}

}  // namespace

WordLines::WordLines(const std::string& path) : file_(path), buffer_(kBlock, '\0') {
  if (!next_line()) refuse("a word and numbers a line", "an empty file");
  std::vector<std::string_view> fields = fields_of(text_);
  const bool has_counts = fields.size() == 2 && is_count(fields[0]) && is_count(fields[1]);
  if (has_counts) {
    announced_ = static_cast<Index>(parse_csv_number(fields[0]).value_or(0.0));
    dim_ = static_cast<Index>(parse_csv_number(fields[1]).value_or(0.0));
    if (!next_line()) refuse("words after the line of counts", "none");
    fields = fields_of(text_);
  }
  const Index numbers = trailing_numbers(fields);
  if (!has_counts) dim_ = numbers;
  if (dim_ == 0 || numbers < dim_) {
    refuse(has_counts ? concat("a word and ", dim_, " numbers") : "a word and numbers a line",
           shown(std::string(text_.substr(0, 60))));
  }
  holds_line_ = true;
}

void WordLines::refuse(const std::string& expected, const std::string& got) const {
  throw Error(ErrorKind::kFormat,
              concat(file_.name(), ": line ", line_, ": expected ", expected, ", got ", got));
}

// Moves what is left to the front and reads on; false at the end of the file.
bool WordLines::fill() {
  if (at_end_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= kLongestLine) refuse("a line of at most 64 MiB", "a longer one");
    buffer_.resize(2 * buffer_.size());
  }
  const std::size_t room = buffer_.size() - end_;
  const std::size_t got =
      file_.read(std::as_writable_bytes(std::span(buffer_.data() + end_, room)));
  end_ += got;
  at_end_ = got < room;
  return got > 0;
}

// The next line that is not empty.
bool WordLines::next_line() {
  std::size_t looked = begin_;
  while (true) {
    const void* found = std::memchr(buffer_.data() + looked, '\n', end_ - looked);
    if (found == nullptr) {
      const std::size_t offset = end_ - begin_;
      if (fill()) {
        looked = begin_ + offset;
        continue;
      }
      if (begin_ == end_) return false;
    }
    const std::size_t stop =
        found == nullptr
            ? end_
            : static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
    text_ = without_blanks_at_ends(std::string_view(buffer_).substr(begin_, stop - begin_));
    begin_ = std::min(stop + 1, end_);
    ++line_;
    if (!text_.empty()) return true;
    looked = begin_;
  }
}

bool WordLines::next() {
  if (holds_line_) {
    holds_line_ = false;
  } else if (!next_line()) {
    if (announced_ >= 0 && words_ != announced_) {
      refuse(concat(announced_, " words, as the first line says"), concat(words_));
    }
    return false;
  }
  ++words_;
  std::size_t at = text_.size();
  for (Index field = 0; field < dim_; ++field) {
    while (at > 0 && !is_blank(text_[at - 1])) --at;
    if (at == 0) refuse(concat("a word and ", dim_, " numbers"), concat(field + 1, " fields"));
    if (field + 1 == dim_) break;
    while (at > 0 && is_blank(text_[at - 1])) --at;
  }
  numbers_ = text_.substr(at);
  word_ = without_blanks_at_ends(text_.substr(0, at));
  if (word_.empty()) refuse(concat("a word and ", dim_, " numbers"), concat(dim_, " fields"));
  return true;
}

void WordLines::read(std::vector<double>& numbers) const {
  numbers.clear();
  for (const std::string_view field : fields_of(numbers_)) {
    const std::optional<double> number = parse_csv_number(field);
    if (!number || !std::isfinite(*number)) refuse("a finite number", shown(std::string(field)));
    numbers.push_back(*number);
  }
}

}  // namespace dem
