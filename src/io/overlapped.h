// Using a piece of a source while the next one is taken.
#pragma once

#include <span>

#include "base/parallel.h"
#include "io/byte_source.h"

namespace dem {

// Of a piece, where threads convert them.
inline constexpr Index kConvertedParts = 4;

// Takes pieces 0 .. count-1 of size(k) bytes from `source` and calls use(k, part, bytes) for every
// part 0 .. parts-1 of each. One thread takes piece k + 1 meanwhile, which pays where taking is
// work: inflating. What `use` does must not depend on the order of parts.
template <typename Size, typename Use>
void take_overlapped(ByteSource& source, Index count, Index parts, Size&& size, Use&& use) {
  std::span<const std::byte> current, next;
  for (Index k = -1; k < count; ++k) {
    const Index takes = k + 1 < count ? 1 : 0;
    parallel_for(takes + (k < 0 ? 0 : parts), 1, [&](Index piece, Index) {
      if (piece < takes) {
        next = source.take(static_cast<std::size_t>(size(k + 1)));
      } else {
        use(k, piece - takes, current);
      }
    });
    current = next;
  }
}

}  // namespace dem
