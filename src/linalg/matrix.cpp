#include "dem/linalg/matrix.h"

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

std::size_t checked_bytes(Index rows, Index cols, std::size_t element_size) {
  Index elements = 0;
  Index bytes = 0;
  if (rows < 0 || cols < 0 || __builtin_mul_overflow(rows, cols, &elements) ||
      __builtin_mul_overflow(elements, static_cast<Index>(element_size), &bytes)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("matrix: no memory holds ",
                       rows,
                       " x ",
                       cols,
                       " elements of ",
                       element_size,
                       " bytes"));
  }
  return static_cast<std::size_t>(bytes);
}

}  // namespace dem
