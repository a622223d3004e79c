// Fields of recipes from text.
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
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

// The number that the whole text is, with or without a sign; nothing for another text.
template <typename Number>
[[nodiscard]] std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const bool has_plus = text.starts_with('+') && !text.substr(1).starts_with('-');
  const auto [stop, error] = std::from_chars(text.data() + (has_plus ? 1 : 0), end, number);
  if (error == std::errc() && stop == end) return number;
  return std::nullopt;
}

// Throws Error{kInvalidArgument} naming the field.
template <typename Number>
[[nodiscard]] Number number_from_text(std::string_view text, std::string_view field) {
  if (const auto number = number_in<Number>(text)) return *number;
  misread_field(field, std::is_integral_v<Number> ? "a whole number" : "a number", text);
}

// What an X_from_string() makes of the text, its error with the field's name.
template <typename FromString>
[[nodiscard]] auto choice_from_text(FromString&& from_string,
                                    std::string_view text,
                                    std::string_view field) {
  try {
    return from_string(text);
  } catch (const Error& error) {
    const std::string_view message = error.what();
    const auto expected = message.find("expected ");
    if (expected == std::string_view::npos) throw;
    throw Error(error.kind(), concat("recipe: ", field, ": ", message.substr(expected)));
  }
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
