// Small helpers for building messages.
#pragma once

#include <locale>
#include <sstream>
#include <string>

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

}  // namespace dem
