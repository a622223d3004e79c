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
#include <utility>

namespace dem::test {
namespace {

namespace fs = std::filesystem;

int open_for_writing(const fs::path& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot open " + path.string());
  return file;
}

// Starts a shell with these descriptors, which are closed here.
pid_t start(const std::string& command, const fs::path& folder, int out, int err) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    if (::chdir(folder.c_str()) == 0 && ::dup2(out, STDOUT_FILENO) >= 0 &&
        ::dup2(err, STDERR_FILENO) >= 0) {
      ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    }
    std::_Exit(127);
  }
  ::close(out);
  ::close(err);
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// All that comes out of a descriptor; the signal is sent on the way.
std::string read_and_signal(int descriptor, pid_t child, const SignalAfter& when) {
  std::string text;
  std::size_t line = 0;  // where the last, perhaps unfinished, one begins
  int seen = 0;
  char c = 0;
  while (::read(descriptor, &c, 1) == 1) {
    text += c;
    if (c != '\n') continue;
    const bool counts = text.compare(line, when.line_start.size(), when.line_start) == 0;
    if (counts && ++seen == when.count) ::kill(child, when.signal);
    line = text.size();
  }
  ::close(descriptor);
  return text;
}

}  // namespace

ProgramResult run(const std::string& command, const fs::path& folder) {
  const TemporaryFolder streams;
  const fs::path out = streams / "out";
  const fs::path err = streams / "err";
  const int status = wait_for(start(command, folder, open_for_writing(out), open_for_writing(err)));
  return {status, read_file(out), read_file(err)};
}

ProgramResult run(const std::string& command, const fs::path& folder, const SignalAfter& when) {
  const TemporaryFolder streams;
  const fs::path err = streams / "err";
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
  const pid_t child = start(command, folder, ends[1], open_for_writing(err));
  std::string out = read_and_signal(ends[0], child, when);
  const int status = wait_for(child);
  return {status, std::move(out), read_file(err)};
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace dem::test
