#include "dem/data/labelled_images.h"

#include <filesystem>

#include "base/text.h"
#include "data/folders.h"
#include "data/seen_classes.h"
#include "data/table_files.h"
#include "data/table_labels.h"
#include "dem/base/error.h"

namespace dem {
namespace {

LabelledImages from_table(const std::string& labels_path,
                          const TableClasses& classes,
                          const std::string& group_column) {
  TableLabels labels = read_table_labels(labels_path, classes, group_column);
  return {classes.names,
          std::move(labels.classes),
          std::move(labels.samples),
          std::move(labels.groups)};
}

LabelledImages from_layout(DatasetOptions options, const std::string& group_column) {
  if (!group_column.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("group column: expected labels in text (layout table), got layout ",
                       options.layout));
  }
  if (options.layout == "dem") {
    throw Error(ErrorKind::kUnsupported,
                "a split of one's own: expected layout table or gbu, got dem, whose files are "
                "those of its split");
  }
  options.on_features = [](const Dataset&, Index, MatrixView<const float>) {};
  Dataset dataset = load_dataset(options);
  return {std::move(dataset.classes.names), std::move(dataset.labels), {}, {}};
}

}  // namespace

LabelledImages read_labelled_images(DatasetOptions options, const std::string& group_column) {
  constexpr bool kMayBeMissing = true;  // descriptions are not looked at
  const bool has_folder = !options.data_path.empty();
  if (!has_folder) {
    const std::string& labels = options.labels_file;
    const TableClasses classes = options.classes_file.empty()
                                     ? classes_of_labels(labels)
                                     : read_table_classes(options.classes_file, kMayBeMissing);
    return from_table(labels, classes, group_column);
  }
  options.layout = detect_layout(options);
  if (options.layout != "table") return from_layout(std::move(options), group_column);
  const std::string folder = find_folder(options.data_path, options.name).value_or("");
  const TableFiles files = table_files(options, folder);
  return from_table(files.labels, read_table_classes(files.classes, kMayBeMissing), group_column);
}

Dataset dataset_of(const LabelledImages& images, Split split) {
  Dataset dataset;
  dataset.labels = images.labels;
  dataset.classes.names = images.class_names;
  dataset.split = std::move(split);
  derive_seen_classes(dataset);
  return dataset;
}

}  // namespace dem
