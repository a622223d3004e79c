// What the files of layout table say.
#include <utility>

#include "data/table_classes.h"
#include "data/table_files.h"
#include "data/table_labels.h"
#include "doctor/specimen.h"

namespace dem {
namespace {

// Where load_dataset refused the data, names and labels as far as they can be read.
void take_names(const TableClasses& classes, Specimen& specimen) {
  specimen.class_names = classes.names;
  try {
    specimen.labels = read_table_labels(specimen.labels_where, classes).classes;
  } catch (const Error&) {
    specimen.labels.clear();
  }
}

}  // namespace

void read_table_specimen(Specimen& specimen) {
  TableFiles files;
  TableClasses classes;
  try {
    files = table_files(specimen.options, specimen.folder);
    classes = read_table_classes(files.classes, true);
  } catch (const Error&) {
    specimen.labels_where = files.labels;
    return;
  }
  specimen.labels_where = files.labels;
  if (!specimen.dataset) take_names(classes, specimen);
  if (classes.attributes.cols() == 0) return;
  DescriptionTable raw{"attribute",
                       files.classes,
                       std::move(classes.attributes),
                       std::move(classes.attribute_names)};
  for (DescriptionTable& table : specimen.tables) {
    if (table.space == raw.space && table.values.cols() == raw.values.cols()) {
      table = std::move(raw);
      return;
    }
  }
  if (!specimen.dataset) specimen.tables.push_back(std::move(raw));
}

}  // namespace dem
