#include "base/fork.h"

#include <pthread.h>

namespace dem {

bool at_fork(void (*before)(), void (*in_parent)(), void (*in_child)()) noexcept {
  // Fails only where memory ends while the program is loaded.
  return ::pthread_atfork(before, in_parent, in_child) == 0;
}

}  // namespace dem
