// Runs programs in tests and keeps what they print.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace dem::test {

struct ProgramResult {
  int status = -1;  // exit status, or 128 + signal as shells count it
  std::string out;  // standard output
  std::string err;  // standard error
};

// Runs a shell command line in `folder`. With `signal` not 0, sends it to the command after `delay`
// unless that has ended; the command line should then be `exec PROGRAM ...`.
[[nodiscard]] ProgramResult run(const std::string& command,
                                const std::filesystem::path& folder,
                                int signal = 0,
                                std::chrono::milliseconds delay = {});

// A new folder that is removed with its content at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace dem::test
