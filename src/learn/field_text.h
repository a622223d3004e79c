// Fields of recipes from text.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

[[noreturn]] inline void misread_field(std::string_view field,
                                       std::string_view expected,
                                       std::string_view text) {
  throw Error(ErrorKind::kInvalidArgument,
              concat("recipe: ", field, ": expected ", expected, ", got \"", text, "\""));
}

// The whole text as a number. Throws Error{kInvalidArgument} naming the field.
template <typename Number>
[[nodiscard]] Number number_from_text(std::string_view text, std::string_view field) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stop == end) return number;
  misread_field(field, std::is_integral_v<Number> ? "a whole number" : "a number", text);
}

[[nodiscard]] inline bool bool_from_text(std::string_view text, std::string_view field) {
  if (text == "true") return true;
  if (text == "false") return false;
  misread_field(field, "true or false", text);
}

// Words between blanks or commas.
[[nodiscard]] inline std::vector<std::string> words_of(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace dem
