// The processes that the program runs in: this one alone, or those that mpirun started.
#pragma once

#include <string>
#include <string_view>

#include "dem/dem.h"

namespace dem::cli {

// This process alone until join() or join_launched().
[[nodiscard]] Communicator& group();

// Joins the other processes where a launcher started several. Of rank 0 alone comes what the
// program prints: the others' standard output goes nowhere. Throws Error{kUnsupported} in a build
// without MPI.
void join_launched();
// Joins also where there is no other (--distribute). Throws as above.
void join();
// Before the program ends in an orderly way.
void leave();

// Threads for this process where none are asked for: the cores given to it, or its share of the
// host's cores where other ranks are on it.
[[nodiscard]] int default_threads();

// Reports an error and gives the exit status. Where it is this rank's alone, all ranks end here.
[[nodiscard]] int report(const Error& error);
[[nodiscard]] int report(std::string_view message, int status);

}  // namespace dem::cli
