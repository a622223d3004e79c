// Runs of this program beside each other.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dem/base/types.h"

namespace dem::cli {

// What became of a child.
struct FinishedChild {
  Index id = 0;            // that start() was given
  int status = 0;          // its exit status, 128 + the signal that ended it
  double seconds = 0.0;    // by the clock
  Index peak_bytes = 0;    // of resident memory
  std::string out, error;  // what it wrote to standard output and standard error
};

// Children of this process, which must have one thread while it starts them. All that still run are
// ended, and waited for, by the destructor; where this process is killed they end, too.
class ChildProcesses {
 public:
  ChildProcesses() = default;
  ~ChildProcesses();
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;

  // Runs this program with some arguments; standard input is empty. Throws Error{kIo} where the
  // system has no place for another process.
  void start(Index id, const std::vector<std::string>& arguments);
  [[nodiscard]] std::size_t count() const { return children_.size(); }
  // One that has ended, at once; nothing where all still run.
  [[nodiscard]] std::optional<FinishedChild> take_finished();
  // Asks all to end and waits for them.
  void end_all();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, CloseFile>;
  struct Child {
    Index id;
    pid_t process;
    std::chrono::steady_clock::time_point started;
    File out, error;
  };

  [[nodiscard]] static File temporary_file();

  std::vector<Child> children_;
};

// What work() returns, in a process of its own that has gone when this returns: with it goes the
// memory that work() took. Throws what work() throws, as an Error of the same kind and message.
// This process must have one thread.
[[nodiscard]] std::string in_own_process(const std::function<std::string()>& work);

}  // namespace dem::cli
