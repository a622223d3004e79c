// The global operators, replaced by ones that count.
#include "support/allocations.h"

// NOLINTBEGIN: replacements of the global operators
void* operator new(std::size_t size) {
  return dem::test::counted_new(size, dem::test::kBlockHeader);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return dem::test::counted_new(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return dem::test::counted_new(size, dem::test::kBlockHeader);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* pointer, const std::nothrow_t&) noexcept {
  dem::test::counted_delete(pointer, dem::test::kBlockHeader);
}
void operator delete(void* pointer) noexcept {
  dem::test::counted_delete(pointer, dem::test::kBlockHeader);
}
void operator delete(void* pointer, std::size_t) noexcept {
  dem::test::counted_delete(pointer, dem::test::kBlockHeader);
}
void operator delete(void* pointer, std::align_val_t alignment) noexcept {
  dem::test::counted_delete(pointer, static_cast<std::size_t>(alignment));
}
void operator delete(void* pointer, std::size_t, std::align_val_t alignment) noexcept {
  dem::test::counted_delete(pointer, static_cast<std::size_t>(alignment));
}
// NOLINTEND
