// Vectors of several ranks together.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "dem/comm/communicator.h"

namespace dem {

// On rank 0 what all ranks have, by rank; elsewhere nothing. Collective.
template <typename T>
[[nodiscard]] std::vector<T> gathered(Communicator& ranks, std::vector<T> values) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (ranks.size() == 1) return values;
  std::vector<T> all;
  for (const std::vector<std::byte>& part : ranks.gather(std::as_bytes(std::span(values)))) {
    const std::size_t before = all.size();
    all.resize(before + part.size() / sizeof(T));
    if (!part.empty()) std::memcpy(all.data() + before, part.data(), part.size());
  }
  return all;
}

// Every rank gets rank 0's. Collective.
template <typename T>
void share(Communicator& ranks, std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (ranks.size() == 1) return;
  Index count = ranks.is_root() ? static_cast<Index>(values.size()) : 0;
  ranks.sum(std::span(&count, 1));
  values.resize(static_cast<std::size_t>(count));
  ranks.broadcast(std::as_writable_bytes(std::span(values)), 0);
}

}  // namespace dem
