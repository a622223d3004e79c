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

std::string file_of(const std::string& path) {
  return fs::path(path).filename().string();
}

// The numbers that a name has from `from` on, and behind "of": {3, 8} of "part-00003-of-00008".
struct ShardNumbers {
  std::string_view prefix;  // before its own number; the whole name where there is none
  std::optional<Index> own, all;
};

std::optional<Index> number_at(std::string_view text, std::size_t at) {
  Index number = 0;
  const auto [stop, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

// Behind "of" as a word.
std::size_t place_of_all(std::string_view stem, std::size_t own) {
  constexpr std::string_view kSigns = "_-. ";
  for (std::size_t of = stem.find("of", own); of != std::string_view::npos;
       of = stem.find("of", of + 1)) {
    const char before = stem[of - 1];
    const bool is_word =
        kSigns.find(before) != std::string_view::npos || (before >= '0' && before <= '9');
    if (is_word) return stem.find_first_of("0123456789", of + 2);
  }
  return std::string_view::npos;
}

ShardNumbers numbers_of(std::string_view stem, std::size_t from) {
  ShardNumbers numbers;
  const std::size_t own = stem.find_first_of("0123456789", from);
  numbers.prefix = stem.substr(0, own);
  if (own == std::string_view::npos) return numbers;
  numbers.own = number_at(stem, own);
  const std::size_t all = place_of_all(stem, own);
  if (all != std::string_view::npos) numbers.all = number_at(stem, all);
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
                  concat(file_of(paths[0]),
                         " and ",
                         file_of(path),
                         " (a pattern in quotes says which are meant)"));
  }
  return paths;
}

// Whether names count: they differ in a number alone. Where some have one and others have none, a
// file may stand among shards that is no part of them, or holds them all.
bool do_count(const std::string& where,
              const Paths& shards,
              const std::vector<ShardNumbers>& numbers) {
  const auto is_numbered = [](const ShardNumbers& n) { return n.own.has_value(); };
  const auto other = std::find_if_not(numbers.begin(), numbers.end(), is_numbered);
  const auto one = std::find_if(numbers.begin(), numbers.end(), is_numbered);
  if (one == numbers.end()) return false;
  if (other != numbers.end()) {
    refuse_shards(where,
                  "files whose names count, or none that does",
                  concat(file_of(shards[static_cast<std::size_t>(one - numbers.begin())]),
                         " and ",
                         file_of(shards[static_cast<std::size_t>(other - numbers.begin())]),
                         " (a pattern in quotes says which are meant)"));
  }
  return std::all_of(numbers.begin(), numbers.end(), [&](const ShardNumbers& n) {
    return n.prefix == numbers.front().prefix;
  });
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
  }
  if (!do_count(where, shards, numbers)) return;
  Index next = std::min<Index>(*numbers[0].own, 1);
  for (std::size_t i = 0; i < numbers.size(); ++i, ++next) {
    const std::optional<Index> all = numbers[i].all;
    if (*numbers[i].own != next) {
      refuse_shards(where, concat("features of shard ", next), file_of(shards[i]));
    }
    if (!all || *all == static_cast<Index>(shards.size())) continue;
    refuse_shards(
        where, concat(*all, " shards, as ", file_of(shards[i]), " says"), concat(shards.size()));
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
