// Cells of delimited text, RFC 4180 with either kind of line end; or words between blanks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dem/base/types.h"
#include "io/csv_dialect.h"

namespace dem {

// A place in the text, both counted from 1; `column` counts cells.
struct CsvPlace {
  Index line = 1;
  Index column = 1;
};

struct CsvCell {
  // Without quotes; blanks around an unquoted cell are dropped. Points into the text or into the
  // scanner and lasts until the next call.
  std::string_view text;
  CsvPlace place;
  bool quoted = false;
  bool last = false;  // of its record
};

// Walks over the cells of a text from its beginning. Lines of comments (csv_dialect.h) are stepped
// over.
class CsvScanner {
 public:
  // `path` is named in errors; it and the text outlive the scanner. A UTF-8 byte order mark at the
  // start is stepped over. `first_line` is the text's place in a longer one.
  CsvScanner(std::string_view text,
             const CsvDialect& dialect,
             const std::string& path,
             Index first_line = 1);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const CsvDialect& dialect() const { return dialect_; }
  // The line that comes next.
  [[nodiscard]] Index line() const { return place_.line; }
  // Bytes that are behind.
  [[nodiscard]] std::size_t offset() const { return next_; }

  // True where only line ends are left.
  [[nodiscard]] bool at_end() const;
  // The next cell; not to be called at_end(). Throws Error{kFormat} for quotes that do not match.
  CsvCell next();
  // Steps over the next record where it has `width` cells, no quotes and no zero bytes, so that
  // next() would refuse none of them; else returns false. Not to be called at_end() or within a
  // record.
  bool skip_plain_record(Index width);

  [[noreturn]] void fail(const CsvPlace& place,
                         std::string_view expected,
                         const std::string& got) const;

 private:
  CsvCell quoted_cell();
  // One quote for each of so many doubled ones.
  std::string_view without_doubles(std::string_view content, std::size_t doubled);
  CsvCell plain_cell();
  // A cell between blanks in quotes that close on its line; none where these quotes are a word.
  std::optional<CsvCell> quoted_word();
  // What precedes the last dialect.numbers_behind_name words of the line; none where it has fewer.
  std::optional<CsvCell> phrase();
  CsvCell text_until(std::size_t end);
  void finish(CsvCell& cell);
  void finish_word(CsvCell& cell);
  void skip_blanks();
  void skip_line_end();
  void skip_comments();
  void skip_line();

  std::string_view text_;
  CsvDialect dialect_;
  const std::string& path_;
  std::size_t next_ = 0;
  std::size_t content_end_ = 0;  // behind it only ends of lines follow
  CsvPlace place_;
  std::string unquoted_;
};

// `text` in quotes for a message, cut and without control characters.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace dem
