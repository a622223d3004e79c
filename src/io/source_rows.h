// Rows of an array whose bytes come one after another: a compressed one.
#pragma once

#include <memory>

#include "base/mapped_file.h"
#include "io/byte_source.h"
#include "io/stored_rows.h"

namespace dem {

// `numbers` stands before the rows * cols numbers, which are all that it has left; options.offset
// does not count. Rows that lie in its order are converted as they come; rows across it
// (options.by_column) go through a scratch file in $TMPDIR first. numbers->finish() is called
// behind the last number, so that with rows in order a wrong checksum shows at the last row, be it
// read or skipped. `file` is what `numbers` reads, whose pages are given back behind it; it must
// outlive the reader.
[[nodiscard]] std::unique_ptr<RowReader> open_source_rows(const MappedFile& file,
                                                          std::unique_ptr<ByteSource> numbers,
                                                          const StoredRowsOptions& options);

}  // namespace dem
