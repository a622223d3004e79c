// A toy dataset in layout table, small enough to work out by hand.
//
// 6 samples of 2 feature dimensions, sample i (from 0) has features 10 i and 10 i + 1. Classes ant,
// bee, cat, dog with attributes legs and wings:
//   ant 6 0, bee 6 2, cat 4 0, dog 4 1
// Samples: ant bee ant cat bee cat; there is none of dog.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "test_files.h"

namespace dem::test {

using TextFiles = std::map<std::string, std::string>;  // name, content

inline TextFiles toy_table() {
  return {{"features.csv", "0,1\n10,11\n20,21\n30,31\n40,41\n50,51\n"},
          {"labels.csv", "ant\nbee\nant\ncat\nbee\ncat\n"},
          {"classes.csv", "name,legs,wings\nant,6,0\nbee,6,2\ncat,4,0\ndog,4,1\n"}};
}

// The files with one replaced, or added where there is none of its name.
inline TextFiles with(TextFiles files, const std::string& name, const std::string& content) {
  files[name] = content;
  return files;
}

inline void write_files(const std::string& folder, const TextFiles& files) {
  std::filesystem::create_directories(folder);
  for (const auto& [name, content] : files) {
    std::ofstream file(folder + "/" + name, std::ios::binary);
    file << content;
    ASSERT_TRUE(file.good()) << name;
  }
}

}  // namespace dem::test
