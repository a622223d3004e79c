// Layout table: features, labels and classes of the user's own, in a folder or files anywhere.
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "data/array_access.h"
#include "data/class_rows.h"
#include "data/feature_rows.h"
#include "data/fill_descriptions.h"
#include "data/folders.h"
#include "data/layouts.h"
#include "data/seen_classes.h"
#include "data/space_file.h"
#include "data/table_classes.h"
#include "data/table_features.h"
#include "data/table_files.h"
#include "data/table_labels.h"
#include "data/table_split.h"
#include "data/word_vectors.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

std::optional<std::string> find_table_folder(const DatasetOptions& options) {
  if (are_all_named(options)) return "";
  auto folder = find_folder(options.data_path, options.name);
  if (!folder) return std::nullopt;
  const bool is_named = !options.labels_file.empty() || !options.classes_file.empty();
  return is_named || is_table_folder(*folder) ? folder : std::nullopt;
}

std::string expect_table_folder(const DatasetOptions& options) {
  return concat(options.data_path, "/", options.name, "/ with features.*, labels.* and classes.*");
}

std::string file_of_space(const std::string& folder, const std::string& space) {
  if (!folder.empty()) return only_file(folder, "space_" + space);
  throw Error(ErrorKind::kInvalidArgument,
              concat("semantic space ",
                     space,
                     ": expected a file for it (NAME=FILE), since the data "
                     "are named files without a folder, got none"));
}

// What is named, else the folder's space_word.*.
std::string file_of_words(const DatasetOptions& options, const std::string& folder) {
  if (!options.word_vectors.empty()) return options.word_vectors;
  if (folder.empty() || !has_file(folder, "space_word")) {
    refuse_without_word_vectors(options.train_mode, options.name, folder);
  }
  return only_file(folder, "space_word");
}

void add_attributes(TableClasses& classes, ClassTable& table) {
  if (classes.attributes.cols() == 0) {
    throw Error(
        ErrorKind::kFormat,
        concat(classes.path, ": expected a name and then a column an attribute, got names alone"));
  }
  table.embeddings.push_back(std::move(classes.attributes));
  table.dimension_names.push_back(classes.attribute_names);
}

// Those of a folder stand in space_NAME.npy or .csv.
void add_more_spaces(const DatasetOptions& options,
                     const std::string& folder,
                     const TableClasses& classes,
                     ClassTable& table,
                     std::vector<DescriptionSource>& sources) {
  for (const SpaceSource& space : options.more_spaces) {
    const std::string path = space.file.empty() ? file_of_space(folder, space.name) : space.file;
    ClassRows read =
        read_rows_of_classes(path, {classes.names, classes.path}, options.missing_descriptions);
    table.embeddings.push_back(std::move(read.values));
    table.dimension_names.push_back(std::move(read.dimension_names));
    sources.push_back({path});
  }
}

ClassTable make_table(const DatasetOptions& options,
                      const std::string& folder,
                      TableClasses& classes,
                      std::vector<DescriptionSource>& sources) {
  ClassTable table;
  table.names = classes.names;
  table.spaces = space_names(options);
  for (const std::string& space : input_spaces(options.train_mode)) {
    if (space == "attribute") {
      add_attributes(classes, table);
      sources.push_back({classes.path});
      continue;
    }
    const std::string path = file_of_words(options, folder);
    table.embeddings.push_back(
        read_rows_of_classes(path, {classes.names, classes.path}, options.missing_descriptions)
            .values);
    table.dimension_names.emplace_back();
    sources.push_back({path});
  }
  add_more_spaces(options, folder, classes, table, sources);
  const auto& named = table.dimension_names;
  if (std::all_of(named.begin(), named.end(), [](const auto& names) { return names.empty(); })) {
    table.dimension_names.clear();
  }
  return table;
}

Split all_rows_are_trained_on(Index num_rows) {
  Split split;
  for (Index row = 0; row < num_rows; ++row) split.trainval.push_back(row);
  return split;
}

// The labels in the order of the features' rows.
TableLabels labels_of_rows(TableLabels labels, const TableFeatures& features) {
  if (features.samples.empty()) {
    if (!labels.samples.empty()) {
      log(LogLevel::kInfo,
          concat(labels.path,
                 ": ",
                 features.where(),
                 " has no names of samples, so that labels go "
                 "by position"));
    }
    return labels;
  }
  if (labels.samples.empty()) {
    labels.samples = features.samples;
    return labels;
  }
  return labels_of(labels, features.samples, features.where());
}

void load_table(const DatasetOptions& options,
                const std::string& folder,
                Dataset& dataset,
                DatasetFingerprint& fingerprint) {
  const TableFiles files = table_files(options, folder);
  TableClasses classes = read_table_classes(files.classes, fills_in(options.missing_descriptions));
  TableLabels labels = read_table_labels(files.labels, classes);
  const TableFeatures features = open_table_features(files.features, labels);
  labels = labels_of_rows(std::move(labels), features);
  dataset.files = files.features;
  dataset.files.insert(dataset.files.end(), {files.labels, files.classes});
  if (files.split.empty()) {
    dataset.split = all_rows_are_trained_on(static_cast<Index>(labels.classes.size()));
  } else {
    dataset.split = read_table_split(files.split, classes, labels);
    dataset.files.push_back(files.split);
  }
  dataset.labels = std::move(labels.classes);
  dataset.samples = std::move(labels.samples);
  std::vector<DescriptionSource> sources;
  dataset.classes = make_table(options, folder, classes, sources);
  for (const DescriptionSource& source : sources) {
    if (source.where != classes.path) dataset.files.push_back(source.where);
  }
  fill_descriptions(dataset, sources);
  derive_seen_classes(dataset);
  read_features(features.parts, features.dim, options, dataset, fingerprint);
}

}  // namespace

LayoutEntry table_layout() {
  return {.name = "table",
          .find = find_table_folder,
          .expectation = expect_table_folder,
          .load = load_table,
          .takes_features_file = true,
          .takes_table_files = true,
          .takes_split_file = true};
}

}  // namespace dem
