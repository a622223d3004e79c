#include <fstream>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

class Ranks : public CliTest {
 protected:
  void SetUp() override {
    std::ofstream(folder_ / "table.json")
        << R"({"version": "1.0", "server_count": "2", "server_list": [
             {"server_id": "10.0.0.1", "device": [{"device_id": "0", "rank_id": "0"},
                                                  {"device_id": "1", "rank_id": "2"}]},
             {"server_id": "10.0.0.2", "device": [{"device_id": "4", "rank_id": "1"}]}],
             "status": "completed"})";
  }
};

TEST_F(Ranks, AreShownWithTheirHosts) {
  const ProgramResult result = dem("ranks table.json");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out,
            "3 ranks on 2 hosts\nrank 0: 10.0.0.1\nrank 1: 10.0.0.2\nrank 2: 10.0.0.1\n");
}

TEST_F(Ranks, AreShownAsJson) {
  const ProgramResult result = dem("ranks table.json --json");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out,
            R"({"num_ranks":3,"ranks":[{"rank":0,"host":"10.0.0.1","device_id":0},)"
            R"({"rank":1,"host":"10.0.0.2","device_id":4},)"
            R"({"rank":2,"host":"10.0.0.1","device_id":1}]})"
            "\n");
}

TEST_F(Ranks, BecomeAHostfile) {
  const ProgramResult result = dem("ranks table.json --hostfile");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, "10.0.0.1 slots=2\n10.0.0.2 slots=1\n");
}

TEST_F(Ranks, MistakesHaveTheStatusOfTheirKind) {
  EXPECT_EQ(dem("ranks").status, 2);
  EXPECT_EQ(dem("ranks table.json --json --hostfile").status, 2);
  EXPECT_EQ(dem("ranks missing.json").status, 3);
  std::ofstream(folder_ / "broken.json") << "{";
  const ProgramResult broken = dem("ranks broken.json");
  EXPECT_EQ(broken.status, 3);
  EXPECT_EQ(broken.out, "");
  EXPECT_EQ(broken.err, "dem: broken.json: expected JSON, got a syntax error at byte 2\n");
}

}  // namespace
}  // namespace dem::test
