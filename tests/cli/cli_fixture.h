// A small synthetic dataset and the program, for tests of the command line.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "support/program.h"

namespace dem::test {

inline const std::string kProgram = DEM_PROGRAM;

class CliTest : public testing::Test {
 protected:
  // A dataset that trains in well under a second.
  static constexpr const char* kSynthetic =
      " synth --output data --num-train-images 400 --num-test-images 100 --num-seen-classes 8 "
      "--num-unseen-classes 4 --attribute-dim 12 --word-dim 20 --feature-dim 32 ";

  [[nodiscard]] ProgramResult dem(const std::string& arguments) const {
    return run(kProgram + " " + arguments, folder_.path());
  }
  void make_data(const std::string& options = "") const {
    const ProgramResult made = dem(kSynthetic + options);
    ASSERT_EQ(made.status, 0) << made.err;
  }

  TemporaryFolder folder_;
};

// Counts of lines of `text` that begin with `start`.
inline int lines_starting_with(const std::string& text, const std::string& start) {
  int count = 0;
  for (std::size_t at = 0; at < text.size();) {
    count += text.compare(at, start.size(), start) == 0 ? 1 : 0;
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return count;
}

}  // namespace dem::test
