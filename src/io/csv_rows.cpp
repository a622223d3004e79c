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
// a cell, neither between blanks nor in a comment. Returns the place behind it.
std::size_t end_of_last_line(std::string_view text, const CsvDialect& dialect) {
  if (dialect.blanks() || text.find('"') == std::string_view::npos) {
    const std::size_t at = text.find_last_of("\r\n");
    return at == std::string_view::npos ? 0 : at + 1;
  }
  enum { kLineStart, kCellStart, kPlain, kQuoted, kClosed, kComment } state = kLineStart;
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (state == kQuoted) {
      if (c == '"') state = kClosed;  // a doubled one opens it again below
    } else if (is_line_end(c)) {
      state = kLineStart;
      end = i + 1;
    } else if (state == kComment || (state == kLineStart && (c == '#' || c == '%'))) {
      state = kComment;
    } else if (c == '"' && (state <= kCellStart || (state == kClosed && text[i - 1] == '"'))) {
      state = kQuoted;
    } else if (c == dialect.delimiter) {
      state = kCellStart;
    } else if (state <= kCellStart && c != ' ' && c != '\t') {
      state = kPlain;
    }
  }
  return end;
}

}  // namespace

std::size_t whole_records(std::string_view text, const CsvDialect& dialect) {
  // What follows a carriage return at the very end is not known yet.
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::size_t end = end_of_last_line(text, dialect);
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

bool CsvRows::Text::advance(const CsvDialect& dialect, Index line) {
  buffer.erase(0, complete);
  complete = 0;
  while (!ended) {
    complete = whole_records(buffer, dialect);
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
  // Both of the lines that tell the structure at least: where they are not whole yet, a larger
  // piece has them.
  CsvDialect dialect;
  Index line = 1;
  for (bool has_two = false; !has_two;) {
    text.read_more(line);
    const std::string_view seen = text.buffer;
    refuse_utf16(seen, name);
    dialect = find_csv_dialect(seen);
    text.complete = text.ended ? seen.size() : whole_records(seen, dialect);
    if (text.ended) break;
    CsvScanner scanner(seen.substr(0, text.complete), dialect, name);
    has_two = true;
    for (int record = dialect.has_count_line ? 0 : 1; record < 3 && has_two; ++record) {
      has_two = !scanner.at_end();
      if (!has_two || record == 2) break;
      skip_csv_record(scanner);
      line = scanner.line();
    }
  }
  CsvScanner scanner(std::string_view(text.buffer).substr(0, text.complete), dialect, name);
  const CsvStructure structure = find_csv_structure(scanner);
  if (structure.columns() < 1)
    throw Error(ErrorKind::kFormat, name + ": expected columns of numbers, got text");
  log_csv_index(name, structure);
  return std::unique_ptr<CsvRows>(new CsvRows(std::move(text), structure));
}

CsvRows::CsvRows(Text text, const CsvStructure& structure)
    : RowReader(-1, structure.columns()),
      text_(std::move(text)),
      name_(text_.file->name()),
      structure_(structure) {
  const std::string_view whole = std::string_view(text_.buffer).substr(0, text_.complete);
  if (structure_.header_records > 0) {
    CsvScanner first(whole, structure_.dialect, name_);
    headings_ = read_csv_headings(first, structure_);
  }
  scanner_.emplace(whole, structure_.dialect, name_);
  for (Index i = 0; i < structure_.leading_records() && !scanner_->at_end(); ++i) {
    skip_csv_record(*scanner_);
  }
}

template <typename Each>
Index CsvRows::for_records(Index count, Each&& each) {
  for (Index row = 0; row < count; ++row) {
    while (scanner_->at_end()) {
      const Index line = scanner_->line();
      if (!text_.advance(structure_.dialect, line)) {
        if (position() + row == 0) {
          throw Error(ErrorKind::kFormat, name_ + ": expected rows, got headings only");
        }
        check_announced_rows(name_, structure_, position() + row);
        return row;
      }
      scanner_.emplace(std::string_view(text_.buffer).substr(0, text_.complete),
                       structure_.dialect,
                       name_,
                       line);
    }
    each(row);
  }
  return count;
}

Index CsvRows::next(MatrixView<float> out) {
  const auto skip = [](const CsvCell&) {};
  return for_records(out.rows(), [&](Index row) {
    const std::span<float> values = out.row(row);
    walk_csv_record(
        *scanner_, structure_, position() + row, skip, [&](const CsvCell& cell, Index column) {
          const std::optional<double> value = structure_.numbers.parse(cell.text);
          if (!value && !(missing_cells_ && is_missing_cell(cell.text))) {
            scanner_->fail(cell.place, "a number", csv_cell_in_words(cell.text));
          }
          values[static_cast<std::size_t>(column)] = static_cast<float>(value.value_or(NAN));
        });
  });
}

Index CsvRows::pass_over(Index count) {
  const bool plain = !structure_.has_index && !structure_.trailing;
  const auto skip = [](const auto&...) {};
  return for_records(count, [&](Index row) {
    if (plain && scanner_->skip_plain_record(structure_.width)) return;
    walk_csv_record(*scanner_, structure_, position() + row, skip, skip);
  });
}

}  // namespace dem
