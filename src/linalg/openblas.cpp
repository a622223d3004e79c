#include "linalg/openblas.h"

#include <atomic>
#include <limits>
#include <mutex>

#include "base/fork.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// Guards that live. From 0 and to 0 it goes under the mutex, together with OpenBLAS's number; where
// it is more, the number is known to be 1 and no lock is needed.
constinit std::atomic<int> guards{0};
constinit std::mutex guards_mutex;
constinit int number_of_host = 0;  // to be put back; 0: nothing is

// Counts from a number above 0 to another above 0. False where there is no such step.
bool count_without_lock(int by) noexcept {
  int count = guards.load(std::memory_order_acquire);
  while (count > 0 && count + by > 0) {
    if (guards.compare_exchange_weak(count, count + by, std::memory_order_acq_rel)) return true;
  }
  return false;
}

void before_fork() {
  guards_mutex.lock();
}
void in_parent() {
  guards_mutex.unlock();
}
// Guards of other threads do not live in the child: nobody would end them. What they noted stays,
// to be put back by the child's own first guard.
void in_child() {
  guards.store(0, std::memory_order_relaxed);
  guards_mutex.unlock();
}
const bool openblas_registered [[maybe_unused]] = at_fork(before_fork, in_parent, in_child);

}  // namespace

blasint to_blas(Index extent) {
  if (extent > std::numeric_limits<int>::max()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("matrix product: expected extents below 2^31, got ", extent));
  }
  return static_cast<blasint>(extent);
}

OneBlasThread::OneBlasThread() noexcept {
  if (count_without_lock(1)) return;
  const std::lock_guard lock(guards_mutex);
  if (guards.load(std::memory_order_relaxed) == 0) {
    const int number = openblas_get_num_threads();
    if (number != 1) {
      openblas_set_num_threads(1);
      number_of_host = number;
    }
  }
  guards.fetch_add(1, std::memory_order_release);
}

OneBlasThread::~OneBlasThread() {
  if (count_without_lock(-1)) return;
  const std::lock_guard lock(guards_mutex);
  if (guards.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  if (number_of_host != 0 && openblas_get_num_threads() == 1) {
    openblas_set_num_threads(number_of_host);
  }
  number_of_host = 0;
}

}  // namespace dem
