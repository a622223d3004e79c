// Sparse arrays of MAT v7.3: a group with `data`, `ir` and `jc`.
#pragma once

#include <optional>
#include <string>

#include "dem/io/array_file.h"
#include "io/hdf5_handle.h"
#include "io/sparse.h"

namespace dem::hdf5 {

// What the group `name` says of its array, in h5py's order of extents, MATLAB's reversed. kOther
// with a note where it cannot be read.
[[nodiscard]] ArrayInfo describe_sparse(hid_t file,
                                        const std::string& name,
                                        const std::string& where,
                                        std::uint64_t file_bytes);
// In MATLAB's order. Throws Error{kFormat} for what check_sparse() refuses.
[[nodiscard]] SparseColumns read_sparse(hid_t file,
                                        const std::string& name,
                                        const std::string& where);

}  // namespace dem::hdf5
