#include "dem/data/split_fingerprint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <vector>

#include "base/at.h"
#include "base/hash.h"
#include "base/text.h"

namespace dem {
namespace {

void add_classes(std::string_view tag,
                 const std::vector<ClassId>& classes,
                 const std::vector<std::string>& names,
                 std::string& text) {
  std::vector<std::string_view> sorted;
  for (const ClassId c : classes) sorted.emplace_back(names[at(c)]);
  std::sort(sorted.begin(), sorted.end());
  text += concat(tag, ' ', sorted.size(), '\n');
  for (const std::string_view name : sorted) text.append(name).push_back('\n');
}

void add_rows(std::string_view tag, std::vector<Index> rows, std::string& text) {
  std::sort(rows.begin(), rows.end());
  text += concat(tag, ' ', rows.size(), '\n');
  for (const Index row : rows) text.append(std::to_string(row)).push_back('\n');
}

std::string hex_digits(std::uint64_t number) {
  constexpr int kDigits = 16;
  std::array<char, kDigits> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + kDigits, number, 16).ptr;
  const std::string text(digits.data(), end);
  return std::string(kDigits - text.size(), '0') + text;
}

}  // namespace

std::string split_fingerprint(const Dataset& dataset) {
  std::string text = "dem split 1\n";
  add_classes("seen", dataset.seen_classes, dataset.classes.names, text);
  add_classes("unseen", dataset.unseen_classes, dataset.classes.names, text);
  add_rows("trainval", dataset.split.trainval, text);
  add_rows("test_seen", dataset.split.test_seen, text);
  add_rows("test_unseen", dataset.split.test_unseen, text);
  return hex_digits(hash_bytes(text.data(), text.size()));
}

}  // namespace dem
