#include "imports/import_kinds.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

[[noreturn]] void refuse_source(const std::string& source,
                                std::string_view expected,
                                const std::string& got) {
  throw Error(ErrorKind::kInvalidArgument, concat(source, ": expected ", expected, ", got ", got));
}

std::string names_of(std::span<const ImportEntry* const> entries) {
  std::vector<std::string_view> names;
  for (const ImportEntry* entry : entries) names.push_back(entry->kind.name);
  return join(names);
}

std::string all_in_words() {
  std::string text;
  for (const ImportEntry& entry : import_entries()) {
    text += concat("\n  ", entry.kind.name, ": ", entry.kind.what);
  }
  return text;
}

}  // namespace

std::span<const ImportEntry> import_entries() {
  static const std::array kEntries = {gbu_kind(),
                                      dem_kind(),
                                      table_kind(),
                                      awa_kind(),
                                      cub_kind(),
                                      clip_retrieval_kind(),
                                      frame_kind()};
  return kEntries;
}

std::vector<ImportKind> import_kinds() {
  std::vector<ImportKind> kinds;
  for (const ImportEntry& entry : import_entries()) kinds.push_back(entry.kind);
  return kinds;
}

std::string import_kind_of(const ImportOptions& options) {
  return std::string(import_entry(options).kind.name);
}

const ImportEntry& import_entry(const ImportOptions& options) {
  std::error_code ignored;
  if (!std::filesystem::exists(options.source, ignored)) {
    throw Error(ErrorKind::kIo, concat(options.source, ": expected a folder or a file, got none"));
  }
  std::vector<const ImportEntry*> fitting, all;
  for (const ImportEntry& entry : import_entries()) {
    all.push_back(&entry);
    if (entry.kind.name == options.kind) return entry;
    if (options.kind == "auto" && entry.fits(options.source)) fitting.push_back(&entry);
  }
  if (options.kind != "auto") {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("kind of import: expected auto, ", names_of(all), ", got \"", options.kind, '"'));
  }
  if (fitting.size() == 1) return *fitting[0];
  if (fitting.empty()) {
    refuse_source(options.source,
                  "data of a kind that can be imported",
                  concat("none of them:", all_in_words()));
  }
  refuse_source(
      options.source, "data of one kind", concat(names_of(fitting), "; say which kind is meant"));
}

}  // namespace dem
