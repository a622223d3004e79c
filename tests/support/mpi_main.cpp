// main() of a test program that runs under mpirun. Every rank runs every test; a test that fails on
// one rank only would leave the others waiting in the next collective call, so the first failure
// ends all of them.
#include <gtest/gtest.h>

#include <iostream>

#include "dem/base/threads.h"
#include "support/mpi_group.h"

namespace {

std::unique_ptr<dem::Communicator> group;

class EndAllRanks : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed() || group->is_root()) return;  // the root's are printed anyway
    std::cout << "rank " << group->rank() << ": " << result.file_name() << ':'
              << result.line_number() << ": " << result.message() << std::endl;
  }
  void OnTestEnd(const testing::TestInfo& test) override {
    if (!test.result()->Failed()) return;
    std::cout << "rank " << group->rank() << ": " << test.test_suite_name() << '.' << test.name()
              << " failed" << std::endl;
    group->abort(1);
  }
};

}  // namespace

namespace dem {

Communicator& mpi_group() {
  return *group;
}

}  // namespace dem

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  dem::set_num_threads(1);  // a core a rank at most
  group = dem::join_mpi();
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (!group->is_root()) {
    delete listeners.Release(listeners.default_result_printer());
  }
  listeners.Append(new EndAllRanks);
  const int status = RUN_ALL_TESTS();
  group.reset();
  return status;
}
