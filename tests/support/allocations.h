// How much memory the code under test asks operator new for: allocations.cpp gives a test program
// its own operator new.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <new>

namespace dem::test {

inline std::atomic<std::size_t> live_bytes{0};
inline std::atomic<std::size_t> peak_bytes{0};

// Each block begins with its size, in a header that keeps the alignment of operator new.
inline constexpr std::size_t kBlockHeader = alignof(std::max_align_t);

inline void* counted_new(std::size_t size, std::size_t alignment) {
  const std::size_t header = alignment > kBlockHeader ? alignment : kBlockHeader;
  const std::size_t total = (size + header + alignment - 1) / alignment * alignment;
  if (total < size) throw std::bad_alloc();
  auto* block = static_cast<std::byte*>(
      alignment > kBlockHeader ? std::aligned_alloc(alignment, total) : std::malloc(total));
  if (block == nullptr) throw std::bad_alloc();
  *reinterpret_cast<std::size_t*>(block) = size;
  const std::size_t now = live_bytes.fetch_add(size) + size;
  std::size_t peak = peak_bytes.load();
  while (peak < now && !peak_bytes.compare_exchange_weak(peak, now)) {
  }
  return block + header;
}

inline void counted_delete(void* pointer, std::size_t alignment) {
  if (pointer == nullptr) return;
  const std::size_t header = alignment > kBlockHeader ? alignment : kBlockHeader;
  auto* block = static_cast<std::byte*>(pointer) - header;
  live_bytes.fetch_sub(*reinterpret_cast<std::size_t*>(block));
  std::free(block);
}

// The most bytes that `body` held at once beyond those held before.
inline std::size_t peak_of(const std::function<void()>& body) {
  const std::size_t before = live_bytes.load();
  peak_bytes.store(before);
  body();
  return peak_bytes.load() - before;
}

}  // namespace dem::test
