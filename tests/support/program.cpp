#include "support/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace dem::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void run_child(const std::string& command,
                            const fs::path& folder,
                            const fs::path& out,
                            const fs::path& err) {
  const auto redirect = [](const fs::path& path, int descriptor) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    return file >= 0 && ::dup2(file, descriptor) >= 0;
  };
  if (::chdir(folder.c_str()) == 0 && redirect(out, STDOUT_FILENO) &&
      redirect(err, STDERR_FILENO)) {
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  }
  std::_Exit(127);
}

}  // namespace

ProgramResult run(const std::string& command,
                  const fs::path& folder,
                  int signal,
                  std::chrono::milliseconds delay) {
  const TemporaryFolder streams;
  const fs::path out = streams / "out";
  const fs::path err = streams / "err";
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) run_child(command, folder, out, err);
  if (signal != 0) {
    std::this_thread::sleep_for(delay);
    ::kill(child, signal);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ProgramResult result;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = read_file(out);
  result.err = read_file(err);
  return result;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "dem_test_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace dem::test
