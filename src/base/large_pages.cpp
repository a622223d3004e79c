#include "base/large_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace dem {

void prefer_large_pages([[maybe_unused]] void* memory,
                        [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  constexpr std::size_t kLeast = std::size_t{32} << 20;  // the allocator maps these on their own
  constexpr std::uintptr_t kPage = std::uintptr_t{2} << 20;
  if (bytes < kLeast) return;
  const auto first = (reinterpret_cast<std::uintptr_t>(memory) + kPage - 1) / kPage * kPage;
  const auto last = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / kPage * kPage;
  static_cast<void>(::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE));
#endif
}

}  // namespace dem
