// Numbers as the shortest digits that give the same number again.
#pragma once

#include <array>
#include <charconv>
#include <string>

namespace dem {

// Appends them: "0.7" of 0.7f, which is 0.699999988. What is no number is "nan", "inf" or "-inf".
template <typename Number>
void append_shortest(Number value, std::string& text) {
  std::array<char, 32> digits;  // the longest, a double, has 24
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  text.append(digits.data(), end);
}

template <typename Number>
[[nodiscard]] std::string shortest_text(Number value) {
  std::string text;
  append_shortest(value, text);
  return text;
}

}  // namespace dem
