#include "dem/data/class_names.h"

#include "data/table_classes.h"
#include "data/text_table.h"
#include "dem/data/class_file.h"
#include "io/formats.h"

namespace dem {

std::vector<std::string> read_class_names(const std::string& path) {
  constexpr bool kMayBeMissing = true;  // only names are looked at
  if (has_text_ending(path) && read_text_table(path).width > 1) {
    return read_table_classes(path, kMayBeMissing).names;
  }
  return read_name_list(path);
}

}  // namespace dem
