// The names of classes out of whatever file has them.
#pragma once

#include <string>
#include <vector>

namespace dem {

// The names of a table of classes (text with columns of numbers behind the names), else those that
// read_name_list reads. Throws as reading these does.
[[nodiscard]] std::vector<std::string> read_class_names(const std::string& path);

}  // namespace dem
