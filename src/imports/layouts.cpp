// Kinds that need no translation, since load_dataset reads them.
#include "data/layouts.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

#include "data/array_access.h"
#include "data/folders.h"
#include "data/gbu_folder.h"
#include "dem/base/error.h"
#include "imports/import_kinds.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

DatasetOptions in_layout(const DatasetOptions& data,
                         const std::string& source,
                         std::string_view layout,
                         std::string name) {
  DatasetOptions options = data;
  options.data_path = parent_folder(source);
  options.name = std::move(name);
  options.layout = layout;
  return options;
}

DatasetOptions in_gbu(const DatasetOptions& data, const std::string& source) {
  return in_layout(data, source, "gbu", folder_name(source));
}

// "AwA" of ".../AwA_data".
DatasetOptions in_dem(const DatasetOptions& data, const std::string& source) {
  constexpr std::string_view kEnding = "_data";
  std::string name = folder_name(source);
  if (name.ends_with(kEnding)) name.resize(name.size() - kEnding.size());
  return in_layout(data, source, "dem", std::move(name));
}

DatasetOptions in_table(const DatasetOptions& data, const std::string& source) {
  return in_layout(data, source, "table", folder_name(source));
}

// Whether it is the source itself that the layout would read, and no folder beside it.
bool reads(const std::string& source, const DatasetOptions& options) {
  const auto layouts = layout_table();
  const auto layout = std::find_if(layouts.begin(), layouts.end(), [&](const LayoutEntry& entry) {
    return entry.name == options.layout;
  });
  const std::optional<std::string> found = layout->find(options);
  std::error_code ignored;
  return found && fs::is_directory(source, ignored) && fs::equivalent(*found, source, ignored);
}

bool has_descriptions(const std::string& path) {
  try {
    const auto file = ArrayFile::open(path);
    return static_cast<bool>(find_named(*file, "att"));
  } catch (const Error&) {  // whoever reads it says what is wrong
    return false;
  }
}

// Other folders hold files of arrays as well.
bool fits_gbu(const std::string& source) {
  if (!reads(source, in_gbu({}, source))) return false;
  const std::vector<std::string> files = container_files(source);
  return std::any_of(files.begin(), files.end(), has_descriptions);
}

bool fits_dem(const std::string& source) {
  return reads(source, in_dem({}, source));
}

bool fits_table(const std::string& source) {
  return reads(source, in_table({}, source));
}

// What the features file calls its images, if it does.
std::vector<std::string> image_files(const DatasetOptions& options, const std::string& source) {
  GbuFolder folder(source, options);
  const ArrayRef features = folder.features();
  const ArrayRef names = find_named(*features.file, "image_files");
  if (!names || names.info->type != ElementType::kText) return {};
  return names.file->read_strings(*names.info);
}

Translated read_gbu(const ImportOptions& options, const std::string& /*scratch*/) {
  DatasetOptions data = in_gbu(options.data, options.source);
  std::vector<std::string> samples = image_files(data, options.source);
  return {std::move(data), std::move(samples)};
}

Translated read_dem(const ImportOptions& options, const std::string& /*scratch*/) {
  return {in_dem(options.data, options.source)};
}

Translated read_table(const ImportOptions& options, const std::string& /*scratch*/) {
  return {in_table(options.data, options.source)};
}

}  // namespace

ImportEntry gbu_kind() {
  return {{"gbu", "layout gbu, NAME/ with res101.mat and att_splits.mat"}, fits_gbu, read_gbu};
}

ImportEntry dem_kind() {
  return {{"dem", "layout dem, AwA_data/ or CUB_data/ of the reference"}, fits_dem, read_dem};
}

ImportEntry table_kind() {
  return {{"table", "layout table, features, labels and classes in other formats or in shards"},
          fits_table,
          read_table};
}

}  // namespace dem
