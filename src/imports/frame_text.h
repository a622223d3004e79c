// How the text of a data frame is to be read.
#pragma once

#include <string>
#include <string_view>

#include "dem/base/types.h"
#include "io/csv_dialect.h"

namespace dem {

// As find_csv_dialect, but for headings that only blanks separate: R's write.table.
[[nodiscard]] CsvDialect frame_dialect(std::string_view text);

// Throws Error{kFormat} naming the line where one below the headings begins as a comment and has as
// many cells as a row, `width` of them: it may be either.
void refuse_doubtful_comments(std::string_view text,
                              const CsvDialect& dialect,
                              Index width,
                              const std::string& path);

}  // namespace dem
