// Everything in a file, for tests that damage one and compare.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dem/base/error.h"
#include "dem/io/array_file.h"

namespace dem::test {

// An array as numbers or as strings; neither for one that is listed as unreadable.
struct Content {
  bool readable = false;
  std::vector<float> numbers;
  std::vector<std::string> texts;
  bool operator==(const Content&) const = default;
};

inline Content read_content(ArrayFile& file, const ArrayInfo& info) {
  Content content;
  if (info.type == ElementType::kText) {
    content.texts = file.read_strings(info);
    content.readable = true;
  } else if (element_size(info.type) > 0 && info.shape.size() == 2) {
    const Matrix<float> matrix = read_matrix(file, info, 0);
    content.numbers.assign(matrix.data(), matrix.data() + matrix.size());
    content.readable = true;
  }
  return content;
}

inline std::map<std::string, Content> read_contents(const std::string& path) {
  const auto file = ArrayFile::open(path);
  std::map<std::string, Content> contents;
  for (const ArrayInfo& info : file->arrays()) {
    if (info.name != "mixed_cell") contents[info.name] = read_content(*file, info);  // half text
  }
  return contents;
}

// What reading a damaged twin came to.
struct Outcome {
  int errors = 0;     // arrays that refused, or 1 for a file that did
  int right = 0;      // arrays that read as in the whole file
  std::string wrong;  // the first array that read as something else
};

// Opens the damaged file and reads what it lists. An array under a name that `whole` lacks counts
// as wrong unless it refuses or is listed as unreadable.
inline Outcome compare_damaged(const std::string& path,
                               const std::map<std::string, Content>& whole) {
  Outcome outcome;
  std::unique_ptr<ArrayFile> file;
  try {
    file = ArrayFile::open(path);
  } catch (const Error&) {
    outcome.errors = 1;
    return outcome;
  }
  for (const ArrayInfo& info : file->arrays()) {
    try {
      const Content content = read_content(*file, info);
      const auto original = whole.find(info.name);
      if (original != whole.end() && content == original->second) {
        ++outcome.right;
      } else if (content.readable && outcome.wrong.empty()) {
        outcome.wrong = info.name;
      }
    } catch (const Error&) {
      ++outcome.errors;
    }
  }
  return outcome;
}

}  // namespace dem::test
