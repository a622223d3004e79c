#include <gtest/gtest.h>

#include <numeric>

#include "dem/comm/communicator.h"

namespace dem {
namespace {

TEST(Self, IsAGroupOfOneWhoseReductionsChangeNothing) {
  Communicator& self = self_communicator();
  EXPECT_EQ(self.rank(), 0);
  EXPECT_EQ(self.size(), 1);
  EXPECT_EQ(self.local_size(), 1);
  EXPECT_TRUE(self.is_root());
  std::vector<float> values{1.0f, 2.0f};
  self.sum(std::span(values));
  EXPECT_EQ(values, (std::vector<float>{1.0f, 2.0f}));
  const auto gathered = self.gather(std::as_bytes(std::span(values)));
  ASSERT_EQ(gathered.size(), 1u);
  EXPECT_EQ(gathered[0].size(), 8u);
}

TEST(Self, AgreePassesErrorsOnAsTheyAre) {
  try {
    agree(self_communicator(), [] { throw Error(ErrorKind::kIo, "no such file"); });
    FAIL();
  } catch (const AgreedError&) {
    FAIL() << "one rank has nobody to agree with";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no such file");
  }
}

#ifndef DEM_HAS_MPI
TEST(NoMpi, NamesTheOptionThatIsMissing) {
  try {
    const auto group = join_mpi();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_NE(std::string(error.what()).find("-DDEM_WITH_MPI=ON"), std::string::npos);
  }
  EXPECT_EQ(mpi_version(), "");
}
#endif

}  // namespace
}  // namespace dem
