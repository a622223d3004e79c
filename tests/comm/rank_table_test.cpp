#include "dem/comm/rank_table.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;

constexpr const char* kServers = R"({
  "version": "1.0", "server_count": "2",
  "server_list": [
    {"server_id": "10.0.0.2",
     "device": [{"device_id": "0", "device_ip": "192.98.92.1", "rank_id": "0"},
                {"device_id": "7", "device_ip": "192.98.92.2", "rank_id": "2"}],
     "host_nic_ip": "reserve"},
    {"server_id": "node-b.example_1", "device": [{"device_id": 3, "rank_id": 1}]}],
  "status": "completed"})";

constexpr const char* kGroups = R"({
  "board_id": "0x0000", "chip_info": "910", "deploy_mode": "lab", "group_count": "1",
  "group_list": [{
    "device_num": "2", "server_num": "1", "group_name": "", "instance_count": "2",
    "instance_list": [
      {"devices": [{"device_id": "5", "device_ip": "192.1.27.7"}], "rank_id": "1",
       "server_id": "10.155.111.141"},
      {"devices": [{"device_id": "4", "device_ip": "192.1.27.6"}], "rank_id": "0",
       "server_id": "10.155.111.140"}]}],
  "para_plane_nic_location": "device", "para_plane_nic_name": ["eth0"], "para_plane_nic_num": "1",
  "status": "completed"})";

// "HOST/DEVICE HOST/DEVICE ..." by rank.
std::string shown(const RankTable& table) {
  std::string text;
  for (const RankTable::Rank& rank : table.ranks) {
    text += (text.empty() ? "" : " ") + rank.host + "/" + std::to_string(rank.device_id);
  }
  return text;
}

class RankTableTest : public ::testing::Test {
 protected:
  [[nodiscard]] RankTable read(const std::string& text) const {
    return read_rank_table(folder_.write("table.json", text));
  }
  // A server's device list in a table that is right otherwise.
  static std::string with_devices(const std::string& devices) {
    return R"({"server_list": [{"server_id": "a", "device": [)" + devices +
           R"(]}], "status": "completed"})";
  }
  static std::string with_host(const std::string& host) {
    return R"({"server_list": [{"server_id": )" + host +
           R"(, "device": [{"device_id": "0", "rank_id": "0"}]}], "status": "completed"})";
  }

  TemporaryFolder folder_;
};

TEST_F(RankTableTest, ServersAreReadInTheOrderOfRanks) {
  EXPECT_EQ(shown(read(kServers)), "10.0.0.2/0 node-b.example_1/3 10.0.0.2/7");
}

TEST_F(RankTableTest, GroupsAreReadInTheOrderOfRanks) {
  EXPECT_EQ(shown(read(kGroups)), "10.155.111.140/4 10.155.111.141/5");
}

TEST_F(RankTableTest, AHostfileHasALineAHost) {
  EXPECT_EQ(hostfile(read(kServers)), "10.0.0.2 slots=2\nnode-b.example_1 slots=1\n");
  EXPECT_EQ(hostfile(read(kGroups)), "10.155.111.140 slots=1\n10.155.111.141 slots=1\n");
}

TEST_F(RankTableTest, WhatIsNoRankTableIsRefusedWithItsPlace) {
  const std::string good = R"({"device_id": "0", "rank_id": "0"})";
  const struct {
    std::string text;
    std::initializer_list<std::string_view> parts;
  } cases[] = {
      {"", {"table.json: expected JSON, got a syntax error at byte 1"}},
      {"RANK 0", {"expected JSON"}},
      {"{\"status\": \"\xff\"}", {"expected JSON"}},
      {R"({"server_list": 1e999})", {"expected JSON, got a number"}},
      {"[1, 2]", {"expected a rank table with a server_list or a group_list, got a list of 2"}},
      {"{}", {"a server_list or a group_list, got an object with neither"}},
      {R"({"server_list": []})", {"table.json: status: expected \"completed\", got none"}},
      {R"({"server_list": [], "status": "initializing"})", {"got \"initializing\""}},
      {R"({"server_list": [], "status": "completed"})", {"expected at least one rank, got none"}},
      {R"({"server_list": {}, "status": "completed"})", {"server_list: expected a list, got an"}},
      {R"({"server_list": ["a"], "status": "completed"})", {"server_list[0]: expected an object"}},
      {R"({"server_list": [{"server_id": "a"}], "status": "completed"})",
       {"server_list[0].device: expected a list, got none"}},
      {with_devices(good + R"(, {"device_id": "1"})"),
       {"server_list[0].device[1].rank_id: expected a whole number of 0 or more, got none"}},
      {with_devices(R"({"rank_id": "0"})"), {"device[0].device_id", "got none"}},
      {with_devices(R"({"device_id": "0", "rank_id": "-1"})"), {"rank_id", "got \"-1\""}},
      {with_devices(R"({"device_id": "0", "rank_id": "0x0"})"), {"rank_id", "got \"0x0\""}},
      {with_devices(R"({"device_id": "0", "rank_id": 0.5})"), {"rank_id", "got 0.5"}},
      {with_devices(R"({"device_id": "0", "rank_id": "99999999999"})"), {"rank_id", "99999999999"}},
      {with_devices(R"({"device_id": "0", "rank_id": null})"), {"rank_id", "got null"}},
      {with_devices(R"({"device_id": [0], "rank_id": "0"})"), {"device_id", "got a list of 1"}},
      {with_devices(good + "," + good),
       {"device[1].rank_id: expected ranks of 0 .. 1, each once, got 0 again"}},
      {with_devices(good + R"(,{"device_id": "1", "rank_id": "2"})"),
       {"device[1].rank_id: expected ranks of 0 .. 1, each once, got 2"}},
      {R"({"group_list": [{"instance_list": [{"devices": [], "rank_id": "0", "server_id": "a"}]}],
           "status": "completed"})",
       {"group_list[0].instance_list[0].devices: expected one device, got 0"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    expect_error(ErrorKind::kFormat, c.parts, [&] { (void)read(c.text); });
  }
}

TEST_F(RankTableTest, HostsAreNamesThatACommandLineTakesAsTheyAre) {
  for (const char* host : {R"("")",
                           R"("a b")",
                           R"("-a")",
                           R"(".a")",
                           R"("a;b")",
                           R"("a$b")",
                           R"("a:2")",
                           R"("a,b")",
                           R"("a\nb")",
                           R"("a\u0000")",
                           R"("user@a")",
                           R"("fe80::1")",
                           R"("h\u00f6st")",
                           "7",
                           "null",
                           R"(["a"])"}) {
    SCOPED_TRACE(host);
    expect_error(ErrorKind::kFormat,
                 {"server_list[0].server_id: expected the name or IPv4 address of a host, got "},
                 [&] { (void)read(with_host(host)); });
  }
  EXPECT_EQ(read(with_host(R"("Node_7.lab-2")")).ranks.at(0).host, "Node_7.lab-2");
}

TEST_F(RankTableTest, AMissingFileIsNamed) {
  expect_error(
      ErrorKind::kIo, {"no.json"}, [&] { (void)read_rank_table(folder_.file("no.json")); });
}

}  // namespace
}  // namespace dem
