// Splits in JSON: {"seen": [classes], "unseen": [classes]}, or {"train": [samples], ...}.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/at.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "data/split_parts.h"
#include "dem/base/error.h"
#include "io/csv_scanner.h"

namespace dem {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 2> kClassKeys = {"seen", "unseen"};

Json parse(const std::string& path) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  std::set<std::string> keys;
  std::optional<std::string> twice;
  const auto see = [&](int depth, Json::parse_event_t event, Json& parsed) {
    constexpr int kDepthOfKeys = 1;
    if (event != Json::parse_event_t::key || depth != kDepthOfKeys) return true;
    const auto key = parsed.get<std::string>();
    if (!keys.insert(key).second) twice = key;
    return true;
  };
  Json json = Json::parse(text, text + bytes.size(), see, false);
  if (json.is_discarded()) refuse_split(path, "JSON", "what cannot be read as JSON");
  if (!json.is_object()) refuse_split(path, "a JSON object", json.type_name());
  if (twice) refuse_split(path, "each list once", concat(shown(*twice), " twice"));
  return json;
}

void require_known_keys(const std::string& path, const Json& json) {
  for (auto item = json.begin(); item != json.end(); ++item) {
    const std::string& key = item.key();
    const auto is_key = [&](std::string_view known) { return known == key; };
    if (key == "about" || std::any_of(kClassKeys.begin(), kClassKeys.end(), is_key) ||
        std::any_of(kRowParts.begin(), kRowParts.end(), is_key)) {
      continue;
    }
    refuse_split(
        path,
        concat("lists ", join(kClassKeys), " of classes or ", join(kRowParts), " of samples"),
        shown(key));
  }
}

void require_list(const std::string& where, const Json& list) {
  if (!list.is_array()) refuse_split(where, "a list", list.type_name());
}

void add_classes(const std::string& where,
                 const Json& list,
                 ClassPart part,
                 const TableClasses& classes,
                 SplitParts& parts) {
  require_list(where, list);
  parts.classes.resize(classes.names.size(), ClassPart::kNone);
  for (const Json& item : list) {
    if (!item.is_string() && !item.is_number_integer()) {
      refuse_split(where, "names of classes", item.dump());
    }
    const std::string name = item.is_string() ? item.get<std::string>() : item.dump();
    ClassPart& known = parts.classes[at(classes.id(name, where))];
    if (known != ClassPart::kNone) refuse_split(where, "a class once", shown(name) + " again");
    known = part;
  }
}

std::optional<Index> row_of(const std::string& where, const Json& item, const TableRows& rows) {
  if (item.is_string()) return rows.row(item.get<std::string>(), where);
  if (item.is_number_unsigned()) {
    rows.require_in_order(where);
    const auto row = item.get<std::uint64_t>();
    if (row < static_cast<std::uint64_t>(rows.size())) return static_cast<Index>(row);
  }
  refuse_split(
      where, concat("names of samples, or row numbers from 0 to ", rows.size() - 1), item.dump());
}

void add_rows(const std::string& where,
              const Json& list,
              const TableRows& rows,
              std::vector<Index>& part) {
  require_list(where, list);
  for (const Json& item : list) {
    if (const std::optional<Index> row = row_of(where, item, rows)) part.push_back(*row);
  }
  std::sort(part.begin(), part.end());
  const auto twice = std::adjacent_find(part.begin(), part.end());
  if (twice != part.end()) refuse_split(where, "a row once", concat("row ", *twice, " again"));
}

}  // namespace

SplitParts read_split_json(const std::string& path,
                           const TableClasses& classes,
                           const TableRows& rows) {
  const Json json = parse(path);
  require_known_keys(path, json);
  SplitParts parts;
  parts.path = path;
  bool by_sample = false;
  for (std::size_t i = 0; i < kRowParts.size(); ++i) {
    const auto list = json.find(kRowParts[i]);
    if (list == json.end()) continue;
    add_rows(concat(path, ": ", kRowParts[i]), *list, rows, parts.rows[i]);
    by_sample = true;
  }
  for (const std::string_view key : kClassKeys) {
    const auto list = json.find(key);
    if (list == json.end()) continue;
    const ClassPart part = key == kClassKeys[0] ? ClassPart::kSeen : ClassPart::kUnseen;
    add_classes(concat(path, ": ", key), *list, part, classes, parts);
  }
  if (by_sample == !parts.classes.empty()) {
    refuse_split(path,
                 concat("lists of classes (",
                        join(kClassKeys),
                        ") or lists of samples (",
                        join(kRowParts),
                        ")"),
                 by_sample ? "both" : "neither");
  }
  return parts;
}

}  // namespace dem
