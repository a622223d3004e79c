#include "base/large_pages.h"

#include <sys/mman.h>

#include <memory>

namespace dem {

void prefer_large_pages([[maybe_unused]] void* memory,
                        [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  constexpr std::size_t kLeast = std::size_t{32} << 20;  // the allocator maps these on their own
  constexpr std::size_t kPage = std::size_t{2} << 20;
  if (bytes < kLeast || std::align(kPage, kPage, memory, bytes) == nullptr) return;
  static_cast<void>(::madvise(memory, bytes / kPage * kPage, MADV_HUGEPAGE));
#endif
}

}  // namespace dem
