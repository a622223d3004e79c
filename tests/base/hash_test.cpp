#include "base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace dem {
namespace {

TEST(Fingerprint, DependsOnTheConcatenationOnly) {
  Fingerprint whole;
  whole.add("abcdef", 6);
  Fingerprint parts;
  parts.add("ab", 2);
  parts.add("", 0);
  parts.add("cdef", 4);
  EXPECT_EQ(whole.hex(), parts.hex());
  parts.add("g", 1);
  EXPECT_NE(whole.hex(), parts.hex());
}

// The published XXH3-128 value of the empty input with seed 0.
TEST(Fingerprint, OfNothingIsTheKnownValue) {
  EXPECT_EQ(Fingerprint().hex(), "99aa06d3014798d86001c324468d497f");
}

// Statistics files depend on them: the published value of the empty input, and the library's own of
// a name, without seed and with.
TEST(HashBytes, HasTheKnownValues) {
  EXPECT_EQ(hash_bytes("", 0), 0x2d06800538d394c2u);
  EXPECT_EQ(hash_bytes("zebra", 5), 0x87efcdb6ed1bce67u);
  EXPECT_NE(hash_bytes("zebra", 5, 1), 0x87efcdb6ed1bce67u);
}

}  // namespace
}  // namespace dem
