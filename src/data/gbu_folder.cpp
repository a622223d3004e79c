#include "data/gbu_folder.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "data/folders.h"
#include "data/named_array.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "io/formats.h"

namespace dem {
namespace {

constexpr std::string_view kSplitFile = "att_splits.mat";
constexpr std::string_view kFeatures[] = {"features"};
constexpr std::string_view kLabels[] = {"labels"};

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

std::vector<std::string> file_names(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const std::string& path : paths) names.push_back(file_name(path));
  return names;
}

// The path in `paths` whose file is called `name`, "STEM.mat", else the only one STEM.*; empty
// where none is. Throws Error{kInvalidArgument} for two of the latter.
std::string usual(const std::vector<std::string>& paths, std::string_view name) {
  std::vector<std::string> others;
  for (const std::string& path : paths) {
    if (equal_ignoring_case(file_name(path), name)) return path;
    const std::string stem = std::filesystem::path(path).stem().string();
    if (equal_ignoring_case(stem, name.substr(0, name.rfind('.')))) others.push_back(path);
  }
  if (others.size() > 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(others[0],
                       ": expected one file of this name, got ",
                       join(file_names(others), " and "),
                       ": choose one"));
  }
  return others.empty() ? "" : others[0];
}

// Whether a file holds one array, whatever its name.
bool is_of_one_array(const std::string& path) {
  return has_text_ending(path) ||
         equal_ignoring_case(std::filesystem::path(path).extension().string(), ".npy");
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

std::vector<std::string> GbuFolder::readable_files() {
  std::vector<std::string> paths = container_files(path_);
  std::erase_if(paths, [&](const std::string& path) {
    if (equal_ignoring_case(std::filesystem::path(path).extension().string(), ".mat")) return false;
    try {
      static_cast<void>(open(path));
      return false;
    } catch (const Error&) {
      return true;
    }
  });
  return paths;
}

std::vector<std::string> GbuFolder::split_files() {
  std::vector<std::string> found;
  for (const std::string& path : container_files(path_)) {
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
  const std::vector<std::string> split = split_files();
  if (const std::string own = usual(container_files(path_), kSplitFile); !own.empty()) {
    split_paths_ = {own};
    unused_split_files_ = split;
    std::erase(unused_split_files_, own);
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
  split_paths_ = readable_files();
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
  const std::vector<std::string> all = readable_files();
  const std::string own = usual(all, "res101.mat");
  if (!own.empty()) {
    features_ = &open(own);
    return;
  }
  take_only_features(all);
  const std::vector<std::string> bare = array_files_called(path_, "features");
  if (features_ == nullptr && bare.size() == 1 && !array_files_called(path_, "labels").empty()) {
    features_ = &open(bare[0]);
  }
  if (features_ != nullptr) return;
  throw Error(ErrorKind::kFormat,
              concat(path_,
                     ": expected a file with variables features and labels, got ",
                     all.empty() ? "no file of named arrays (.mat, .npz, .h5 ...)"
                                 : concat("none in ", join(file_names(all)))));
}

void GbuFolder::take_only_features(const std::vector<std::string>& all) {
  std::vector<std::string> candidates;
  for (const std::string& path : all) {
    ArrayFile& file = open(path);
    if (find_named(file, "features") && find_named(file, "labels")) {
      candidates.push_back(file_name(path));
      features_ = &file;
    }
  }
  if (candidates.size() <= 1) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(path_,
                     ": several files hold features and labels (",
                     join(candidates),
                     "): choose a features file"));
}

ArrayRef GbuFolder::remember(ArrayRef array) {
  remember_file(read_files_, array);
  return array;
}

ArrayRef GbuFolder::features() {
  return remember(is_of_one_array(features_->path()) ? named_or_only(*features_, kFeatures)
                                                     : require_named(*features_, kFeatures[0]));
}

ArrayRef GbuFolder::labels() {
  const ArrayRef own = find_named(*features_, kLabels[0]);
  const std::vector<std::string> bare = array_files_called(path_, kLabels[0]);
  if (own || bare.size() != 1) return remember(require_named(*features_, kLabels[0]));
  return remember(named_or_only(open(bare[0]), kLabels));
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
  const bool missing = !split_is_asked_for_ && usual(split_paths_, kSplitFile).empty();
  throw Error(ErrorKind::kFormat,
              concat(path_,
                     ": expected a variable ",
                     join(names, " or "),
                     " in ",
                     missing ? std::string(kSplitFile) : join(searched),
                     missing ? concat(", but there is no such file; the others have none (",
                                      join(searched),
                                      ")")
                             : ", got none"));
}

bool is_split_file(ArrayFile& file) {
  const auto has = [&](const char* name) { return static_cast<bool>(find_named(file, name)); };
  return has("att") && (has("trainval_loc") || has("train_loc"));
}

}  // namespace dem
