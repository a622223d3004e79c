#include "data/named_array.h"

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

ArrayRef named_or_only(ArrayFile& file, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (const ArrayInfo* info = file.find(name)) return {&file, info};
  }
  if (file.arrays().size() == 1) return {&file, &file.arrays().front()};
  ArrayRef numbers;
  std::vector<std::string> held;
  Index found = 0;
  for (const ArrayInfo& info : file.arrays()) {
    held.push_back(concat(info.name, " ", to_string(info)));
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
                     held.empty() ? "none" : join(held)));
}

std::optional<std::pair<std::string, std::vector<std::string>>> strings_named(
    ArrayFile& file, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    const ArrayInfo* info = file.find(name);
    if (info == nullptr || info->type != ElementType::kText) continue;
    return std::pair(info->name, file.read_strings(*info));
  }
  return std::nullopt;
}

}  // namespace dem
