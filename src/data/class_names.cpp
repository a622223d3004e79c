#include "dem/data/class_names.h"

#include "data/table_classes.h"
#include "data/text_table.h"
#include "dem/base/error.h"
#include "dem/data/class_file.h"
#include "io/csv_facts.h"
#include "io/csv_numbers.h"
#include "io/formats.h"

namespace dem {
namespace {

// Whether text has columns of numbers behind the names; a name in a list may hold commas.
bool is_class_table(const std::string& path) {
  if (!has_text_ending(path)) return false;
  try {
    const TextTable table = read_text_table(path, CsvFirstColumn::kNames);
    if (table.width < 2 || table.rows() == 0) return false;
    for (Index column = 1; column < table.width; ++column) {
      const std::string& cell = table.cell(table.rows() - 1, column);
      if (!table.structure.numbers.parse(cell) && !is_missing_cell(cell)) return false;
    }
    return true;
  } catch (const Error&) {  // no table: its lines may be names still
    return false;
  }
}

}  // namespace

std::vector<std::string> read_class_names(const std::string& path) {
  constexpr bool kMayBeMissing = true;  // only names are looked at
  return is_class_table(path) ? read_table_classes(path, kMayBeMissing).names
                              : read_name_list(path);
}

}  // namespace dem
