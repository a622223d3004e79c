// Rank tables of Huawei's HCCL, in which users of MindSpore say which process runs where.
#pragma once

#include <string>
#include <vector>

namespace dem {

struct RankTable {
  struct Rank {
    std::string host;  // server_id: letters, digits, dots, dashes and underscores
    int device_id = 0;
  };
  std::vector<Rank> ranks;  // by rank_id: 0, 1, ...
};

// Reads either form: of version 1.0 with a "server_list", and the older one with a "group_list".
// Numbers may be written as text. Addresses of devices and what else the file has are passed over.
// Throws Error{kIo}, and Error{kFormat} naming the place for what is neither form, a status other
// than "completed", fields that are missing or malformed, names that are none of hosts, and
// rank_ids other than 0 .. n - 1, each once, n >= 1.
[[nodiscard]] RankTable read_rank_table(const std::string& path);

// A hostfile of Open MPI: "HOST slots=COUNT", a line a host, in the order of their first ranks.
// mpirun gives it as many ranks as the table, but not in the table's order: ranks of its own host
// come first, those of a host one after another.
[[nodiscard]] std::string hostfile(const RankTable& table);

}  // namespace dem
