// Finding a dataset's folders and files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dem {

// The last component of a path, of its absolute form where it ends in "." or a slash.
[[nodiscard]] std::string folder_name(const std::string& path);

// The folder called `name` in `parent`: the exact spelling first, else one that differs in case.
// `parent` itself where that is its own name. None where there is no such folder.
[[nodiscard]] std::optional<std::string> find_folder(const std::string& parent,
                                                     std::string_view name);

// Whether there is something of that name; false where that cannot be told.
[[nodiscard]] bool file_exists(const std::string& path);

// Paths of the .mat files in a folder, hidden ones left out, in the order of their names.
[[nodiscard]] std::vector<std::string> mat_files(const std::string& folder);

}  // namespace dem
