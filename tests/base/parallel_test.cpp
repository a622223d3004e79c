#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "dem/base/threads.h"

namespace dem {
namespace {

class Parallel : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { set_num_threads(GetParam()); }
  void TearDown() override { set_num_threads(0); }
};

TEST_P(Parallel, VisitsEveryItemOnce) {
  for (const Index n : {0, 1, 7, 64, 65, 1000}) {
    for (const Index grain : {1, 8, 64, 5000}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
      parallel_for(n, grain, [&](Index first, Index last) {
        EXPECT_EQ(first % grain, 0);
        for (Index i = first; i < last; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      for (const auto& count : visits)
        EXPECT_EQ(count.load(), 1) << "n " << n << " grain " << grain;
    }
  }
}

TEST_P(Parallel, RunsNestedCallsInPlace) {
  std::atomic<Index> sum{0};
  parallel_for(10, 1, [&](Index first, Index) {
    parallel_for(10, 3, [&](Index a, Index b) {
      for (Index i = a; i < b; ++i) sum += first * 10 + i;
    });
  });
  EXPECT_EQ(sum.load(), 99 * 100 / 2);
}

TEST_P(Parallel, ThrowsWhatAPieceThrowsAndWorksAfterwards) {
  for (int round = 0; round < 20; ++round) {
    try {
      parallel_for(100, 1, [](Index first, Index) {
        if (first == 13) throw std::runtime_error("piece 13");
      });
      FAIL() << "no exception";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "piece 13");
    }
    std::atomic<int> count{0};
    parallel_for(100, 1, [&](Index, Index) { ++count; });
    EXPECT_EQ(count.load(), 100);
  }
}

TEST_P(Parallel, ServesSeveralCallersAtOnce) {
  std::vector<std::thread> callers;
  std::atomic<Index> sum{0};
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        parallel_for(100, 7, [&](Index first, Index last) { sum += last - first; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum.load(), 4 * 50 * 100);
}

INSTANTIATE_TEST_SUITE_P(Threads, Parallel, testing::Values(1, 2, 3, 8));

}  // namespace
}  // namespace dem
