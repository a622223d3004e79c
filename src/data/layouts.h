// The layouts that load_dataset reads: a file each, and a row in the table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "data/fingerprint.h"
#include "dem/data/dataset.h"

namespace dem {

struct LayoutEntry {
  std::string_view name;
  // The folder that it would read under these options; none where it is not there. Reads no file.
  std::optional<std::string> (*find)(const DatasetOptions& options) = nullptr;
  // What it looks for, as a message says it: "PATH/CUB_data/".
  std::string (*expectation)(const DatasetOptions& options) = nullptr;
  // Fills a dataset that has the name and mode asked for and its layout, read_features() last: it
  // adds the features to the fingerprint, as not all of these may be kept.
  void (*load)(const DatasetOptions& options,
               const std::string& folder,
               Dataset& dataset,
               DatasetFingerprint& fingerprint) = nullptr;
  // The options that it understands; load_dataset refuses the others where they are set.
  bool takes_features_file = false;
  bool takes_table_files = false;  // labels_file and classes_file
  bool takes_split_file = false;
  bool takes_index_base = false;
  bool takes_description_axis = false;
};

// Each in its own file, NAME_layout.cpp.
[[nodiscard]] LayoutEntry dem_layout();
[[nodiscard]] LayoutEntry gbu_layout();
[[nodiscard]] LayoutEntry table_layout();

// All of them, in the order in which messages list them (layout_registry.cpp).
[[nodiscard]] std::span<const LayoutEntry> layout_table();

}  // namespace dem
