#include "dem/base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace dem {
namespace {

TEST(Error, EveryKindHasItsOwnName) {
  std::set<std::string_view> names;
  for (const ErrorKind kind : kAllErrorKinds) {
    EXPECT_TRUE(names.insert(to_string(kind)).second) << to_string(kind);
  }
  EXPECT_EQ(names.count("unknown"), 0u);
}

}  // namespace
}  // namespace dem
