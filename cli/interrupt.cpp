#include "interrupt.h"

#include <signal.h>

namespace dem::cli {
namespace {

volatile sig_atomic_t flag = 0;

extern "C" void on_signal(int) {
  flag = 1;
}

// Waiting for standard input ends with the signal, too; a second one finds the default action.
void catch_signal(int signal) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_interrupts() {
  catch_signal(SIGINT);
  catch_signal(SIGTERM);
}

bool interrupted() {
  return flag != 0;
}

}  // namespace dem::cli
