// dem ranks: which rank of a rank table runs on which host.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "commands.h"
#include "dem/dem.h"

namespace dem::cli {
namespace {

struct RanksCommand {
  std::string table;
  bool json = false;
  bool hostfile = false;
};

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string ranks_text(const RankTable& table) {
  std::set<std::string> hosts;
  for (const RankTable::Rank& rank : table.ranks) hosts.insert(rank.host);
  std::string text = counted(table.ranks.size(), "rank") + " on " + counted(hosts.size(), "host");
  for (std::size_t i = 0; i < table.ranks.size(); ++i) {
    text += "\nrank " + std::to_string(i) + ": " + table.ranks[i].host;
  }
  return text + "\n";
}

std::string ranks_json(const RankTable& table) {
  auto ranks = nlohmann::ordered_json::array();
  for (const RankTable::Rank& rank : table.ranks) {
    ranks.push_back({{"rank", ranks.size()}, {"host", rank.host}, {"device_id", rank.device_id}});
  }
  return nlohmann::ordered_json{{"num_ranks", table.ranks.size()}, {"ranks", ranks}}.dump() + "\n";
}

int run_ranks(const RanksCommand& options) {
  if (options.hostfile && options.json) {
    throw Error(ErrorKind::kInvalidArgument, "--hostfile: expected no --json with it, got both");
  }
  const RankTable table = read_rank_table(options.table);
  std::cout << (options.hostfile ? hostfile(table)
                : options.json   ? ranks_json(table)
                                 : ranks_text(table));
  return 0;
}

}  // namespace

void add_ranks(CLI::App& program, Command& command_to_run) {
  auto options = std::make_shared<RanksCommand>();
  CLI::App* app =
      program.add_subcommand("ranks", "Show which rank of a rank table runs on which host");
  app->add_option("TABLE", options->table, "Rank table of Huawei's HCCL (JSON), of either form")
      ->required();
  app->add_flag("--hostfile",
                options->hostfile,
                "Print a hostfile for Open MPI: hosts and numbers of ranks, not their order");
  app->add_flag("--json", options->json, "Print one JSON object");
  app->callback(
      [options, &command_to_run] { command_to_run = [options] { return run_ranks(*options); }; });
}

}  // namespace dem::cli
