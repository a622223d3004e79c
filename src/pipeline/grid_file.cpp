#include "pipeline/grid_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/atomic_file.h"
#include "base/text.h"
#include "base/writable_folder.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// The point of a line, counted from 1.
JudgedPoint point_of(const std::string& line, const std::string& path, Index number) {
  const std::string where = concat(path, ": line ", number);
  try {
    return judged_point_from_json(line, where);
  } catch (const Error& error) {
    const std::string message = error.what();
    throw Error(ErrorKind::kFormat,
                concat(message.starts_with(where) ? message : concat(where, ": ", message),
                       "; delete the line, and its point is judged anew, or start anew without "
                       "--resume"));
  }
}

}  // namespace

GridFile::GridFile(std::string path, bool resumes) : path_(std::move(path)) {
  if (path_.empty() || !resumes) return;
  std::ifstream file(path_);
  Index number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const auto json = nlohmann::ordered_json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("fingerprint") || !json["fingerprint"].is_string()) {
      continue;
    }
    points_[json["fingerprint"].get<std::string>()] = point_of(line, path_, number);
    text_ += line + "\n";
  }
}

std::optional<JudgedPoint> GridFile::find(const std::string& fingerprint) const {
  const auto found = points_.find(fingerprint);
  return found == points_.end() ? std::nullopt : std::optional(found->second);
}

void GridFile::add(const std::string& fingerprint, const JudgedPoint& point) {
  if (path_.empty()) return;
  if (!is_open_) {
    make_folder(std::filesystem::path(path_).parent_path().string());
    write_file_atomically(path_, text_);
    is_open_ = true;
  }
  nlohmann::ordered_json json{{"fingerprint", fingerprint}};
  json.update(nlohmann::ordered_json::parse(point.to_json()));
  std::ofstream file(path_, std::ios::app | std::ios::binary);
  file << json.dump() + "\n" << std::flush;
  if (!file) {
    throw Error(ErrorKind::kIo, concat(path_, ": cannot be written: ", std::strerror(errno)));
  }
}

}  // namespace dem
