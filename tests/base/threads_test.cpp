#include "dem/base/threads.h"

#include <gtest/gtest.h>

#include "dem/base/error.h"

namespace dem {
namespace {

TEST(Threads, ZeroMeansTheCoresOfThisProcess) {
  set_num_threads(3);
  EXPECT_EQ(num_threads(), 3);
  set_num_threads(0);
  EXPECT_EQ(num_threads(), available_threads());
  EXPECT_GE(available_threads(), 1);
}

TEST(Threads, RefusesNumbersOutOfRange) {
  EXPECT_THROW(set_num_threads(-1), Error);
  EXPECT_THROW(set_num_threads(1025), Error);
}

}  // namespace
}  // namespace dem
