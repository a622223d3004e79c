// Layout table: a folder of the user's own with features, labels and classes in plain files.
#include <algorithm>

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
#include "data/table_split.h"
#include "data/word_vectors.h"
#include "dem/base/error.h"

namespace dem {
namespace {

bool has_either(const std::string& folder, const char* stem) {
  return file_exists(concat(folder, "/", stem, ".npy")) ||
         file_exists(concat(folder, "/", stem, ".csv"));
}

// One file of such a name may stand in a folder of another layout; two make a table.
std::optional<std::string> find_table_folder(const DatasetOptions& options) {
  auto folder = find_folder(options.data_path, options.name);
  if (!folder) return std::nullopt;
  const int files = (has_either(*folder, "features") ? 1 : 0) +
                    (has_either(*folder, "labels") ? 1 : 0) +
                    (file_exists(*folder + "/classes.csv") ? 1 : 0);
  return files >= 2 ? folder : std::nullopt;
}

std::string expect_table_folder(const DatasetOptions& options) {
  return concat(
      options.data_path, "/", options.name, "/ with features.npy, labels.csv and classes.csv");
}

// STEM.npy or STEM.csv.
std::string only_file(const std::string& folder, const std::string& stem) {
  const std::string npy = concat(folder, "/", stem, ".npy");
  const std::string csv = concat(folder, "/", stem, ".csv");
  if (file_exists(npy) != file_exists(csv)) return file_exists(npy) ? npy : csv;
  throw Error(ErrorKind::kFormat,
              concat(folder,
                     ": expected ",
                     stem,
                     ".npy or ",
                     stem,
                     ".csv, got ",
                     file_exists(npy) ? "both" : "neither"));
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
    const std::string path =
        space.file.empty() ? only_file(folder, "space_" + space.name) : space.file;
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
    if (options.word_vectors.empty()) {
      refuse_without_word_vectors(options.train_mode, options.name, folder);
    }
    table.embeddings.push_back(read_rows_of_classes(options.word_vectors,
                                                    {classes.names, classes.path},
                                                    options.missing_descriptions)
                                   .values);
    table.dimension_names.emplace_back();
    sources.push_back({options.word_vectors});
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

void load_table_folder(const DatasetOptions& options,
                       const std::string& folder,
                       Dataset& dataset,
                       DatasetFingerprint& fingerprint) {
  const std::string features_path = only_file(folder, "features");
  const std::string labels_path = only_file(folder, "labels");
  const std::string split_path = folder + "/split.csv";
  TableClasses classes =
      read_table_classes(folder + "/classes.csv", fills_in(options.missing_descriptions));
  dataset.labels = read_table_labels(labels_path, classes);
  dataset.files = {features_path, labels_path, classes.path};
  if (file_exists(split_path)) {
    dataset.split = read_table_split(split_path, classes, dataset.labels);
    dataset.files.push_back(split_path);
  } else {
    dataset.split = all_rows_are_trained_on(dataset.num_rows());
  }
  std::vector<DescriptionSource> sources;
  dataset.classes = make_table(options, folder, classes, sources);
  for (const DescriptionSource& source : sources) {
    if (source.where != classes.path) dataset.files.push_back(source.where);
  }
  fill_descriptions(dataset, sources);
  derive_seen_classes(dataset);
  const auto file = ArrayFile::open(features_path);
  const FeaturePart part{only_array(*file), 0, dataset.num_rows()};
  const std::string why = concat("a row a label of ", labels_path);
  const Index feature_dim = checked_extents(part.array, 0, {part.rows, 0}, why).cols;
  read_features(std::span(&part, 1), feature_dim, options, dataset, fingerprint);
}

}  // namespace

LayoutEntry table_layout() {
  return {.name = "table",
          .find = find_table_folder,
          .expectation = expect_table_folder,
          .load = load_table_folder};
}

}  // namespace dem
