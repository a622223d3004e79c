// Choices of a run from a file: a recipe and its fields, or what an earlier run came to.
#pragma once

#include <map>
#include <string>

namespace dem {

struct SettingsFile {
  std::string recipe;                         // by name; empty: the file names none
  std::map<std::string, std::string> fields;  // for Recipe::set()
  // From a run's summary.json: the fields are the whole recipe as it trained, its batch that of all
  // processes together, and a setting that the run chose has the value that it came to.
  bool of_run = false;
};

// Reads a JSON object of one of two forms:
//
//   {"recipe": "ridge", "lambda": 0.5}       a name and fields, a value a field: text, a number,
//                                            true or false, or a list of such; no name is needed
//   {"recipe": {"name": ...}, "chosen": ...}  a run's summary.json; what else it has is left alone
//
// Whether the recipe has such fields is left to Recipe::set(). Throws Error{kIo} for a file that
// cannot be read, Error{kFormat} naming file and place for one of another form or with a name
// twice.
[[nodiscard]] SettingsFile read_settings_file(const std::string& path);

}  // namespace dem
