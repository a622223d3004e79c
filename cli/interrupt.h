// Ctrl-C and termination requests.
#pragma once

namespace dem::cli {

// From here on SIGINT and SIGTERM set a flag instead of ending the process; a second one ends it.
void catch_interrupts();

[[nodiscard]] bool interrupted();

// From here on they end the process at once with kNothingSavedStatus and a line on standard error.
void end_at_interrupts();

// The same between runs of which each one that has finished is kept: with kInterruptedStatus and a
// line that says so.
void end_at_interrupts_between_runs();

// The same where nothing has been written: with kInterruptedStatus and a line that says so.
void end_at_interrupts_with_nothing();
// What such an end does, for an interrupt that came before.
[[nodiscard]] int report_interrupt_with_nothing();

// From here on, when a trained model is written, they end the process at once with
// kInterruptedStatus and a line that says that the model is whole.
void end_at_interrupts_with_model();
// What such an end does, for an interrupt that came before.
[[nodiscard]] int report_interrupt_with_model();

// Exit status of a run that was interrupted and saved its state or its model, as shells expect it.
inline constexpr int kInterruptedStatus = 130;
// Of one that has no state to go on from.
inline constexpr int kNothingSavedStatus = 5;

}  // namespace dem::cli
