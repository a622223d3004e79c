#include "processes.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

#include "exit_status.h"
#include "option_words.h"

namespace dem::cli {
namespace {

std::unique_ptr<Communicator> joined;

// An error of all ranks is told by rank 0: the others wait for it to end them, so that a message
// does not come once a rank.
void give_way_to_root() {
  if (!group().is_root()) std::this_thread::sleep_for(std::chrono::seconds(1));
}

}  // namespace

Communicator& group() {
  return joined ? *joined : self_communicator();
}

void join() {
  if (joined) return;
  joined = join_mpi();
  if (!joined->is_root() && std::freopen("/dev/null", "w", stdout) == nullptr) {
    throw Error(ErrorKind::kIo, "/dev/null: cannot be opened");
  }
}

void join_launched() {
  if (launched_processes() > 1) join();
}

void leave() {
  joined.reset();
}

int default_threads() {
  const int available = available_threads();
  const int ranks = group().local_size();
  if (ranks == 1) return available;
  const int share = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)) / ranks;
  return std::max(1, std::min(available, share));
}

int report(const Error& error) {
  const int status = exit_status(error.kind());
  if (dynamic_cast<const AgreedError*>(&error) == nullptr) return report(error.what(), status);
  if (group().is_root()) std::cerr << "dem: " << with_option_words(error.what()) << '\n';
  leave();
  return status;
}

int report(std::string_view message, int status) {
  if (group().size() == 1) {
    std::cerr << "dem: " << with_option_words(message) << '\n';
    leave();
    return status;
  }
  give_way_to_root();
  std::cerr << "dem: rank " + std::to_string(group().rank()) + " of " +
                   std::to_string(group().size()) + ": " + with_option_words(message) + '\n'
            << std::flush;
  group().abort(status);
  return status;
}

}  // namespace dem::cli
