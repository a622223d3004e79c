#include "dem/base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace dem {
namespace {

TEST(Error, EveryKindHasItsOwnNameAndAnExitStatus) {
  std::set<std::string_view> names;
  for (const ErrorKind kind : kAllErrorKinds) {
    EXPECT_TRUE(names.insert(to_string(kind)).second) << to_string(kind);
    EXPECT_GE(exit_status(kind), 1) << to_string(kind);
    EXPECT_LE(exit_status(kind), 4) << to_string(kind);
  }
  EXPECT_EQ(names.count("unknown"), 0u);
}

TEST(Error, ExitStatusTellsUsageDataAndNumbersApart) {
  EXPECT_EQ(exit_status(ErrorKind::kInternal), 1);
  EXPECT_EQ(exit_status(ErrorKind::kInvalidArgument), 2);
  EXPECT_EQ(exit_status(ErrorKind::kUnsupported), 2);
  EXPECT_EQ(exit_status(ErrorKind::kIo), 3);
  EXPECT_EQ(exit_status(ErrorKind::kFormat), 3);
  EXPECT_EQ(exit_status(ErrorKind::kShapeMismatch), 3);
  EXPECT_EQ(exit_status(ErrorKind::kNumerical), 4);
}

}  // namespace
}  // namespace dem
