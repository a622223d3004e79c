#include "data/split_file_table.h"

#include "base/text.h"
#include "data/array_access.h"
#include "data/fill_descriptions.h"
#include "data/gbu_classes.h"
#include "data/gbu_folder.h"
#include "data/name_match.h"
#include "linalg/picked_rows.h"

namespace dem {
std::optional<SplitFileTable> read_split_file_table(const std::string& path,
                                                    std::span<const std::string> class_names,
                                                    const std::string& whose,
                                                    MissingDescriptions missing) {
  const auto file = ArrayFile::open(path);
  if (!is_split_file(*file)) return std::nullopt;
  const ArrayRef table = find_named(*file, "att");
  const ArrayRef names = find_named(*file, "allclasses_names");
  std::optional<std::vector<std::string>> given;
  if (names && names.info->type == ElementType::kText) {
    given = names.file->read_strings(*names.info);
  }
  const Index rows = given ? std::ssize(*given) : std::ssize(class_names);
  SplitFileTable out{
      read_descriptions(table,
                        class_axis(table, SampleAxis::kAuto, table),
                        {rows, 0},
                        given ? "a column a name" : concat("a column a class of ", whose),
                        missing),
      table.where()};
  if (!given) return out;
  const std::vector<Index> places = match_names(names.where(), *given, class_names, whose);
  out.rows = picked_rows<float, Index>(out.rows, places);
  return out;
}

}  // namespace dem
