#include "cli/exit_status.h"

#include <gtest/gtest.h>

namespace dem::cli {
namespace {

TEST(ExitStatus, TellsUsageDataAndNumbersApart) {
  EXPECT_EQ(exit_status(ErrorKind::kInvalidArgument), 2);
  EXPECT_EQ(exit_status(ErrorKind::kUnsupported), 2);
  EXPECT_EQ(exit_status(ErrorKind::kIo), 3);
  EXPECT_EQ(exit_status(ErrorKind::kFormat), 3);
  EXPECT_EQ(exit_status(ErrorKind::kShapeMismatch), 3);
  EXPECT_EQ(exit_status(ErrorKind::kNumerical), 4);
  EXPECT_EQ(exit_status(ErrorKind::kComm), 1);
  EXPECT_EQ(exit_status(ErrorKind::kInternal), 1);
}

TEST(ExitStatus, EveryKindHasOne) {
  for (const ErrorKind kind : kAllErrorKinds) {
    EXPECT_GE(exit_status(kind), 1) << to_string(kind);
    EXPECT_LE(exit_status(kind), 4) << to_string(kind);
  }
}

}  // namespace
}  // namespace dem::cli
