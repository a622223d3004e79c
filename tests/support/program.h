// Runs programs in tests and keeps what they print.
#pragma once

#include <filesystem>
#include <string>

#include "support/temporary_folder.h"

namespace dem::test {

struct ProgramResult {
  int status = -1;  // exit status, or 128 + signal as shells count it
  std::string out;  // standard output
  std::string err;  // standard error
};

// Runs a shell command line in `folder`.
[[nodiscard]] ProgramResult run(const std::string& command, const std::filesystem::path& folder);

// When to send a signal: after the count-th line on standard output that begins with line_start.
struct SignalAfter {
  int signal;
  std::string line_start;
  int count;
};

// The same, with a signal sent to the command line, which should then be `exec PROGRAM ...`. The
// program's output goes through a pipe of one page, so it is never further ahead of that line than
// fits in there, however fast it is.
[[nodiscard]] ProgramResult run(const std::string& command,
                                const std::filesystem::path& folder,
                                const SignalAfter& when);

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace dem::test
