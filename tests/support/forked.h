// What a forked child does, seen by its parent.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace dem::test {

// Sanitizers have threads, locks and books of their own, which a fork does not carry over: their
// children end early, hang or report lost memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kCanFork = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kCanFork = false;
#else
inline constexpr bool kCanFork = true;
#endif
#else
inline constexpr bool kCanFork = true;
#endif

// How a child ended; one that has not after 20 s is killed.
inline std::string end_of(pid_t child) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (Clock::now() > deadline) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return "hangs";
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status))
                           : "signal " + std::to_string(WTERMSIG(status));
}

// Forks; the child runs work() and leaves by std::exit, so that destructors of static objects and
// atexit's functions run, with status 0 where work() is true and 1 where not. How it ended.
template <typename Work>
std::string forked(Work&& work) {
  std::fflush(nullptr);  // what waits to be written would come twice
  const pid_t child = ::fork();
  if (child == 0) std::exit(work() ? 0 : 1);
  return child < 0 ? "no child" : end_of(child);
}

}  // namespace dem::test
