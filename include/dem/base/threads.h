// How many threads the library uses. One setting for the process.
//
// A process may fork() at any moment. The child has the setting and starts threads of its own when
// it needs them; it may end normally. Work that was under way in the parent does not go on in it.
#pragma once

namespace dem {

// The cores given to this process: the smaller of its CPU affinity and its cgroup quota (rounded
// up), at least 1.
[[nodiscard]] int available_threads();

// Threads used from now on, 1 <= n <= 1024; 0 means available_threads(). Results do not depend on
// it: work is cut into pieces of fixed size, each computed by one thread, and reductions add the
// pieces in order. Throws Error{kInvalidArgument}. Not to be called while work is running.
void set_num_threads(int n);

// The setting in force; available_threads() until set_num_threads was called.
[[nodiscard]] int num_threads();

}  // namespace dem
