#include "dem/data/dataset.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/enum_names.h"
#include "base/text.h"
#include "data/class_checks.h"
#include "data/fingerprint.h"
#include "data/layouts.h"
#include "data/space_file.h"
#include "data/table_files.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

constexpr EnumName<TrainMode> kTrainModes[] = {
    {TrainMode::kAttribute, "att"}, {TrainMode::kWord, "word"}, {TrainMode::kFusion, "fusion"}};

constexpr std::string_view kAnyLayout = "auto";

struct Found {
  const LayoutEntry* layout = nullptr;
  std::string folder;
};

// Files of a table say that it is one.
bool is_wanted(const LayoutEntry& layout, const DatasetOptions& options) {
  if (options.layout != kAnyLayout) return options.layout == layout.name;
  return layout.takes_table_files || (options.labels_file.empty() && options.classes_file.empty());
}

void check_layout(const DatasetOptions& options) {
  const auto table = layout_table();
  if (std::any_of(table.begin(), table.end(), [&](const LayoutEntry& layout) {
        return is_wanted(layout, options);
      })) {
    return;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat("layout: expected ",
                     kAnyLayout,
                     " or one of ",
                     join(layout_names()),
                     ", got \"",
                     options.layout,
                     '"'));
}

void check_options(const DatasetOptions& options) {
  const std::string& name = options.name;
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("dataset name: expected a name such as AwA, CUB or AWA2, got \"", name, "\""));
  }
  check_layout(options);
  check_more_spaces(options);
  const int index_base = options.index_base.value_or(1);
  if (index_base != 0 && index_base != 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("index_base: expected 0 or 1, got ", index_base));
  }
  const DatasetOptions::Shard& shard = options.shard;
  if (shard.rank < 0 || shard.rank >= shard.size) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("shard: expected 0 <= rank < size, got rank ", shard.rank, " of ", shard.size));
  }
  if (options.on_features && shard.size > 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("on_features: expected no shard, got one of ", shard.size));
  }
  std::error_code ignored;
  if (are_all_named(options)) return;
  if (!std::filesystem::is_directory(options.data_path, ignored)) {
    if (!options.labels_file.empty() || !options.classes_file.empty()) {
      throw Error(
          ErrorKind::kInvalidArgument,
          concat("labels or classes file: expected files of features, labels and classes, or "
                 "a folder with the others, got neither"));
    }
    throw Error(ErrorKind::kIo,
                concat("data path: expected a folder, got \"", options.data_path, "\""));
  }
}

[[noreturn]] void fail_not_found(const DatasetOptions& options) {
  std::vector<std::string> looked_for;
  for (const LayoutEntry& layout : layout_table()) {
    if (!is_wanted(layout, options)) continue;
    looked_for.push_back(concat(layout.expectation(options), " (", layout.name, ")"));
  }
  throw Error(ErrorKind::kIo,
              concat(options.data_path,
                     ": no data of dataset ",
                     options.name,
                     ": looked for ",
                     join(looked_for, " and ")));
}

[[noreturn]] void fail_ambiguous(const DatasetOptions& options, const std::vector<Found>& found) {
  std::vector<std::string> places;
  for (const Found& place : found) {
    places.push_back(concat(place.folder, " (", place.layout->name, ")"));
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat(options.data_path,
                     ": dataset ",
                     options.name,
                     " is there in ",
                     found.size(),
                     " layouts, ",
                     join(places, " and "),
                     ": choose a layout"));
}

// The names of the layouts that take an option.
template <typename Takes>
std::string takers(Takes&& takes) {
  std::vector<std::string_view> names;
  for (const LayoutEntry& layout : layout_table()) {
    if (takes(layout)) names.push_back(layout.name);
  }
  return join(names, " and ");
}

