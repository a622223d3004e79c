#include "data/table_files.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.h"
#include "data/folders.h"
#include "data/shard_files.h"
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

Paths features_in(const std::string& folder) {
  Paths whole = array_files_called(folder, kStems[0]);
  Paths shards = shards_in(folder);
  if (shards.empty()) return {only_file(folder, kStems[0])};
  if (!whole.empty()) {
    whole.push_back(shards.front());
    refuse_files(ErrorKind::kFormat,
                 folder,
                 "features in one file or in shards (name the files that are meant)",
                 names_of(whole));
  }
  require_all_shards(folder, shards);
  return shards;
}

// Of the folder where they are there.
Paths named_features(const std::string& folder, const std::string& file) {
  Paths found = folder.empty() ? Paths{} : shard_files(concat(folder, "/", file));
  if (found.empty()) found = shard_files(file);
  if (found.empty()) refuse_files(ErrorKind::kIo, file, "files of features", "none");
  if (fs::path(found[0]).filename() != fs::path(file).filename()) require_all_shards(file, found);
  return found;
}

// As a path of its own, or of the folder where it is there.
std::string place_of(const std::string& folder, const std::string& file) {
  if (folder.empty()) return file;
  std::string inside = concat(folder, "/", file);
  return file_exists(inside) ? inside : file;
}

std::string split_in(const std::string& folder) {
  Paths found = array_files_called(folder, "split");
  if (std::string json = concat(folder, "/split.json"); file_exists(json)) found.push_back(json);
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
  return !array_files_called(folder, stem).empty();
}

std::string only_file(const std::string& folder, std::string_view stem) {
  const Paths found = array_files_called(folder, stem);
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
