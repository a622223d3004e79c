// Long lists in messages.
#pragma once

#include <string>

#include "base/text.h"

namespace dem {

// As join, of the first `most` items, and how many more there are.
template <typename Range>
[[nodiscard]] std::string join_some(const Range& items, std::size_t most = 10) {
  if (items.size() <= most) return join(items);
  std::string text;
  auto item = items.begin();
  for (std::size_t i = 0; i < most; ++i, ++item) text += concat(*item, ", ");
  return concat(text, "and ", items.size() - most, " more");
}

}  // namespace dem
