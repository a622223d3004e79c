#include "dem/data/dataset.h"

#include <filesystem>

#include "base/enum_names.h"
#include "base/text.h"
#include "data/class_checks.h"
#include "data/fingerprint.h"
#include "data/layouts.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

constexpr EnumName<TrainMode> kTrainModes[] = {
    {TrainMode::kAttribute, "att"}, {TrainMode::kWord, "word"}, {TrainMode::kFusion, "fusion"}};

struct Found {
  Layout layout = Layout::kAuto;
  std::string folder;
};

void check_options(const DatasetOptions& options) {
  const std::string& name = options.name;
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("dataset name: expected a name such as AwA, CUB or AWA2, got \"", name, "\""));
  }
  if (options.index_base != 0 && options.index_base != 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("index_base: expected 0 or 1, got ", options.index_base));
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
  if (!std::filesystem::is_directory(options.data_path, ignored)) {
    throw Error(ErrorKind::kIo,
                concat("data path: expected a folder, got \"", options.data_path, "\""));
  }
}

[[noreturn]] void fail_not_found(const DatasetOptions& options) {
  std::string looked_for;
  if (options.layout != Layout::kGbu) looked_for += concat(dem_expectation(options), " (dem)");
  if (options.layout == Layout::kAuto) looked_for += " and ";
  if (options.layout != Layout::kDem) looked_for += concat(gbu_expectation(options), " (gbu)");
  throw Error(
      ErrorKind::kIo,
      concat(
          options.data_path, ": no data of dataset ", options.name, ": looked for ", looked_for));
}

void refuse_options_of_gbu(const DatasetOptions& options) {
  const char* option = !options.features_file.empty() ? "--features"
                       : options.index_base != 1      ? "--index-base"
                                                      : nullptr;
  if (option == nullptr) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(option, ": is for layout gbu, and dataset ", options.name, " has layout dem"));
}

Found find_layout(const DatasetOptions& options) {
  const auto dem = options.layout == Layout::kGbu ? std::nullopt : find_dem_folder(options);
  const auto gbu = options.layout == Layout::kDem ? std::nullopt : find_gbu_folder(options);
  if (dem && gbu) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(options.data_path,
                       ": dataset ",
                       options.name,
                       " is there in two layouts, ",
                       *dem,
                       " (dem) and ",
                       *gbu,
                       " (gbu): choose with --layout"));
  }
  if (dem) {
    refuse_options_of_gbu(options);
    return {Layout::kDem, *dem};
  }
  if (gbu) return {Layout::kGbu, *gbu};
  fail_not_found(options);
}

}  // namespace

Layout layout_from_string(std::string_view name) {
  if (name == "auto") return Layout::kAuto;
  if (name == "dem") return Layout::kDem;
  if (name == "gbu") return Layout::kGbu;
  throw Error(ErrorKind::kInvalidArgument,
              concat("layout: expected auto, dem or gbu, got \"", name, "\""));
}

std::string_view to_string(TrainMode mode) noexcept {
  return name_of(kTrainModes, mode);
}

TrainMode train_mode_from_string(std::string_view name) {
  return value_of(kTrainModes, name, "train mode");
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

Layout detect_layout(const DatasetOptions& options) {
  check_options(options);
  return find_layout(options).layout;
}

Dataset load_dataset(const DatasetOptions& options) {
  check_options(options);
  const Found found = find_layout(options);
  DatasetFingerprint fingerprint;
  Dataset dataset = found.layout == Layout::kDem
                        ? load_dem_layout(options, found.folder, fingerprint)
                        : load_gbu_layout(options, found.folder, fingerprint);
  warn_of_doubtful_classes(dataset);
  dataset.fingerprint = fingerprint.finish(dataset);
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
             " feature dimensions (",
             found.folder,
             ")"));
  return dataset;
}

}  // namespace dem
