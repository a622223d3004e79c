#include "data/named_array.h"

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"

namespace dem {
namespace {

bool is_whole_numbers(const ArrayInfo& info) {
  switch (info.type) {
    case ElementType::kUint8:
    case ElementType::kInt8:
    case ElementType::kUint16:
    case ElementType::kInt16:
    case ElementType::kUint32:
    case ElementType::kInt32:
    case ElementType::kUint64:
    case ElementType::kInt64:
      return info.shape.size() == 1;
    default:
      return false;
  }
}

}  // namespace

ArrayRef named_or_only(ArrayFile& file, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (const ArrayRef found = find_named(file, name)) return found;
  }
  if (file.arrays().size() == 1) return {&file, &file.arrays().front()};
  ArrayRef numbers;
  Index found = 0;
  for (const ArrayInfo& info : file.arrays()) {
    if (element_size(info.type) == 0) continue;
    numbers = {&file, &info};
    ++found;
  }
  if (found == 1) return numbers;
  throw Error(ErrorKind::kFormat,
              concat(file.path(),
                     ": expected one numeric array, or one named ",
                     join(names),
                     ", got ",
                     listed_arrays(file)));
}

std::optional<std::pair<std::string, std::vector<std::string>>> strings_named(
    ArrayFile& file, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    const ArrayRef found = find_named(file, name);
    if (!found) continue;
    if (found.info->type == ElementType::kText) {
      return std::pair(found.info->name, file.read_strings(*found.info));
    }
    if (is_whole_numbers(*found.info)) {
      std::vector<std::string> numbers;
      for (const std::int64_t value : read_checked_integers(found)) {
        numbers.push_back(std::to_string(value));
      }
      return std::pair(found.info->name, std::move(numbers));
    }
  }
  return std::nullopt;
}

std::vector<std::string> headings_of(ArrayFile& file) {
  const ArrayInfo* info = file.format() == FileFormat::kCsv ? file.find("header") : nullptr;
  return info == nullptr ? std::vector<std::string>() : file.read_strings(*info);
}

}  // namespace dem
