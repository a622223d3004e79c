// Files damaged at random, for parsers that must read or refuse whatever comes.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/rng.h"
#include "dem/base/error.h"

namespace dem::test {

// One to four changes: a byte replaced, a bit flipped, a piece cut out, doubled or written over by
// another.
inline std::string mutated(std::string bytes, Rng& rng) {
  const auto position = [&] { return static_cast<std::size_t>(rng.below(bytes.size() + 1)); };
  for (std::uint64_t changes = 1 + rng.below(4); changes > 0 && !bytes.empty(); --changes) {
    const auto at = static_cast<std::size_t>(rng.below(bytes.size()));
    const auto length = static_cast<std::size_t>(1 + rng.below(8));
    switch (rng.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(rng.next());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << rng.below(8)));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(position(), bytes.substr(at, length));
        break;
      default:
        bytes.replace(position(), length, bytes.substr(at, length));
        break;
    }
  }
  return bytes;
}

// Calls `parse` with so many damaged versions of `good`: each must be read or refused with an Error
// of dem that is no defect of dem. Some of them must be refused, or nothing was put to the test.
inline void expect_read_or_refused(const std::string& good,
                                   int count,
                                   const std::function<void(const std::string&)>& parse) {
  Rng rng(2017, Purpose::kSynthetic);
  int refused = 0;
  for (int i = 0; i < count; ++i) {
    const std::string bytes = mutated(good, rng);
    try {
      parse(bytes);
    } catch (const Error& error) {
      ++refused;
      EXPECT_NE(to_string(error.kind()), to_string(ErrorKind::kInternal)) << i << error.what();
      EXPECT_NE(to_string(error.kind()), to_string(ErrorKind::kIo)) << i << error.what();
    }
  }
  EXPECT_GT(refused, count / 20);
}

}  // namespace dem::test
