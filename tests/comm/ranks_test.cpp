// Runs under mpirun, all tests on every rank.
#include <gtest/gtest.h>

#include <numeric>

#include "support/mpi_group.h"

namespace dem {
namespace {

TEST(Ranks, SumsAreTheSameEverywhere) {
  Communicator& group = mpi_group();
  const int n = group.size();
  std::vector<float> floats{1.0f, static_cast<float>(group.rank())};
  std::vector<double> doubles{0.5, static_cast<double>(group.rank())};
  std::vector<Index> integers{Index{1} << 40, group.rank()};
  group.sum(std::span(floats));
  group.sum(std::span(doubles));
  group.sum(std::span(integers));
  const int ranks_sum = n * (n - 1) / 2;
  EXPECT_EQ(floats, (std::vector<float>{static_cast<float>(n), static_cast<float>(ranks_sum)}));
  EXPECT_EQ(doubles, (std::vector<double>{0.5 * n, static_cast<double>(ranks_sum)}));
  EXPECT_EQ(integers, (std::vector<Index>{n * (Index{1} << 40), ranks_sum}));
}

TEST(Ranks, LeastIsTaken) {
  Communicator& group = mpi_group();
  std::vector<double> values{static_cast<double>(group.rank()) - 3.0, -double(group.rank())};
  group.least(values);
  EXPECT_EQ(values, (std::vector<double>{-3.0, 1.0 - group.size()}));
}

TEST(Ranks, BroadcastTakesTheRootsText) {
  Communicator& group = mpi_group();
  std::string text = group.is_root() ? "the root's" : "x";
  broadcast(group, text);
  EXPECT_EQ(text, "the root's");
  std::string empty = group.is_root() ? "" : "not empty";
  broadcast(group, empty);
  EXPECT_EQ(empty, "");
}

TEST(Ranks, GatherKeepsTheOrderOfRanksAndTheirSizes) {
  Communicator& group = mpi_group();
  const std::vector<std::byte> mine(static_cast<std::size_t>(group.rank()) * 3,
                                    std::byte(group.rank()));
  const auto all = group.gather(mine);
  if (!group.is_root()) {
    EXPECT_TRUE(all.empty());
    return;
  }
  ASSERT_EQ(all.size(), static_cast<std::size_t>(group.size()));
  for (std::size_t r = 0; r < all.size(); ++r) {
    EXPECT_EQ(all[r], std::vector<std::byte>(r * 3, std::byte(r)));
  }
}

TEST(Ranks, AgreeThrowsTheMessageOfTheLowestRankThatFailed) {
  Communicator& group = mpi_group();
  const int last = group.size() - 1;
  try {
    agree(group, [&] {
      if (group.rank() == last) throw Error(ErrorKind::kFormat, "row 7 is broken");
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFormat);
    const std::string expected = last == 0 ? "row 7 is broken"
                                           : "rank " + std::to_string(last) + " of " +
                                                 std::to_string(last + 1) + ": row 7 is broken";
    EXPECT_EQ(error.what(), expected);
  }
}

TEST(Ranks, WhatFailsEverywhereIsSaidWithoutARank) {
  try {
    agree(mpi_group(), [] { throw Error(ErrorKind::kIo, "no such file"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no such file");
  }
}

TEST(Ranks, AgreePassesWhereAllSucceed) {
  agree(mpi_group(), [] {});
}

TEST(Ranks, RanksOfThisHostAreCounted) {
  EXPECT_EQ(mpi_group().local_size(), mpi_group().size());
  EXPECT_FALSE(mpi_version().empty());
}

}  // namespace
}  // namespace dem
