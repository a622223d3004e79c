// Lists in text with a number before each line, as datasets of images have them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dem/base/types.h"

namespace dem {

// The lines of a text file that are not empty, verbatim but for quotes of CSV around a whole line:
// names may be numbers or hold commas. Throws Error{kIo}, and Error{kFormat} for UTF-16.
[[nodiscard]] std::vector<std::string> read_lines(const std::string& path);

// A line "1<TAB>antelope".
struct NumberedLine {
  Index number = 0;
  char separator = '\t';  // a tab, a blank, a comma or a semicolon
  std::string text;
};

// None where the line does not begin with a number of at least 0 and something behind it.
[[nodiscard]] std::optional<NumberedLine> numbered_line(std::string_view line);

// What stands behind the numbers 1, 2, 3, ... of a file's lines: CUB's images.txt, AwA's
// classes.txt. Throws Error{kFormat} naming the entry (empty lines are none) that has another
// number or none.
[[nodiscard]] std::vector<std::string> read_numbered_lines(const std::string& path);
// The same where all that stands there are whole numbers: CUB's image_class_labels.txt.
[[nodiscard]] std::vector<Index> read_numbered_numbers(const std::string& path);

}  // namespace dem
