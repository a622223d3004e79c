// What the files of layout table say.
#include <utility>

#include "base/text.h"
#include "data/folders.h"
#include "data/table_classes.h"
#include "doctor/specimen.h"

namespace dem {
namespace {

std::string labels_path(const std::string& folder) {
  const std::string csv = folder + "/labels.csv";
  return file_exists(csv) ? csv : folder + "/labels.npy";
}

// Where load_dataset refused the data, names and labels as far as they can be read.
void take_names(const TableClasses& classes, Specimen& specimen) {
  specimen.class_names = classes.names;
  try {
    specimen.labels = read_table_labels(specimen.labels_where, classes);
  } catch (const Error&) {
    specimen.labels.clear();
  }
}

}  // namespace

void read_table_specimen(Specimen& specimen) {
  specimen.labels_where = labels_path(specimen.folder);
  const std::string path = specimen.folder + "/classes.csv";
  if (!file_exists(path)) return;
  TableClasses classes;
  try {
    classes = read_table_classes(path, true);
  } catch (const Error&) {
    return;
  }
  if (!specimen.dataset) take_names(classes, specimen);
  if (classes.attributes.cols() == 0) return;
  DescriptionTable raw{
      "attribute", path, std::move(classes.attributes), std::move(classes.attribute_names)};
  for (DescriptionTable& table : specimen.tables) {
    if (table.space == raw.space && table.values.cols() == raw.values.cols()) {
      table = std::move(raw);
      return;
    }
  }
  if (!specimen.dataset) specimen.tables.push_back(std::move(raw));
}

}  // namespace dem
