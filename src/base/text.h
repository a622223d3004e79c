// Small helpers for building messages and comparing words.
#pragma once

#include <algorithm>
#include <cctype>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>

namespace dem {

// The arguments streamed one after another: concat("expected ", 3, ", got ", n).
template <typename... Args>
[[nodiscard]] std::string concat(const Args&... args) {
  std::ostringstream out;
  out.imbue(std::locale::classic());  // no grouping of digits: files are made of these texts
  out.precision(9);
  (out << ... << args);
  return out.str();
}

// "a, b, c" of anything that streams.
template <typename Range>
[[nodiscard]] std::string join(const Range& items, const char* separator = ", ") {
  std::ostringstream out;
  out.imbue(std::locale::classic());  // no grouping of digits: files are made of these texts
  const char* before = "";
  for (const auto& item : items) {
    out << before << item;
    before = separator;
  }
  return out.str();
}

// ASCII letters compared without regard to case.
[[nodiscard]] inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace dem
