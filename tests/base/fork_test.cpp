#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/parallel.h"
#include "dem/base/threads.h"
#include "support/forked.h"

namespace dem {
namespace {

using test::forked;

// Whether all of many pieces ran. They take long enough for the team to have its share.
bool all_pieces_run() {
  std::atomic<Index> sum{0};
  parallel_for(1000, 1, [&](Index first, Index last) {
    std::this_thread::sleep_for(std::chrono::microseconds(1));
    sum += last - first;
  });
  return sum == 1000;
}

// Whether a job has so many threads: each of its pieces waits for the others.
bool runs_on_threads(int count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::atomic<int> arrived{0};
  parallel_for(count, 1, [&](Index, Index) {
    ++arrived;
    while (arrived < count && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
  });
  return std::chrono::steady_clock::now() < deadline;
}

class Fork : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::kCanFork) GTEST_SKIP() << "sanitizers cannot follow a fork";
    set_num_threads(3);
    ASSERT_TRUE(all_pieces_run());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the team goes to sleep
  }
  void TearDown() override { set_num_threads(0); }
};

TEST_F(Fork, ChildThatDoesNothingExits) {
  EXPECT_EQ(forked([] { return true; }), "exit 0");
}

TEST_F(Fork, ChildHasATeamOfItsOwn) {
  EXPECT_EQ(forked([] { return all_pieces_run() && runs_on_threads(3); }), "exit 0");
  EXPECT_TRUE(runs_on_threads(3));
}

TEST_F(Fork, ChildChangesTheNumberOfThreads) {
  EXPECT_EQ(forked([] {
              for (const int threads : {4, 1, 2, 0, 3}) {
                set_num_threads(threads);
                if (!all_pieces_run()) return false;
              }
              return runs_on_threads(3);
            }),
            "exit 0");
}

TEST_F(Fork, ChildOfAChildToo) {
  EXPECT_EQ(forked([] {
              return all_pieces_run() && forked([] {
                                           return forked(all_pieces_run) == "exit 0" &&
                                                  all_pieces_run();
                                         }) == "exit 0";
            }),
            "exit 0");
}

TEST_F(Fork, ChildOfAPieceRunsItsOwnPiecesAndExits) {
  std::atomic<int> good{0};
  parallel_for(4, 1, [&](Index, Index) {
    if (forked(all_pieces_run) == "exit 0") ++good;
  });
  EXPECT_EQ(good, 4);
}

// The other thread is anywhere: between two jobs, in one, or about to change the team's size.
TEST_F(Fork, ChildIsFreeOfWhatOtherThreadsWereDoing) {
  std::atomic<bool> stop{false};
  std::thread other([&] {
    for (int round = 0; !stop; ++round) {
      set_num_threads(2 + round / 7 % 2);
      parallel_for(50, 1, [](Index, Index) {});
    }
  });
  for (int round = 0; round < 50; ++round) {
    const std::string end = forked([] {
      set_num_threads(3);
      return all_pieces_run();
    });
    EXPECT_EQ(end, "exit 0") << round;
    if (end != "exit 0") break;
  }
  stop = true;
  other.join();
}

}  // namespace
}  // namespace dem
