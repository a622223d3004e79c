#include "data/space_file.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/at.h"
#include "base/text.h"
#include "data/array_access.h"
#include "data/fill_descriptions.h"
#include "dem/base/error.h"
#include "linalg/picked_rows.h"

namespace dem {
namespace {

[[noreturn]] void refuse(const std::string& path,
                         const std::string& expected,
                         const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(path, ": expected ", expected, ", got ", got));
}

// The row of each class.
std::vector<Index> places_of(const std::string& path,
                             std::span<const std::string> given,
                             std::span<const std::string> classes,
                             const std::string& whose) {
  std::unordered_map<std::string_view, Index> rows;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!rows.emplace(given[i], static_cast<Index>(i)).second) {
      refuse(path, "each class once", concat('"', given[i], "\" twice"));
    }
  }
  std::vector<Index> places;
  for (const std::string& name : classes) {
    const auto found = rows.find(name);
    if (found == rows.end()) {
      refuse(path, concat("a row for each class of ", whose), concat("none for \"", name, '"'));
    }
    places.push_back(found->second);
  }
  return places;
}

std::optional<std::vector<std::string>> text_of(ArrayFile& file, std::string_view name) {
  const ArrayInfo* info = file.find(name);
  if (info == nullptr || info->type != ElementType::kText) return std::nullopt;
  return file.read_strings(*info);
}

// Under the names that class tables have them by elsewhere.
std::optional<std::vector<std::string>> names_beside(ArrayFile& file) {
  for (const char* name : {"names", "class_names", "allclasses_names"}) {
    if (auto found = text_of(file, name)) return found;
  }
  return std::nullopt;
}

// A first column that holds just the names of the classes, which are numbers; it is taken out.
std::optional<std::vector<std::string>> take_numbered_names(
    SpaceTable& table, std::span<const std::string> class_names) {
  if (table.rows.cols() < 2) return std::nullopt;
  std::vector<std::string> first;
  for (Index i = 0; i < table.rows.rows(); ++i) first.push_back(concat(table.rows(i, 0)));
  std::vector<std::string> sorted = first;
  std::vector<std::string> known(class_names.begin(), class_names.end());
  std::sort(sorted.begin(), sorted.end());
  std::sort(known.begin(), known.end());
  if (sorted != known) return std::nullopt;
  Matrix<float> rest(table.rows.rows(), table.rows.cols() - 1);
  for (Index i = 0; i < rest.rows(); ++i) {
    for (Index j = 0; j < rest.cols(); ++j) rest(i, j) = table.rows(i, j + 1);
  }
  table.rows = std::move(rest);
  return first;
}

bool is_of_mode(const std::string& name) {
  const std::vector<std::string> known = input_spaces(TrainMode::kFusion);
  return std::find(known.begin(), known.end(), name) != known.end();
}

}  // namespace

SpaceTable read_space_file(const std::string& path,
                           std::span<const std::string> class_names,
                           const std::string& whose,
                           MissingDescriptions missing) {
  const auto file = ArrayFile::open(path);
  const ArrayRef array = only_array(*file);
  auto names = names_beside(*file);
  const auto num_classes = static_cast<Index>(class_names.size());
  SpaceTable table;
  table.rows =
      read_descriptions(array, 0, {num_classes, 0}, concat("a row a class of ", whose), missing);
  if (!names && file->format() == FileFormat::kCsv) names = take_numbered_names(table, class_names);
  if (names) {
    const std::vector<Index> places = places_of(path, *names, class_names, whose);
    table.rows = picked_rows<float, Index>(table.rows, places);
  }
  // A heading stands over the names too.
  if (auto header = text_of(*file, "header")) {
    const auto width = at(table.rows.cols());
    if (header->size() == width + 1) header->erase(header->begin());
    if (header->size() == width) table.dimension_names = std::move(*header);
  }
  return table;
}

std::vector<std::string> space_names(const DatasetOptions& options) {
  std::vector<std::string> names = input_spaces(options.train_mode);
  for (const SpaceSource& space : options.more_spaces) names.push_back(space.name);
  return names;
}

void check_more_spaces(const DatasetOptions& options) {
  for (const SpaceSource& space : options.more_spaces) {
    const bool plain =
        !space.name.empty() && space.name.find_first_of("/ =+,") == std::string::npos;
    const auto same = std::count_if(
        options.more_spaces.begin(), options.more_spaces.end(), [&](const SpaceSource& other) {
          return other.name == space.name;
        });
    if (plain && same == 1 && !is_of_mode(space.name)) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat("further semantic spaces: expected names of their own without blanks and "
                       "signs, none of ",
                       join(input_spaces(TrainMode::kFusion)),
                       " (train mode), got \"",
                       space.name,
                       '"',
                       same > 1 ? " twice" : ""));
  }
}

}  // namespace dem
