#include "io/csv_rows.h"

#include <cmath>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

constexpr std::size_t kCsvPieceBytes = std::size_t{1} << 20;

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

void CsvRows::Text::read_more(Index line) {
  const std::size_t old = buffer.size(), partial = old - complete;
  if (partial >= longest) {
    throw Error(ErrorKind::kFormat,
                concat(file->name(),
                       ": line ",
                       line,
                       ": expected a record of at most ",
                       longest,
                       " bytes, got a longer one"));
  }
  const std::size_t piece = std::min(std::max(kCsvPieceBytes, partial / 2), longest - partial);
  if (buffer.capacity() < old + piece) {
    std::string larger;  // exactly so large; resize() would double it
    larger.reserve(old + piece);
    buffer = std::move(larger.append(buffer));
  }
  buffer.resize(old + piece);
  const std::size_t got = file->read(std::as_writable_bytes(std::span(buffer.data() + old, piece)));
  buffer.resize(old + got);
  ended = got < piece;
}

bool CsvRows::Text::advance(char delimiter, Index line) {
  buffer.erase(0, complete);
  complete = 0;
  while (!ended) {
    complete = whole_records(buffer, delimiter);
    if (complete > 0) return true;
    read_more(line);
  }
  complete = buffer.size();
  return complete > 0;
}

std::unique_ptr<CsvRows> CsvRows::open(std::unique_ptr<SequentialFile> file,
                                       std::string start,
                                       std::size_t longest) {
  Text text{std::move(file), std::move(start), longest};
  const std::string name = text.file->name();
  // Both of the lines that tell the structure: where they are not whole yet, a larger piece has
  // them.
  char delimiter = ',';
  Index line = 1;
  for (bool has_two = false; !has_two;) {
    text.read_more(line);
    const std::string_view seen = text.buffer;
    if (seen.starts_with("\xff\xfe") || seen.starts_with("\xfe\xff")) {
      throw Error(ErrorKind::kFormat, name + ": expected text in UTF-8, got UTF-16");
    }
    delimiter = detect_delimiter(seen);
    text.complete = text.ended ? seen.size() : whole_records(seen, delimiter);
    if (text.ended) break;
    CsvScanner scanner(seen.substr(0, text.complete), delimiter, name);
    if (scanner.at_end()) continue;
    skip_csv_record(scanner);
    line = scanner.line();
    has_two = !scanner.at_end();
  }
  CsvScanner scanner(std::string_view(text.buffer).substr(0, text.complete), delimiter, name);
  const CsvStructure structure = find_csv_structure(scanner);
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
  if (structure_.header_records > 0) skip_csv_record(*scanner_);
}

template <typename Each>
Index CsvRows::for_records(Index count, Each&& each) {
  for (Index row = 0; row < count; ++row) {
    while (scanner_->at_end()) {
      const Index line = scanner_->line();
      if (!text_.advance(delimiter_, line)) {
        if (position() + row > 0) return row;
        throw Error(ErrorKind::kFormat, name_ + ": expected rows, got headings only");
      }
      scanner_.emplace(
          std::string_view(text_.buffer).substr(0, text_.complete), delimiter_, name_, line);
    }
    each(row);
  }
  return count;
}

template <typename Each>
void CsvRows::for_cells(Each&& each) {
  const Index skipped = structure_.has_names ? 1 : 0;
  CsvCell cell;
  for (Index column = 0; column < structure_.width; ++column) {
    cell = scanner_->next();
    if (cell.last != (column + 1 == structure_.width)) break;
    if (column >= skipped) each(cell, static_cast<std::size_t>(column - skipped));
  }
  if (cell.place.column == structure_.width && cell.last) return;
  if (!cell.last) cell = scanner_->next();
  fail_csv_width(*scanner_, cell, structure_.width);
}

Index CsvRows::next(MatrixView<float> out) {
  return for_records(out.rows(), [&](Index row) {
    const std::span<float> values = out.row(row);
    for_cells([&](const CsvCell& cell, std::size_t column) {
      const std::optional<double> value = parse_csv_number(cell.text);
      if (!value && !(missing_cells_ && is_missing_cell(cell.text))) {
        scanner_->fail(
            cell.place, "a number", cell.text.empty() ? "an empty cell" : shown(cell.text));
      }
      values[column] = static_cast<float>(value.value_or(NAN));
    });
  });
}

Index CsvRows::pass_over(Index count) {
  return for_records(count, [&](Index) {
    if (!scanner_->skip_plain_record(structure_.width)) {
      for_cells([](const CsvCell&, std::size_t) {});
    }
  });
}

}  // namespace dem
