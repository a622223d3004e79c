// Ctrl-C and termination requests.
#pragma once

namespace dem::cli {

// From here on SIGINT and SIGTERM set a flag instead of ending the process; a second one ends it.
void catch_interrupts();

[[nodiscard]] bool interrupted();

// From here on they end the process at once with kNothingSavedStatus and a line on standard error.
void end_at_interrupts();

// Exit status of a run that was interrupted and saved its state, as shells expect it.
inline constexpr int kInterruptedStatus = 130;
// Of one that has no state to go on from.
inline constexpr int kNothingSavedStatus = 5;

}  // namespace dem::cli
