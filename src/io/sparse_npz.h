// scipy.sparse.save_npz: a matrix in compressed rows or columns.
#pragma once

#include <memory>

#include "io/npz.h"

namespace dem {

// Whether an archive has the arrays of a sparse matrix, and no others.
[[nodiscard]] bool is_sparse_npz(const NpzFile& file);

// The matrix as the one array of a file, named as the file without its ending. Formats other than
// csr and csc are listed as kOther. Throws Error{kFormat} for parts that do not fit each other.
[[nodiscard]] std::unique_ptr<ArrayFile> open_sparse_npz(std::unique_ptr<NpzFile> file);

}  // namespace dem
