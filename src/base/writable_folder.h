// Folders for results: whether files can be made there, asked before the work, and made.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dem {

// Throws Error{kIo} where `folder` is no folder, or no file can be made in it; where there is none,
// where none can be made. What it makes to find out it removes; a full disk shows later.
void require_writable_folder(const std::string& folder);

// Makes the folder, and those above it, where there is none; returns those that it made, outermost
// first. Throws Error{kIo}.
std::vector<std::filesystem::path> make_folder(const std::string& folder);

}  // namespace dem
