#include "io/csv_rows.h"

#include <utility>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kLongestRecord = std::size_t{256} << 20;

bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

// The last line end outside of quotes, as the scanner sees them: a quote opens only at the start of
// a cell. Returns the place behind it.
std::size_t end_of_last_line(std::string_view text, char delimiter) {
  if (text.find('"') == std::string_view::npos) {
    const std::size_t at = text.find_last_of("\r\n");
    return at == std::string_view::npos ? 0 : at + 1;
  }
  enum { kCellStart, kPlain, kQuoted, kClosed } state = kCellStart;
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (state == kQuoted) {
      if (c == '"') state = kClosed;  // a doubled one opens it again below
    } else if (c == '"' && (state == kCellStart || (state == kClosed && text[i - 1] == '"'))) {
      state = kQuoted;
    } else if (is_line_end(c)) {
      state = kCellStart;
      end = i + 1;
    } else if (c == delimiter) {
      state = kCellStart;
    } else if (state == kCellStart && c != ' ' && c != '\t') {
      state = kPlain;
    }
  }
  return end;
}

}  // namespace

std::size_t whole_records(std::string_view text, char delimiter) {
  // What follows a carriage return at the very end is not known yet.
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::size_t end = end_of_last_line(text, delimiter);
  if (text.substr(0, end).find_first_not_of("\r\n") == std::string_view::npos) return 0;
  // Blank lines stay with what follows: they are an error in front of a record, and none at the
  // end.
  const auto line_end_at = [&](std::size_t behind) -> std::size_t {
    if (behind >= 2 && text.substr(behind - 2, 2) == "\r\n") return 2;
    return behind >= 1 && is_line_end(text[behind - 1]) ? 1 : 0;
  };
  while (line_end_at(end - line_end_at(end)) > 0) end -= line_end_at(end);
  return end;
}

void CsvRows::Text::read_more() {
  const std::size_t old = buffer.size();
  buffer.resize(old + kPieceBytes);
  const std::size_t got =
      file->read(std::as_writable_bytes(std::span(buffer.data() + old, kPieceBytes)));
  buffer.resize(old + got);
  ended = got < kPieceBytes;
}

bool CsvRows::Text::advance(char delimiter, const std::string& where, Index line) {
  buffer.erase(0, complete);
  complete = 0;
  while (true) {
    if (ended) {
      complete = buffer.size();
      return complete > 0;
    }
    complete = whole_records(buffer, delimiter);
    if (complete > 0) return true;
    if (buffer.size() > kLongestRecord) {
      throw Error(ErrorKind::kFormat,
                  concat(where,
                         ": line ",
                         line,
                         ": expected a record of at most ",
                         kLongestRecord,
                         " bytes, got a longer one"));
    }
    read_more();
  }
}

std::unique_ptr<CsvRows> CsvRows::open(std::unique_ptr<SequentialFile> file, std::string start) {
  Text text{std::move(file), std::move(start)};
  const std::string name = text.file->name();
  // Both of the lines that tell the structure: where they are not whole yet, a larger piece has
  // them.
  char delimiter = ',';
  CsvStructure structure;
  do {
    text.read_more();
    const std::string_view seen = text.buffer;
    if (seen.starts_with("\xff\xfe") || seen.starts_with("\xfe\xff")) {
      throw Error(ErrorKind::kFormat, name + ": expected text in UTF-8, got UTF-16");
    }
    delimiter = detect_delimiter(seen);
    text.complete = text.ended ? seen.size() : whole_records(seen, delimiter);
    CsvScanner scanner(seen.substr(0, text.complete), delimiter, name);
    const bool has_two = [&] {
      if (text.ended) return true;
      if (scanner.at_end()) return false;
      (void)read_csv_record(scanner);
      return !scanner.at_end();
    }();
    if (has_two) {
      CsvScanner again(seen.substr(0, text.complete), delimiter, name);
      structure = find_csv_structure(again);
      break;
    }
  } while (text.buffer.size() <= kLongestRecord);
  const Index columns = structure.width - (structure.has_names ? 1 : 0);
  if (columns < 1)
    throw Error(ErrorKind::kFormat, name + ": expected columns of numbers, got text");
  return std::unique_ptr<CsvRows>(new CsvRows(std::move(text), delimiter, structure));
}

CsvRows::CsvRows(Text text, char delimiter, const CsvStructure& structure)
    : RowReader(-1, structure.width - (structure.has_names ? 1 : 0)),
      text_(std::move(text)),
      name_(text_.file->name()),
      delimiter_(delimiter),
      structure_(structure) {
  scanner_.emplace(std::string_view(text_.buffer).substr(0, text_.complete), delimiter_, name_);
  if (structure_.header_records > 0) (void)read_csv_record(*scanner_);
}

Index CsvRows::next(MatrixView<float> out) {
  for (Index row = 0; row < out.rows(); ++row) {
    while (scanner_->at_end()) {
      const Index line = scanner_->line();
      if (!text_.advance(delimiter_, name_, line)) {
        if (position() + row > 0) return row;
        throw Error(ErrorKind::kFormat, name_ + ": expected rows, got headings only");
      }
      scanner_.emplace(
          std::string_view(text_.buffer).substr(0, text_.complete), delimiter_, name_, line);
    }
    read_record(out.row(row));
  }
  return out.rows();
}

void CsvRows::read_record(std::span<float> out) {
  const Index skipped = structure_.has_names ? 1 : 0;
  CsvCell cell;
  for (Index column = 0; column < structure_.width; ++column) {
    cell = scanner_->next();
    if (cell.last != (column + 1 == structure_.width)) break;
    if (column < skipped) continue;
    const std::optional<double> value = parse_csv_number(cell.text);
    if (!value) {
      scanner_->fail(
          cell.place, "a number", cell.text.empty() ? "an empty cell" : shown(cell.text));
    }
    out[static_cast<std::size_t>(column - skipped)] = static_cast<float>(*value);
  }
  if (cell.place.column == structure_.width && cell.last) return;
  if (!cell.last) cell = scanner_->next();
  fail_csv_width(*scanner_, cell, structure_.width);
}

}  // namespace dem
