#include "data/folders.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"

namespace dem {
namespace fs = std::filesystem;

std::string folder_name(const std::string& path) {
  std::error_code ignored;
  fs::path full = fs::absolute(path, ignored).lexically_normal();
  if (!full.has_filename()) full = full.parent_path();
  return full.filename().string();
}

std::optional<std::string> find_folder(const std::string& parent, std::string_view name) {
  std::error_code error;
  const fs::path exact = fs::path(parent) / name;
  if (fs::is_directory(exact, error)) return exact.string();
  std::vector<std::string> similar;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string found = entry.path().filename().string();
    if (equal_ignoring_case(found, name) && entry.is_directory(error)) {
      similar.push_back(entry.path().string());
    }
  }
  if (!similar.empty()) return *std::min_element(similar.begin(), similar.end());
  if (equal_ignoring_case(folder_name(parent), name) && fs::is_directory(parent, error)) {
    return parent;
  }
  return std::nullopt;
}

bool file_exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::vector<std::string> mat_files(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_mat = equal_ignoring_case(entry.path().extension().string(), ".mat");
    if (is_mat && !name.starts_with('.') && entry.is_regular_file(error)) {
      paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace dem
