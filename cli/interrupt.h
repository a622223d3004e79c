// Ctrl-C and termination requests.
#pragma once

namespace dem::cli {

// From here on SIGINT and SIGTERM set a flag instead of ending the process; a second one ends it.
void catch_interrupts();

[[nodiscard]] bool interrupted();

// Exit status of a run that was interrupted and saved its state, as shells expect it.
inline constexpr int kInterruptedStatus = 130;

}  // namespace dem::cli
