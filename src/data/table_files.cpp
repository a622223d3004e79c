#include "data/table_files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "base/file_pattern.h"
#include "base/text.h"
#include "data/folders.h"
#include "dem/base/error.h"
#include "dem/io/array_file.h"

namespace dem {
namespace fs = std::filesystem;
namespace {

using Paths = std::vector<std::string>;

constexpr std::array<std::string_view, 3> kStems = {"features", "labels", "classes"};

[[noreturn]] void refuse_files(ErrorKind kind,
                               const std::string& where,
                               const std::string& expected,
                               const std::string& got) {
  throw Error(kind, concat(where, ": expected ", expected, ", got ", got));
}

bool has_ending(const fs::path& path, std::span<const std::string_view> endings) {
  const std::string own = path.extension().string();
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    return equal_ignoring_case(own, ending);
  });
}

bool is_array_file(const fs::path& path) {
  return has_ending(path, array_file_endings());
}

// The numbers and signs behind "features" of a shard, "_0" or "-00000-of-00004"; empty for others.
std::string_view shard_of(std::string_view stem) {
  if (!stem.starts_with(kStems[0])) return {};
  const std::string_view rest = stem.substr(kStems[0].size());
  std::string words;
  for (const char c : rest) {
    if ((c < '0' || c > '9') && c != '_' && c != '-' && c != '.') words += c;
  }
  const bool is_numbered = rest.find_first_of("0123456789") != std::string_view::npos;
  const bool is_shard = words.empty() || words == "of" || words == "part" || words == "shard";
  return is_numbered && is_shard ? rest : std::string_view{};
}

Paths files_with_stem(const std::string& folder, std::string_view stem, bool is_split) {
  Paths found = files_of(folder);
  std::erase_if(found, [&](const std::string& path) {
    const fs::path file(path);
    const bool can_be_read = is_array_file(file) ||
                             (is_split && equal_ignoring_case(file.extension().string(), ".json"));
    return file.stem().string() != stem || !can_be_read;
  });
  return found;
}

std::string names_of(const Paths& paths) {
  Paths names;
  for (const std::string& path : paths) names.push_back(fs::path(path).filename().string());
  return join(names, " and ");
}

Paths shards_in(const std::string& folder) {
  Paths found = files_of(folder);
  std::erase_if(found, [](const std::string& path) {
    return shard_of(fs::path(path).stem().string()).empty() || !is_array_file(path);
  });
  return found;
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

// A shard that is not there would move every row behind it. Files whose names do not count are no
// shards.
void require_all_shards(const std::string& where, const Paths& shards) {
  if (shards.empty()) return;
  std::vector<std::string> stems;
  for (const std::string& path : shards) stems.push_back(fs::path(path).stem().string());
  const std::size_t from = shards.size() == 1 ? kStems[0].size() : common_length(stems);
  std::vector<ShardNumbers> numbers;
  for (const std::string& stem : stems) {
    numbers.push_back(numbers_of(stem, std::min(from, stem.size())));
    if (!numbers.back().own) return;
  }
  Index next = std::min<Index>(*numbers[0].own, 1);
  for (std::size_t i = 0; i < numbers.size(); ++i, ++next) {
    if (*numbers[i].own == next) continue;
    refuse_files(ErrorKind::kFormat,
                 where,
                 concat("features of shard ", next),
                 fs::path(shards[i]).filename().string());
  }
  const std::optional<Index> all = numbers[0].all;
  if (all && *all != static_cast<Index>(shards.size())) {
    refuse_files(ErrorKind::kFormat,
                 where,
                 concat(*all, " shards, as ", fs::path(shards[0]).filename().string(), " says"),
                 concat(shards.size()));
  }
}

Paths features_in(const std::string& folder) {
  Paths whole = files_with_stem(folder, kStems[0], false);
  Paths shards = shards_in(folder);
  if (shards.empty() || !whole.empty()) {
    if (whole.size() == 1 && !shards.empty()) whole.push_back(shards.front());
    if (whole.size() == 1) return whole;
    return {only_file(folder, kStems[0])};
  }
  require_all_shards(folder, shards);
  return shards;
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
    refuse_files(ErrorKind::kFormat,
                 folder,
                 "features in files of one kind",
                 names_of({paths[0], path}) + " (a pattern in quotes says which are meant)");
  }
  return paths;
}

// One file, all of a folder, or all that a pattern fits; empty where there is none.
Paths features_at(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return arrays_in(path);
  if (fs::exists(path, ignored)) return {path};
  return path.find_first_of("*?[") == std::string::npos ? Paths{} : matching(path);
}

// Of the folder where they are there.
Paths named_features(const std::string& folder, const std::string& file) {
  Paths found = folder.empty() ? Paths{} : features_at(concat(folder, "/", file));
  if (found.empty()) found = features_at(file);
  if (found.empty()) refuse_files(ErrorKind::kIo, file, "files of features", "none");
  if (found.size() > 1) require_all_shards(file, found);
  return found;
}

// As a path of its own, or of the folder where it is there.
std::string place_of(const std::string& folder, const std::string& file) {
  if (folder.empty()) return file;
  std::string inside = concat(folder, "/", file);
  return file_exists(inside) ? inside : file;
}

std::string split_in(const std::string& folder) {
  const Paths found = files_with_stem(folder, "split", true);
  if (found.size() > 1) {
    refuse_files(ErrorKind::kFormat, folder, "one file split.*", names_of(found));
  }
  return found.empty() ? "" : found.front();
}

}  // namespace

bool are_all_named(const DatasetOptions& options) {
  return !options.features_file.empty() && !options.labels_file.empty() &&
         !options.classes_file.empty();
}

bool is_table_folder(const std::string& folder) {
  const Paths files = files_of(folder);
  int kinds = 0;
  for (const std::string_view stem : kStems) {
    const bool found = std::any_of(files.begin(), files.end(), [&](const std::string& path) {
      const std::string own = fs::path(path).stem().string();
      return is_array_file(path) && (own == stem || (stem == kStems[0] && !shard_of(own).empty()));
    });
    kinds += found ? 1 : 0;
  }
  return kinds >= 2;
}

bool is_table_file(std::string_view path) {
  const std::string stem = fs::path(path).stem().string();
  return std::find(kStems.begin(), kStems.end(), stem) != kStems.end() || !shard_of(stem).empty() ||
         stem == "split" || stem.starts_with("space_");
}

bool has_file(const std::string& folder, std::string_view stem) {
  return !files_with_stem(folder, stem, false).empty();
}

std::string only_file(const std::string& folder, std::string_view stem) {
  const Paths found = files_with_stem(folder, stem, false);
  if (found.size() == 1) return found.front();
  refuse_files(ErrorKind::kFormat,
               folder,
               concat("one file ", stem, ".* (", join(array_file_endings()), ")"),
               found.empty() ? "none" : names_of(found));
}

TableFiles table_files(const DatasetOptions& options, const std::string& folder) {
  const auto named_or = [&](const std::string& file, std::string_view stem) {
    return file.empty() ? only_file(folder, stem) : place_of(folder, file);
  };
  TableFiles files;
  files.features = options.features_file.empty() ? features_in(folder)
                                                 : named_features(folder, options.features_file);
  files.labels = named_or(options.labels_file, kStems[1]);
  files.classes = named_or(options.classes_file, kStems[2]);
  if (!options.split_file.empty()) {
    files.split = place_of(folder, options.split_file);
  } else if (!folder.empty()) {
    files.split = split_in(folder);
  }
  return files;
}

}  // namespace dem
