#include "data/folders.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "dem/io/array_file.h"
#include "io/formats.h"

namespace dem {
namespace fs = std::filesystem;
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The digits from `at` on without zeros before them; `at` moves behind them.
std::string_view take_number(std::string_view text, std::size_t& at) {
  std::size_t begin = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  while (begin + 1 < at && text[begin] == '0') ++begin;
  return text.substr(begin, at - begin);
}

// Absolute.
fs::path without_slash(const std::string& path) {
  std::error_code ignored;
  fs::path full = fs::absolute(path, ignored).lexically_normal();
  return full.has_filename() ? full : full.parent_path();
}

}  // namespace

std::string folder_name(const std::string& path) {
  return without_slash(path).filename().string();
}

std::string parent_folder(const std::string& path) {
  return without_slash(path).parent_path().string();
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

bool stands_before(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view x = take_number(a, i);
      const std::string_view y = take_number(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      continue;
    }
    if (a[i] != b[j]) return a[i] < b[j];
    ++i;
    ++j;
  }
  return a.size() - i != b.size() - j ? a.size() - i < b.size() - j : a < b;
}

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().string().starts_with('.')) continue;
    if (entry.is_regular_file(error)) paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end(), stands_before);
  return paths;
}

bool is_array_file(const std::string& path) {
  const std::string own = fs::path(path).extension().string();
  const auto endings = array_file_endings();
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    return equal_ignoring_case(own, ending);
  });
}

std::vector<std::string> array_files_called(const std::string& folder, std::string_view stem) {
  std::vector<std::string> found = files_of(folder);
  std::erase_if(found, [&](const std::string& path) {
    return fs::path(path).stem().string() != stem || !is_array_file(path);
  });
  return found;
}

std::vector<std::string> container_files(const std::string& folder) {
  std::vector<std::string> paths = files_of(folder);
  std::erase_if(paths, [](const std::string& path) {
    const bool holds_one =
        has_text_ending(path) || equal_ignoring_case(fs::path(path).extension().string(), ".npy");
    return holds_one || !is_array_file(path);
  });
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace dem
