#include "data/shard_files.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "base/file_pattern.h"
#include "base/text.h"
#include "data/folders.h"
#include "dem/base/error.h"
#include "dem/base/types.h"
#include "io/csv_scanner.h"

namespace dem {
namespace fs = std::filesystem;
namespace {

using Paths = std::vector<std::string>;

[[noreturn]] void refuse_shards(const std::string& where,
                                const std::string& expected,
                                const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

// The numbers that a name has from `from` on, and behind "of": {3, 8} of "part-00003-of-00008".
struct ShardNumbers {
  std::optional<Index> own, all;
};

std::optional<Index> number_at(std::string_view text, std::size_t at) {
  Index number = 0;
  const auto [stop, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

ShardNumbers numbers_of(std::string_view stem, std::size_t from) {
  constexpr std::string_view kDigits = "0123456789";
  ShardNumbers numbers;
  const std::size_t own = stem.find_first_of(kDigits, from);
  if (own == std::string_view::npos) return numbers;
  numbers.own = number_at(stem, own);
  const std::size_t of = stem.find("of", own);
  const std::size_t all = stem.find_first_of(kDigits, of == std::string_view::npos ? of : of + 2);
  if (of != std::string_view::npos && all != std::string_view::npos) {
    numbers.all = number_at(stem, all);
  }
  return numbers;
}

// Where the digits begin in which names differ.
std::size_t common_length(const std::vector<std::string>& stems) {
  std::size_t length = stems.front().size();
  for (const std::string& stem : stems) {
    const auto [a, b] =
        std::mismatch(stems.front().begin(), stems.front().end(), stem.begin(), stem.end());
    length = std::min(length, static_cast<std::size_t>(a - stems.front().begin()));
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  while (length > 0 && is_digit(stems.front()[length - 1])) --length;
  return length;
}

Paths matching(const std::string& pattern) {
  Paths paths = files_matching(pattern);
  std::sort(paths.begin(), paths.end(), stands_before);
  return paths;
}

Paths arrays_in(const std::string& folder) {
  Paths paths = files_of(folder);
  std::erase_if(paths, [](const std::string& path) { return !is_array_file(path); });
  for (const std::string& path : paths) {
    if (fs::path(path).extension() == fs::path(paths[0]).extension()) continue;
    refuse_shards(folder,
                  "features in files of one kind",
                  concat(fs::path(paths[0]).filename().string(),
                         " and ",
                         fs::path(path).filename().string(),
                         " (a pattern in quotes says which are meant)"));
  }
  return paths;
}

}  // namespace

Paths shard_files(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return arrays_in(path);
  if (fs::exists(path, ignored)) return {path};
  return path.find_first_of("*?[") == std::string::npos ? Paths{} : matching(path);
}

void require_all_shards(const std::string& where, const Paths& shards) {
  if (shards.empty()) return;
  std::vector<std::string> stems;
  for (const std::string& path : shards) stems.push_back(fs::path(path).stem().string());
  const std::size_t from = shards.size() == 1 ? 0 : common_length(stems);
  std::vector<ShardNumbers> numbers;
  for (const std::string& stem : stems) {
    numbers.push_back(numbers_of(stem, std::min(from, stem.size())));
    if (!numbers.back().own) return;
  }
  Index next = std::min<Index>(*numbers[0].own, 1);
  for (std::size_t i = 0; i < numbers.size(); ++i, ++next) {
    if (*numbers[i].own == next) continue;
    refuse_shards(
        where, concat("features of shard ", next), fs::path(shards[i]).filename().string());
  }
  const std::optional<Index> all = numbers[0].all;
  if (all && *all != static_cast<Index>(shards.size())) {
    refuse_shards(where,
                  concat(*all, " shards, as ", fs::path(shards[0]).filename().string(), " says"),
                  concat(shards.size()));
  }
}

void require_same_headings(const std::string& first_path,
                           std::span<const std::string> first,
                           const std::string& path,
                           std::span<const std::string> headings) {
  if (first.empty() || headings.empty()) return;
  const auto [a, b] = std::mismatch(first.begin(), first.end(), headings.begin(), headings.end());
  if (a == first.end() || b == headings.end()) return;  // the widths are checked elsewhere
  refuse_shards(path,
                concat("the headings of ", first_path, " in the same order (", shown(*a), ')'),
                concat(shown(*b), " over column ", a - first.begin() + 1, " of numbers"));
}

}  // namespace dem
