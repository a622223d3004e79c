// The forms that are imported: a file each, and a row in the table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/imports/import_table.h"

namespace dem {

// What load_dataset reads, and what it cannot know.
struct Translated {
  DatasetOptions data;
  std::vector<std::string> samples = {};  // [n]: images' names where the data read have none
};

struct ImportEntry {
  ImportKind kind;
  // Whether a source looks like it. Reads no more than names of files and of arrays.
  bool (*fits)(const std::string& source) = nullptr;
  // Files that must be translated first it writes into `scratch`, an empty folder that goes once
  // the import is done.
  Translated (*translate)(const ImportOptions& options, const std::string& scratch) = nullptr;
};

// Of layouts that load_dataset reads as they are (layouts.cpp).
[[nodiscard]] ImportEntry gbu_kind();
[[nodiscard]] ImportEntry dem_kind();
[[nodiscard]] ImportEntry table_kind();
// Each in its own file, NAME.cpp.
[[nodiscard]] ImportEntry awa_kind();
[[nodiscard]] ImportEntry cub_kind();
[[nodiscard]] ImportEntry clip_retrieval_kind();
[[nodiscard]] ImportEntry frame_kind();

// All of them, in the order in which messages list them (import_kinds.cpp).
[[nodiscard]] std::span<const ImportEntry> import_entries();

// The one asked for, else the only one that the source fits. Throws Error{kIo} where there is no
// such source, Error{kInvalidArgument} for an unknown kind and where none or several fit.
[[nodiscard]] const ImportEntry& import_entry(const ImportOptions& options);

}  // namespace dem
