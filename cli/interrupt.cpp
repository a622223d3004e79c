#include "interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <iostream>

#include "processes.h"

namespace dem::cli {
namespace {

volatile sig_atomic_t flag = 0;

extern "C" void on_signal(int) {
  flag = 1;
}

// Calls nothing but what a signal handler may.
extern "C" void end_on_signal(int) {
  constexpr char kText[] = "dem: interrupted; there is no state to go on from\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
  ::_exit(kNothingSavedStatus);
}

extern "C" void end_between_runs_on_signal(int) {
  constexpr char kText[] =
      "dem: interrupted; what has finished is kept, and the same command with --resume goes on\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
  ::_exit(kInterruptedStatus);
}

constexpr char kWithNothing[] = "dem: interrupted; nothing was written\n";

extern "C" void end_with_nothing_on_signal(int) {
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, kWithNothing, sizeof kWithNothing - 1);
  ::_exit(kInterruptedStatus);
}

constexpr char kWithModel[] =
    "dem: interrupted; the model is written and whole; dem eval evaluates it\n";

extern "C" void end_with_model_on_signal(int) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kWithModel, sizeof kWithModel - 1);
  ::_exit(kInterruptedStatus);
}

// Waiting for standard input ends with the signal, too; a second one finds the default action.
void catch_signal(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_interrupts() {
  catch_signal(SIGINT, on_signal);
  catch_signal(SIGTERM, on_signal);
}

void end_at_interrupts() {
  catch_signal(SIGINT, end_on_signal);
  catch_signal(SIGTERM, end_on_signal);
}

void end_at_interrupts_between_runs() {
  catch_signal(SIGINT, end_between_runs_on_signal);
  catch_signal(SIGTERM, end_between_runs_on_signal);
}

void end_at_interrupts_with_nothing() {
  catch_signal(SIGINT, end_with_nothing_on_signal);
  catch_signal(SIGTERM, end_with_nothing_on_signal);
}

int report_interrupt_with_nothing() {
  std::cerr << kWithNothing;
  return kInterruptedStatus;
}

void end_at_interrupts_with_model() {
  catch_signal(SIGINT, end_with_model_on_signal);
  catch_signal(SIGTERM, end_with_model_on_signal);
}

int report_interrupt_with_model() {
  if (group().is_root()) std::cerr << kWithModel;
  return kInterruptedStatus;
}

bool interrupted() {
  return flag != 0;
}

}  // namespace dem::cli
