#include "data/gbu_folder.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "data/folders.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "io/formats.h"

namespace dem {
namespace {

const std::string kSplitFile = "att_splits.mat";

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

std::vector<std::string> file_names(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const std::string& path : paths) names.push_back(file_name(path));
  return names;
}

// The path in `paths` whose file is called `name`; empty where none is.
std::string named(const std::vector<std::string>& paths, std::string_view name) {
  const auto found = std::find_if(paths.begin(), paths.end(), [&](const std::string& path) {
    return equal_ignoring_case(file_name(path), name);
  });
  return found == paths.end() ? "" : *found;
}

}  // namespace

bool is_drawn_split(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  return equal_ignoring_case(ending, ".json") || has_text_ending(path);
}

GbuFolder::GbuFolder(std::string path, const std::string& split_file) : path_(std::move(path)) {
  choose_split(split_file);
}

GbuFolder::GbuFolder(std::string path, const DatasetOptions& options)
    : GbuFolder(std::move(path), is_drawn_split(options.split_file) ? "" : options.split_file) {
  choose_features(options.features_file);
}

std::vector<std::string> GbuFolder::split_files() {
  std::vector<std::string> found;
  for (const std::string& path : mat_files(path_)) {
    try {
      if (is_split_file(open(path))) found.push_back(path);
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): said of it where it is needed
    }
  }
  return found;
}

void GbuFolder::choose_split(const std::string& split_file) {
  split_is_asked_for_ = !split_file.empty();
  if (split_is_asked_for_) {
    const std::string inside = concat(path_, "/", split_file);
    split_paths_ = {file_exists(inside) ? inside : split_file};
    if (file_exists(split_paths_[0])) return;
    const std::vector<std::string> others = file_names(split_files());
    throw Error(ErrorKind::kIo,
                concat("split file: expected a file in ",
                       path_,
                       ", or a path, got \"",
                       split_file,
                       "\"; split files there: ",
                       others.empty() ? "none" : join(others)));
  }
  const std::vector<std::string> all = mat_files(path_);
  const std::vector<std::string> split = split_files();
  if (const std::string usual = named(all, kSplitFile); !usual.empty()) {
    split_paths_ = {usual};
    unused_split_files_ = split;
    std::erase(unused_split_files_, usual);
    return;
  }
  if (split.size() > 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(path_,
                       ": several files hold att and lists of rows (",
                       join(file_names(split)),
                       "): choose a split file"));
  }
  // What it has not may lie in other files.
  split_paths_ = all;
}

void GbuFolder::remember_read(const std::string& path) {
  if (std::find(read_files_.begin(), read_files_.end(), path) == read_files_.end()) {
    read_files_.push_back(path);
  }
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
    if (find_named(file, "features") && find_named(file, "labels")) {
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
  return remember(require_named(*features_, "features"));
}

ArrayRef GbuFolder::labels() {
  return remember(require_named(*features_, "labels"));
}

ArrayRef GbuFolder::find_one(std::string_view name) {
  ArrayRef found;
  for (const std::string& path : split_paths_) {
    ArrayFile& file = open(path);
    const ArrayRef array = find_named(file, name);
    if (!array) continue;
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
    found = array;
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
  const std::vector<std::string> searched = file_names(split_paths_);
  const bool missing = !split_is_asked_for_ && named(split_paths_, kSplitFile).empty();
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

bool is_split_file(ArrayFile& file) {
  const auto has = [&](const char* name) { return static_cast<bool>(find_named(file, name)); };
  return has("att") && (has("trainval_loc") || has("train_loc"));
}

int sample_axis(const ArrayRef& array) {
  const FileFormat format = array.file->format();
  return format == FileFormat::kMat4 || format == FileFormat::kMat5 ? 1 : 0;
}

}  // namespace dem
