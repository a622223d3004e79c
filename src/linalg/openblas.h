// What the calls of OpenBLAS have in common.
#pragma once

#include <cblas.h>

#include "dem/base/types.h"

namespace dem {

// Throws Error{kInvalidArgument} for an extent beyond what it counts in.
blasint to_blas(Index extent);

// While one lives, in whatever thread, OpenBLAS uses no threads of its own: the library's threads
// are ours. The number is one for the process, and belongs to the program; the first guard notes it
// and the last one puts it back, unless it was changed in the meantime. One around every call of
// OpenBLAS, held in the thread that has its pieces computed.
//
// It costs two additions where another guard lives, else two locks, and where the number is not 1
// already two calls to change it: about 100 ns together. (OpenBLAS keeps its threads when the
// number falls; it starts some only where the number grows beyond all before, or after a fork.)
class OneBlasThread {
 public:
  OneBlasThread() noexcept;
  ~OneBlasThread();
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;
};

}  // namespace dem
