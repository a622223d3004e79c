#include "io/matlab_objects.h"

#include <string_view>

#include "base/text.h"

namespace dem {

std::string matlab_object_note(const std::string& matlab_class) {
  struct Advice {
    std::string_view matlab_class, advice;
  };
  constexpr Advice kAdvice[] = {
      {"string", "save cellstr(NAME) instead"},
      {"categorical", "save cellstr(NAME) instead"},
      {"table", "save its columns instead: NAME.COLUMN of numbers, cellstr(NAME.COLUMN) of text"},
      {"dictionary", "save cellstr(keys(NAME)) and values(NAME) instead"},
      {"datetime", "save datenum(NAME) instead"}};
  if (matlab_class.empty()) return "opaque object";
  std::string note = concat("MATLAB ", matlab_class, " object");
  for (const auto& [name, advice] : kAdvice) {
    if (name == matlab_class) note += concat("; ", advice);
  }
  return note;
}

}  // namespace dem