void refuse_options_of_others(const DatasetOptions& options, const LayoutEntry& layout) {
  const auto refuse = [&](const char* option, const std::string& others) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(option,
                       ": is for layout ",
                       others,
                       ", and dataset ",
                       options.name,
                       " has layout ",
                       layout.name));
  };
  if (!options.features_file.empty() && !layout.takes_features_file) {
    refuse("features file", takers([](const auto& other) { return other.takes_features_file; }));
  }
  if ((!options.labels_file.empty() || !options.classes_file.empty()) &&
      !layout.takes_table_files) {
    refuse("labels or classes file",
           takers([](const auto& other) { return other.takes_table_files; }));
  }
  if (!options.split_file.empty() && !layout.takes_split_file) {
    refuse("split file", takers([](const auto& other) { return other.takes_split_file; }));
  }
  if (options.description_axis != SampleAxis::kAuto && !layout.takes_description_axis) {
    refuse("descriptions", takers([](const auto& other) { return other.takes_description_axis; }));
  }
  if (options.index_base && !layout.takes_index_base) {
    refuse("index base", takers([](const auto& other) { return other.takes_index_base; }));
  }
}

void log_unused_folder(const DatasetOptions& options, const std::string& folder) {
  if (options.data_path.empty() || !folder.empty()) return;
  log(LogLevel::kInfo,
      concat(options.data_path,
             ": not looked into, since files of features, labels and classes are named"));
}

Found find_layout(const DatasetOptions& options) {
  std::vector<Found> found;
  for (const LayoutEntry& layout : layout_table()) {
    if (!is_wanted(layout, options)) continue;
    if (auto folder = layout.find(options)) found.push_back({&layout, std::move(*folder)});
  }
  if (found.empty()) fail_not_found(options);
  if (found.size() > 1) fail_ambiguous(options, found);
  refuse_options_of_others(options, *found[0].layout);
  return found[0];
}

}  // namespace

std::vector<std::string> layout_names() {
  std::vector<std::string> names;
  for (const LayoutEntry& layout : layout_table()) names.emplace_back(layout.name);
  return names;
}

std::string_view to_string(TrainMode mode) noexcept {
  return name_of(kTrainModes, mode);
}

TrainMode train_mode_from_string(std::string_view name) {
  return value_of(kTrainModes, name, "train mode");
}

SpaceSource space_source_from_string(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return {text};
  if (equals > 0 && equals + 1 < text.size()) {
    return {text.substr(0, equals), text.substr(equals + 1)};
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat("semantic space: expected NAME or NAME=FILE, got \"", text, '"'));
}

std::vector<std::string> input_spaces(TrainMode mode) {
  switch (mode) {
    case TrainMode::kAttribute:
      return {"attribute"};
    case TrainMode::kWord:
      return {"word"};
    case TrainMode::kFusion:
      return {"word", "attribute"};
  }
  return {};
}

std::vector<Index> Dataset::held(std::span<const Index> rows) const {
  if (!is_sharded()) return {rows.begin(), rows.end()};
  std::vector<Index> places;
  for (const Index row : rows) {
    const Index place = feature_rows[static_cast<std::size_t>(row)];
    if (place >= 0) places.push_back(place);
  }
  return places;
}

Index Dataset::row_in_file(Index row) const {
  const auto next = std::upper_bound(file_starts.begin(), file_starts.end(), row);
  return next == file_starts.begin() ? row : row - *(next - 1);
}

std::string detect_layout(const DatasetOptions& options) {
  check_options(options);
  return std::string(find_layout(options).layout->name);
}

Dataset load_dataset(const DatasetOptions& options) {
  check_options(options);
  const Found found = find_layout(options);
  DatasetFingerprint fingerprint;
  Dataset dataset;
  dataset.name = options.name;
  dataset.layout = found.layout->name;
  dataset.train_mode = options.train_mode;
  dataset.missing_descriptions = options.missing_descriptions;
  dataset.missing_features = options.missing_features;
  log_unused_folder(options, found.folder);
  found.layout->load(options, found.folder, dataset, fingerprint);
  warn_of_doubtful_classes(dataset);
  dataset.fingerprint = fingerprint.finish(dataset);
  if (options.shuffle_classes) shuffle_class_embeddings(dataset, *options.shuffle_classes);
  log(LogLevel::kInfo,
      concat(dataset.name,
             ": layout ",
             dataset.layout,
             ", ",
             dataset.split.trainval.size(),
             " training rows of ",
             dataset.seen_classes.size(),
             " seen classes, ",
             dataset.split.test_unseen.size(),
             " test rows of ",
             dataset.unseen_classes.size(),
             " unseen classes, ",
             dataset.feature_dim(),
             " feature dimensions",
             found.folder.empty() ? "" : concat(" (", found.folder, ")")));
  return dataset;
}

}  // namespace dem
