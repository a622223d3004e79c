// Sparse arrays of MAT v5.
#pragma once

#include "io/mat5_element.h"
#include "io/sparse.h"

namespace dem::mat5 {

// Of an array of class sparse whose head was just read: row indices, column pointers and values.
// Throws Error{kFormat} for what check_sparse() refuses and for other elements.
[[nodiscard]] SparseColumns read_sparse(ElementReader& reader, const ArrayHead& head);

}  // namespace dem::mat5
