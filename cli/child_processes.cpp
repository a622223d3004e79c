#include "child_processes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include "dem/base/error.h"

namespace dem::cli {
namespace {

constexpr const char* kThisProgram = "/proc/self/exe";
constexpr int kCannotStart = 127;  // as shells have it

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorKind::kIo, std::string(what) + ": " + std::strerror(errno));
}

std::string content(std::FILE* file) {
  std::rewind(file);
  std::string text;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
    text.append(buffer, n);
  }
  return text;
}

// In the child, before it becomes the program. `parent`: where that has gone already, nobody wants
// the result.
void prepare(int out, int error, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotStart);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(error, STDERR_FILENO);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_DFL);
}

int status_of_child(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// What came of work in another process as text: a point and the result, or a letter for the kind of
// an error and its message.
constexpr char kResult = '.', kFirstKind = 'a';

std::string outcome_of(const std::function<std::string()>& work) {
  const auto failure = [](ErrorKind kind, const char* message) {
    return std::string(1, static_cast<char>(kFirstKind + static_cast<int>(kind))) + message;
  };
  try {
    return kResult + work();
  } catch (const Error& error) {
    return failure(error.kind(), error.what());
  } catch (const std::exception& error) {
    return failure(ErrorKind::kInternal, error.what());
  }
}

void write_all(int descriptor, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(descriptor, text.data() + done, text.size() - done);
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

std::string read_all(int descriptor) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::read(descriptor, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace

ChildProcesses::File ChildProcesses::temporary_file() {
  File file(std::tmpfile());
  if (!file) fail("temporary file");
  ::fcntl(::fileno(file.get()), F_SETFD, FD_CLOEXEC);
  return file;
}

ChildProcesses::~ChildProcesses() {
  end_all();
}

void ChildProcesses::start(Index id, const std::vector<std::string>& arguments) {
  Child child{id, 0, std::chrono::steady_clock::now(), temporary_file(), temporary_file()};
  std::vector<char*> words;
  std::string name = "dem";
  words.push_back(name.data());
  std::vector<std::string> copies = arguments;
  for (std::string& word : copies) words.push_back(word.data());
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  const int out = ::fileno(child.out.get()), error = ::fileno(child.error.get());
  std::fflush(nullptr);
  child.process = ::fork();
  if (child.process < 0) fail("another process");
  if (child.process == 0) {
    prepare(out, error, parent);
    ::execv(kThisProgram, words.data());
    ::_exit(kCannotStart);
  }
  children_.push_back(std::move(child));
}

std::optional<FinishedChild> ChildProcesses::take_finished() {
  for (auto child = children_.begin(); child != children_.end(); ++child) {
    int status = 0;
    rusage usage{};
    if (::wait4(child->process, &status, WNOHANG, &usage) != child->process) continue;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - child->started;
    FinishedChild finished{child->id,
                           status_of_child(status),
                           passed.count(),
                           static_cast<Index>(usage.ru_maxrss) * 1024,
                           content(child->out.get()),
                           content(child->error.get())};
    children_.erase(child);
    return finished;
  }
  return std::nullopt;
}

void ChildProcesses::end_all() {
  for (const Child& child : children_) ::kill(child.process, SIGTERM);
  for (const Child& child : children_) {
    while (::waitpid(child.process, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  children_.clear();
}

std::string in_own_process(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process < 0) fail("another process");
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(kCannotStart);
    write_all(ends[1], outcome_of(work));
    ::_exit(0);
  }
  ::close(ends[1]);
  const std::string text = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (text.empty()) {
    throw Error(ErrorKind::kInternal,
                "a process ended before its work (status " +
                    std::to_string(status_of_child(status)) + "), for want of memory perhaps");
  }
  if (text[0] != kResult) {
    throw Error(static_cast<ErrorKind>(text[0] - kFirstKind), text.substr(1));
  }
  return text.substr(1);
}

}  // namespace dem::cli
