#include "data/split_file_table.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "data/array_access.h"
#include "data/fill_descriptions.h"
#include "data/gbu_classes.h"
#include "data/gbu_folder.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "linalg/picked_rows.h"

namespace dem {
namespace {

// The row of each class.
std::vector<Index> places_of(const ArrayRef& names,
                             const std::vector<std::string>& given,
                             std::span<const std::string> class_names,
                             const std::string& whose) {
  std::unordered_map<std::string_view, Index> rows;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (rows.emplace(given[i], static_cast<Index>(i)).second) continue;
    throw Error(ErrorKind::kFormat,
                concat(names.where(), ": expected each class once, got \"", given[i], "\" twice"));
  }
  std::vector<Index> places;
  for (const std::string& name : class_names) {
    const auto found = rows.find(name);
    if (found == rows.end()) {
      throw Error(ErrorKind::kFormat,
                  concat(names.where(),
                         ": expected a name for each class of ",
                         whose,
                         ", got none for \"",
                         name,
                         '"'));
    }
    places.push_back(found->second);
  }
  if (given.size() > places.size()) {
    log(LogLevel::kInfo,
        concat(names.where(),
               ": classes that the data have not are left out: ",
               given.size() - places.size()));
  }
  return places;
}

}  // namespace

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
  const std::vector<Index> places = places_of(names, *given, class_names, whose);
  out.rows = picked_rows<float, Index>(out.rows, places);
  return out;
}

}  // namespace dem
