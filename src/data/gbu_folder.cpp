#include "data/gbu_folder.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "data/folders.h"
#include "dem/base/error.h"

namespace dem {
namespace {

const std::string kSplitFile = "att_splits.mat";

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

// The path in `paths` whose file is called `name`; empty where none is.
std::string named(const std::vector<std::string>& paths, std::string_view name) {
  const auto found = std::find_if(paths.begin(), paths.end(), [&](const std::string& path) {
    return equal_ignoring_case(file_name(path), name);
  });
  return found == paths.end() ? "" : *found;
}

}  // namespace

GbuFolder::GbuFolder(std::string path) : path_(std::move(path)) {
  const std::vector<std::string> all = mat_files(path_);
  const std::string split = named(all, kSplitFile);
  split_paths_ = split.empty() ? all : std::vector<std::string>{split};
}

GbuFolder::GbuFolder(std::string path, const std::string& features_file)
    : GbuFolder(std::move(path)) {
  choose_features(features_file);
}

ArrayFile& GbuFolder::open(const std::string& path) {
  for (const auto& file : open_files_) {
    if (file->path() == path) return *file;
  }
  open_files_.push_back(ArrayFile::open(path));
  return *open_files_.back();
}

void GbuFolder::choose_features(const std::string& features_file) {
  if (!features_file.empty()) {
    const std::string inside = concat(path_, "/", features_file);
    features_ = &open(file_exists(inside) ? inside : features_file);
    return;
  }
  const std::vector<std::string> all = mat_files(path_);
  const std::string usual = named(all, "res101.mat");
  if (!usual.empty()) {
    features_ = &open(usual);
    return;
  }
  std::vector<std::string> candidates;
  for (const std::string& path : all) {
    ArrayFile& file = open(path);
    if (file.find("features") != nullptr && file.find("labels") != nullptr) {
      candidates.push_back(file_name(path));
      features_ = &file;
    }
  }
  if (candidates.size() > 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(path_,
                       ": several files hold features and labels (",
                       join(candidates),
                       "): choose a features file"));
  }
  if (candidates.empty()) {
    throw Error(ErrorKind::kFormat,
                concat(path_,
                       ": expected a .mat file with variables features and labels, got ",
                       all.empty() ? "no .mat file" : "none among the .mat files"));
  }
}

ArrayRef GbuFolder::remember(ArrayRef array) {
  remember_file(read_files_, array);
  return array;
}

ArrayRef GbuFolder::features() {
  return remember({features_, &features_->require("features")});
}

ArrayRef GbuFolder::labels() {
  return remember({features_, &features_->require("labels")});
}

ArrayRef GbuFolder::find_one(std::string_view name) {
  ArrayRef found;
  for (const std::string& path : split_paths_) {
    ArrayFile& file = open(path);
    const ArrayInfo* info = file.find(name);
    if (info == nullptr) continue;
    if (found) {
      throw Error(ErrorKind::kFormat,
                  concat(path_,
                         ": expected one variable ",
                         name,
                         ", got one in ",
                         file_name(found.file->path()),
                         " and one in ",
                         file_name(path)));
    }
    found = {&file, info};
  }
  return found;
}

ArrayRef GbuFolder::find(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const ArrayRef array = find_one(name)) return remember(array);
  }
  return {};
}

ArrayRef GbuFolder::require(std::initializer_list<std::string_view> names) {
  if (const ArrayRef array = find(names)) return array;
  std::vector<std::string> searched;
  for (const std::string& path : split_paths_) searched.push_back(file_name(path));
  const bool missing = named(split_paths_, kSplitFile).empty();
  throw Error(ErrorKind::kFormat,
              concat(path_,
                     ": expected a variable ",
                     join(names, " or "),
                     " in ",
                     missing ? kSplitFile : join(searched),
                     missing ? concat(", but there is no such file; the others have none (",
                                      join(searched),
                                      ")")
                             : ", got none"));
}

void GbuFolder::remember(const std::string& path) {
  if (std::find(read_files_.begin(), read_files_.end(), path) == read_files_.end()) {
    read_files_.push_back(path);
  }
}

int sample_axis(const ArrayRef& array) {
  const FileFormat format = array.file->format();
  return format == FileFormat::kMat4 || format == FileFormat::kMat5 ? 1 : 0;
}

}  // namespace dem
