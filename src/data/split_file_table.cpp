#include "data/split_file_table.h"

#include "data/gbu_axes.h"
#include "data/gbu_folder.h"

namespace dem {

std::optional<SplitFileTable> find_split_file_table(ArrayFile& file, Index num_classes) {
  if (!is_split_file(file)) return std::nullopt;
  SplitFileTable table{find_named(file, "att"), 0, std::nullopt};
  const ArrayRef names = find_named(file, "allclasses_names");
  if (names && names.info->type == ElementType::kText) table.names = file.read_strings(*names.info);
  const Index count = table.names ? std::ssize(*table.names) : num_classes;
  table.class_axis = class_axis(table.array, SampleAxis::kAuto, table.array, count);
  return table;
}

}  // namespace dem
