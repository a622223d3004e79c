// Arrays that lie in a file as one block of plain numbers: .npy and safetensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dem/io/array_file.h"

namespace dem {

struct StoredArray {
  std::span<const std::byte> bytes;  // element_size(type) * product(shape) bytes
  bool fortran_order = false;        // first axis fastest
  bool swap_bytes = false;           // the numbers are in the other byte order
};

// product(shape), which is at most `limit`. Throws Error{kFormat} with `where` for a larger one, so
// that no lying header asks for memory.
[[nodiscard]] std::uint64_t checked_element_count(const std::vector<Index>& shape,
                                                  std::uint64_t limit,
                                                  const std::string& where);

// Does the block hold the numbers as RawTensor has them: little-endian and row-major?
[[nodiscard]] bool is_plain(const StoredArray& stored, const ArrayInfo& info);
// The numbers as RawTensor has them, where they are not. `info` is numeric.
[[nodiscard]] std::vector<std::byte> plain_bytes(const StoredArray& stored, const ArrayInfo& info);

// ArrayFile::read_matrix and ArrayFile::read_integers of `file` for such a block.
void read_stored_matrix(const StoredArray& stored,
                        const ArrayFile& file,
                        const ArrayInfo& info,
                        int row_axis,
                        MatrixView<float> out);
[[nodiscard]] std::vector<std::int64_t> read_stored_integers(const StoredArray& stored,
                                                             const ArrayFile& file,
                                                             const ArrayInfo& info);

}  // namespace dem
