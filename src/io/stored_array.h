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

// product(shape), which is at most `limit`; a scalar has one element. Throws Error{kFormat} with
// `where` for a negative extent or a larger product, so that no lying header asks for memory.
[[nodiscard]] std::uint64_t checked_element_count(const std::vector<Index>& shape,
                                                  std::uint64_t limit,
                                                  const std::string& where);

// ArrayFile::read_matrix and ArrayFile::read_integers for such a block. `where` is "FILE: variable
// NAME" and starts every message.
void read_stored_matrix(const StoredArray& stored,
                        const ArrayInfo& info,
                        int row_axis,
                        MatrixView<float> out,
                        const std::string& where);
[[nodiscard]] std::vector<std::int64_t> read_stored_integers(const StoredArray& stored,
                                                             const ArrayInfo& info,
                                                             const std::string& where);

// What every reader checks before it reads. Both throw Error{kFormat} where the type is not numeric
// and Error{kShapeMismatch} where rank or shape do not fit.
void require_matrix(const ArrayInfo& info,
                    int row_axis,
                    MatrixView<const float> out,
                    const std::string& where);
void require_vector(const ArrayInfo& info, const std::string& where);

}  // namespace dem
