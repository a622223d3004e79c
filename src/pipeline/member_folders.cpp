#include "pipeline/member_folders.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/types.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

fs::path members_of(const std::string& output) {
  return fs::path(output) / "members";
}

bool is_number(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void remove_members(const std::string& output) {
  std::error_code problem;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(members_of(output), problem)) {
    if (!is_number(entry.path().filename().string())) continue;
    const bool is_member = fs::exists(entry.path() / "model.safetensors") ||
                           fs::exists(entry.path() / "last.safetensors");
    if (is_member) found.push_back(entry.path());
  }
  for (const fs::path& folder : found) {
    fs::remove_all(folder, problem);
    if (!problem) continue;
    throw Error(ErrorKind::kIo,
                concat(folder.string(), ": cannot be removed: ", problem.message()));
  }
  if (!found.empty()) fs::remove(members_of(output), problem);  // where it is empty now
}

}  // namespace

std::string member_folder(const std::string& output, std::size_t member) {
  return (members_of(output) / std::to_string(member + 1)).string();
}

void MemberFolders::clear() const {
  agree(group_, [&] {
    if (!output_.empty()) remove_members(output_);
  });
}

bool MemberFolders::has_state(std::size_t member) const {
  Index has = 0;
  if (!output_.empty() && fs::exists(member_folder(output_, member) + "/last.safetensors")) has = 1;
  group_.sum(std::span(&has, 1));
  return has > 0;
}

}  // namespace dem
