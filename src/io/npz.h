// NumPy's .npz: a zip archive with a .npy file an array, as numpy.savez and savez_compressed write.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "dem/io/array_file.h"
#include "dem/io/raw_tensor.h"
#include "io/npy_header.h"
#include "io/zip.h"

namespace dem {

// arrays() is in the order of the archive's directory, each named as its entry without ".npy"; an
// entry that is no .npy file is listed as kOther. Stored entries are read from the mapped file,
// deflated ones in pieces of a few MiB. An entry's checksum is verified when it is read.
class NpzFile : public ArrayFile {
 public:
  // Throws Error{kIo}, Error{kFormat} or Error{kUnsupported}. Reads the directory and the arrays'
  // headers; memory is bounded by the file's size and 1 MiB.
  explicit NpzFile(const std::string& path);

  void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) override;
  // Rows in the entry's order come one piece after another, and its checksum is verified at the
  // last. Of rows across it, the checksum of a stored entry is verified first; a deflated one goes
  // through a scratch file in $TMPDIR.
  [[nodiscard]] std::unique_ptr<RowReader> open_rows(const ArrayInfo& info, int row_axis) override;
  std::vector<std::int64_t> read_integers(const ArrayInfo& info) override;
  std::vector<std::string> read_strings(const ArrayInfo& info) override;

  // The numbers of one of arrays() as RawTensor has them: a window on the mapped file where they
  // lie there so, else on `storage`, which then holds a copy. `info` is numeric.
  [[nodiscard]] std::span<const std::byte> plain_numbers(const ArrayInfo& info,
                                                         std::vector<std::byte>& storage);

 private:
  struct Array {
    ZipEntry entry;
    NpyHeader header;
    std::size_t header_bytes = 0;  // before the numbers, in the entry's content
    bool verified = false;         // its checksum, for a stored entry
  };

  void add(ZipEntry entry);
  [[nodiscard]] Array& array_of(const ArrayInfo& info);
  // What comes after the header; `storage` holds it where it was deflated.
  [[nodiscard]] std::span<const std::byte> content(Array& array, std::vector<std::byte>& storage);
  void verify(Array& array);

  MappedFile file_;
  std::vector<Array> contents_;  // of arrays()
};

// Writes atomically, in the order given: stored entries NAME.npy of version 1, little-endian,
// C order. The same content gives the same bytes. Throws Error{kIo}, Error{kUnsupported} for
// bfloat16, which numpy does not have, and Error{kInvalidArgument} for a name twice, a name that is
// not UTF-8 or beyond 65531 bytes, or bytes that do not fit the shape.
void write_npz(const std::string& path, std::span<const RawTensor> tensors);

}  // namespace dem
