// Layout gbu: the folders of the proposed splits of "Zero-Shot Learning - The Good, the Bad and the
// Ugly" (Xian et al., 2018), as MATLAB wrote them: an image or a class a column, numbers from 1.
#include <algorithm>
#include <filesystem>
#include <set>

#include "base/at.h"
#include "base/text.h"
#include "data/feature_rows.h"
#include "data/folders.h"
#include "data/gbu_axes.h"
#include "data/gbu_classes.h"
#include "data/gbu_folder.h"
#include "data/gbu_rows.h"
#include "data/layouts.h"
#include "data/table_files.h"
#include "data/table_split.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "io/sparse.h"

namespace dem {
namespace {

constexpr std::string_view kOneImagePerLabel = "one image per label";

// The classes of some rows, ascending.
std::vector<ClassId> classes_of(const Dataset& dataset, const std::vector<Index>& rows) {
  std::set<ClassId> classes;
  for (const Index row : rows) classes.insert(dataset.labels[at(row)]);
  return {classes.begin(), classes.end()};
}

bool is_of_table(const std::string& path) {
  const std::filesystem::path file(path);
  const bool is_of_gbu = equal_ignoring_case(file.extension().string(), ".mat") ||
                         file.stem().string().ends_with("_splits");
  return is_table_file(path) || !is_of_gbu;
}

std::optional<std::string> find_gbu_folder(const DatasetOptions& options) {
  auto folder = find_folder(options.data_path, options.name);
  if (!folder) return std::nullopt;
  std::vector<std::string> files = container_files(*folder);
  // A folder of layout table may hold arrays of another use.
  if (is_table_folder(*folder)) std::erase_if(files, is_of_table);
  return files.empty() ? std::nullopt : folder;
}

std::string expect_gbu_folder(const DatasetOptions& options) {
  return concat(options.data_path, "/", options.name, "/*.mat, *.npz, *.h5, ...");
}

void log_split_files(const GbuFolder& folder) {
  if (folder.unused_split_files().empty()) return;
  std::vector<std::string> names;
  for (const std::string& path : folder.unused_split_files()) {
    names.push_back(std::filesystem::path(path).filename().string());
  }
  log(LogLevel::kInfo,
      concat(folder.split_paths()[0],
             ": read, and not ",
             join(names, " or "),
             ", which another split file would choose"));
}

void log_sparse(const ArrayRef& features, Index num_rows, Index feature_dim) {
  if (features.info->note != kSparseNote) return;
  const Index bytes = num_rows * feature_dim * static_cast<Index>(sizeof(float));
  log(LogLevel::kInfo,
      concat(features.where(), ": sparse, read as dense: ", bytes >> 20, " MiB of memory"));
}

// By the lists of the folder, or by a split as dem split writes it.
Split split_of(const DatasetOptions& options, const GbuRows& rows, const Dataset& dataset) {
  const auto num_rows = std::ssize(dataset.labels);
  const std::vector<std::string>& names = dataset.classes.names;
  if (!is_drawn_split(options.split_file)) {
    Split split = make_split(rows.split, num_rows, rows.lists_base);
    check_split_classes(rows.split, dataset.labels, names, split);
    return split;
  }
  TableLabels labels;
  labels.path = dataset.name;
  labels.classes = dataset.labels;
  TableClasses classes;
  classes.path = dataset.name;
  classes.names = names;
  for (std::size_t c = 0; c < names.size(); ++c) {
    classes.ids.emplace(names[c], static_cast<ClassId>(c));
  }
  return read_table_split(options.split_file, classes, labels);
}

void load_gbu_folder(const DatasetOptions& options,
                     const std::string& path,
                     Dataset& dataset,
                     DatasetFingerprint& fingerprint) {
  GbuFolder folder(path, options);
  log_split_files(folder);
  const GbuClassCount count = count_gbu_classes(folder, options.description_axis);
  const ArrayRef features = folder.features();
  GbuRows rows = read_gbu_rows(folder, count, features, options.index_base);
  read_gbu_classes(options, folder, count, rows.labels_base, dataset);
  dataset.labels = std::move(rows.labels);
  const auto num_rows = std::ssize(dataset.labels);
  const FeaturePart part{features, sample_axis(features, num_rows), num_rows};
  const Index feature_dim =
      checked_extents(features, part.row_axis, {num_rows, 0}, kOneImagePerLabel).cols;
  log_sparse(features, num_rows, feature_dim);
  dataset.split = split_of(options, rows, dataset);
  dataset.seen_classes = classes_of(dataset, dataset.split.trainval);
  dataset.unseen_classes = classes_of(dataset, dataset.split.test_unseen);
  for (const ClassId c : dataset.seen_classes) dataset.classes.seen[at(c)] = true;
  read_features(std::span(&part, 1), feature_dim, options, dataset, fingerprint);
  dataset.files = folder.read_files();
  if (is_drawn_split(options.split_file)) dataset.files.push_back(options.split_file);
  for (const SpaceSource& space : options.more_spaces) {
    if (!space.file.empty()) dataset.files.push_back(space.file);
  }
}

}  // namespace

LayoutEntry gbu_layout() {
  return {.name = "gbu",
          .find = find_gbu_folder,
          .expectation = expect_gbu_folder,
          .load = load_gbu_folder,
          .takes_features_file = true,
          .takes_split_file = true,
          .takes_index_base = true,
          .takes_description_axis = true};
}

}  // namespace dem
