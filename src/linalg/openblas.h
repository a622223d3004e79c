// What the calls of OpenBLAS have in common.
#pragma once

#include <cblas.h>

#include "dem/base/types.h"

namespace dem {

// Throws Error{kInvalidArgument} for an extent beyond what it counts in.
blasint to_blas(Index extent);

// The library's threads are ours; OpenBLAS is to use none of its own. Before every call.
void use_one_blas_thread();

}  // namespace dem
