// The main() of test programs. Exit status 77 says that all that was to run was skipped; CTest goes
// by that. Going by the text "[  SKIPPED ]" it would also take for skipped what failed behind that
// text, such as by a leak that is reported at the end of the program.
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int status = RUN_ALL_TESTS();
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  const bool skipped = tests.skipped_test_count() > 0 && tests.successful_test_count() == 0;
  return status == 0 && skipped ? 77 : status;
}
