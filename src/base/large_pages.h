// Memory in large pages, which takes hundreds of times fewer page faults to fill.
#pragma once

#include <cstddef>

namespace dem {

// Asks the system to back these bytes, which nobody has touched yet, with large pages. A hint:
// below 32 MiB, and where the system knows no such thing, nothing happens.
void prefer_large_pages(void* memory, std::size_t bytes) noexcept;

}  // namespace dem
