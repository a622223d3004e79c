// Text as a cell of a CSV file.
#pragma once

#include <string>

namespace dem {

// RFC 4180: quoted where a comma, a quote or a line end is in it, or blanks at its ends; also where
// it would begin a line of comments.
[[nodiscard]] inline std::string csv_cell(const std::string& text) {
  const bool plain = text.find_first_of(",\"\r\n") == std::string::npos && !text.empty() &&
                     text.front() != '#' && text.front() != '%' && text.front() != ' ' &&
                     text.back() != ' ' && text.front() != '\t' && text.back() != '\t';
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + '"';
}

}  // namespace dem
