// Finding a dataset's folders and files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dem {

// The last component of a path, of its absolute form where it ends in "." or a slash.
[[nodiscard]] std::string folder_name(const std::string& path);

// The folder that a path lies in, absolute, without a slash at its end.
[[nodiscard]] std::string parent_folder(const std::string& path);

// The folder called `name` in `parent`: the exact spelling first, else one that differs in case.
// `parent` itself where that is its own name. None where there is no such folder.
[[nodiscard]] std::optional<std::string> find_folder(const std::string& parent,
                                                     std::string_view name);

// Whether there is something of that name; false where that cannot be told.
[[nodiscard]] bool file_exists(const std::string& path);

// The files in a folder, hidden ones and folders left out, in natural order; empty where it cannot
// be read.
[[nodiscard]] std::vector<std::string> files_of(const std::string& folder);

// Whether `a` stands before `b` where runs of digits count as numbers: "x_2" before "x_10".
[[nodiscard]] bool stands_before(std::string_view a, std::string_view b);

// Whether the name of a file ends as those that ArrayFile reads.
[[nodiscard]] bool is_array_file(const std::string& path);

// The files of a folder with the name STEM and an ending of array files, in natural order.
[[nodiscard]] std::vector<std::string> array_files_called(const std::string& folder,
                                                          std::string_view stem);

// Paths of the files in a folder whose endings are those of several named arrays (.mat, .npz, .h5,
// .safetensors ...), hidden ones left out, in the order of their names.
[[nodiscard]] std::vector<std::string> container_files(const std::string& folder);

}  // namespace dem
