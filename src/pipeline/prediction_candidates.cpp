#include <map>

#include "base/text.h"
#include "data/name_match.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/data/class_names.h"
#include "dem/pipeline/predict.h"

namespace dem {
namespace {

// What is no file is a misspelt word as likely as a missing list.
std::vector<std::string> read_candidate_names(const std::string& path) {
  try {
    return read_class_names(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kIo) throw;
    throw Error(
        ErrorKind::kIo,
        concat("candidates: expected all, seen, unseen or a file of class names: ", error.what()));
  }
}

// The model's name for a class: the same, or the only one that is like it.
const std::string& known_name(const std::string& path,
                              const std::string& name,
                              const std::vector<std::string>& names,
                              const NameFinder& finder) {
  const auto found = finder.find(name);
  if (!found || found->count > 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(path,
                       ": expected names of the model's classes, got \"",
                       name,
                       found ? "\", which is like several of them" : "\""));
  }
  const std::string& known = names[static_cast<std::size_t>(found->place)];
  if (!found->exact)
    log(LogLevel::kInfo, concat(path, ": \"", name, "\" is taken for \"", known, '"'));
  return known;
}

}  // namespace

std::vector<ClassId> candidates_from_string(const std::string& text, const ClassTable& classes) {
  std::vector<ClassId> candidates;
  if (text == "all" || text == "seen" || text == "unseen") {
    for (ClassId id = 0; id < classes.size(); ++id) {
      const bool seen = classes.seen[static_cast<std::size_t>(id)];
      if (text == "all" || seen == (text == "seen")) candidates.push_back(id);
    }
    if (!candidates.empty()) return candidates;
    throw Error(ErrorKind::kInvalidArgument,
                concat("candidates: expected a model with classes (", text, "), got none"));
  }
  std::map<std::string, std::vector<ClassId>> ids;  // classes may share a name
  for (ClassId id = 0; id < classes.size(); ++id) {
    ids[classes.names[static_cast<std::size_t>(id)]].push_back(id);
  }
  std::vector<std::string> names;
  for (const auto& [name, places] : ids) names.push_back(name);
  const NameFinder finder(names);
  std::vector<bool> taken(classes.names.size());
  for (const std::string& name : read_candidate_names(text)) {
    const auto found = ids.find(known_name(text, name, names, finder));
    for (const ClassId id : found->second) {
      if (taken[static_cast<std::size_t>(id)]) {
        throw Error(ErrorKind::kInvalidArgument,
                    concat(text, ": expected each class once, got \"", name, "\" twice"));
      }
      taken[static_cast<std::size_t>(id)] = true;
      candidates.push_back(id);
    }
  }
  if (candidates.empty()) {
    throw Error(ErrorKind::kInvalidArgument, concat(text, ": expected names of classes, got none"));
  }
  return candidates;
}

}  // namespace dem
