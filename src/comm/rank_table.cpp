#include "dem/comm/rank_table.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/positioned_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/types.h"

namespace dem {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr std::size_t kLongestHost = 253;  // of a name in the Domain Name System

[[noreturn]] void refuse(const std::string& where, const char* expected, const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

// What an error message says of a value.
std::string shown(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return concat("a list of ", value.size());
  const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  constexpr std::size_t kMost = 100;
  return text.size() > kMost ? text.substr(0, kMost) + "..." : text;
}

// A value and its place in the file, "table.json: server_list[0].device[3]".
struct Node {
  const Json* value;
  std::string where;
  const char* joint = ".";

  [[nodiscard]] Node field(const char* name, const char* expected) const {
    const std::string place = where + joint + name;
    if (!value->is_object()) refuse(where, "an object", shown(*value));
    const auto found = value->find(name);
    if (found == value->end()) refuse(place, expected, "none");
    return {.value = &*found, .where = place};
  }

  [[nodiscard]] std::vector<Node> list(const char* name) const {
    const Node node = field(name, "a list");
    if (!node.value->is_array()) refuse(node.where, "a list", shown(*node.value));
    std::vector<Node> nodes;
    for (const Json& element : *node.value) {
      nodes.push_back({.value = &element, .where = concat(node.where, "[", nodes.size(), "]")});
    }
    return nodes;
  }

  // A number, or text that is one.
  [[nodiscard]] int number(const char* name) const {
    constexpr const char* kExpected = "a whole number of 0 or more";
    const Node node = field(name, kExpected);
    const std::string text =
        node.value->is_string() ? node.value->get<std::string>() : shown(*node.value);
    int number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0) {
      refuse(node.where, kExpected, shown(*node.value));
    }
    return number;
  }

  // A name that a command line or a hostfile takes as it is.
  [[nodiscard]] std::string host(const char* name) const {
    constexpr const char* kExpected = "the name or IPv4 address of a host";
    const Node node = field(name, kExpected);
    std::string text = node.value->is_string() ? node.value->get<std::string>() : "";
    const auto alphanumeric = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    const bool plain = !text.empty() && text.size() <= kLongestHost && alphanumeric(text[0]) &&
                       std::all_of(text.begin(), text.end(), [&](char c) {
                         return alphanumeric(c) || c == '.' || c == '-' || c == '_';
                       });
    if (!plain) refuse(node.where, kExpected, shown(*node.value));
    return text;
  }
};

struct Entry {
  int rank_id;
  RankTable::Rank rank;
  std::string where;
};

std::vector<Entry> entries_of_servers(const Node& table) {
  std::vector<Entry> entries;
  for (const Node& server : table.list("server_list")) {
    const std::string host = server.host("server_id");
    for (const Node& device : server.list("device")) {
      entries.push_back(
          {device.number("rank_id"), {host, device.number("device_id")}, device.where});
    }
  }
  return entries;
}

std::vector<Entry> entries_of_groups(const Node& table) {
  std::vector<Entry> entries;
  for (const Node& group : table.list("group_list")) {
    for (const Node& instance : group.list("instance_list")) {
      const std::vector<Node> devices = instance.list("devices");
      if (devices.size() != 1) {
        refuse(instance.where + ".devices", "one device", std::to_string(devices.size()));
      }
      entries.push_back({instance.number("rank_id"),
                         {instance.host("server_id"), devices[0].number("device_id")},
                         instance.where});
    }
  }
  return entries;
}

void check_status(const Node& table) {
  const Node status = table.field("status", "\"completed\"");
  if (*status.value != "completed") refuse(status.where, "\"completed\"", shown(*status.value));
}

// Puts every entry at its rank.
RankTable ordered(std::vector<Entry> entries, const std::string& path) {
  if (entries.empty()) refuse(path, "at least one rank", "none");
  std::vector<std::optional<RankTable::Rank>> ranks(entries.size());
  for (Entry& entry : entries) {
    const auto id = static_cast<std::size_t>(entry.rank_id);
    const std::string expected = concat("ranks of 0 .. ", ranks.size() - 1, ", each once");
    if (id >= ranks.size()) {
      refuse(entry.where + ".rank_id", expected.c_str(), std::to_string(id));
    }
    if (ranks[id]) refuse(entry.where + ".rank_id", expected.c_str(), concat(id, " again"));
    ranks[id] = std::move(entry.rank);
  }
  RankTable table;
  for (std::optional<RankTable::Rank>& rank : ranks) table.ranks.push_back(*std::move(rank));
  return table;
}

Json parse(const std::string& path) {
  const PositionedFile file(path);
  if (file.size() > kMostBytes) {
    refuse(path, "a rank table of at most 16 MiB", concat(file.size(), " bytes"));
  }
  std::string text(file.size(), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse(path, "JSON", concat("a syntax error at byte ", error.byte));
  } catch (const Json::exception&) {
    refuse(path, "JSON", "a number beyond double precision");
  }
}

}  // namespace

RankTable read_rank_table(const std::string& path) {
  const Json json = parse(path);
  const Node table{.value = &json, .where = path, .joint = ": "};
  const bool servers = json.is_object() && json.contains("server_list");
  if (!servers && !(json.is_object() && json.contains("group_list"))) {
    refuse(path,
           "a rank table with a server_list or a group_list",
           json.is_object() ? "an object with neither" : shown(json));
  }
  check_status(table);
  return ordered(servers ? entries_of_servers(table) : entries_of_groups(table), path);
}

std::string hostfile(const RankTable& table) {
  std::vector<std::pair<std::string, int>> slots;
  for (const RankTable::Rank& rank : table.ranks) {
    const auto host = std::find_if(
        slots.begin(), slots.end(), [&](const auto& entry) { return entry.first == rank.host; });
    if (host == slots.end()) {
      slots.emplace_back(rank.host, 1);
    } else {
      ++host->second;
    }
  }
  std::string text;
  for (const auto& [host, count] : slots) text += concat(host, " slots=", count, "\n");
  return text;
}

}  // namespace dem
