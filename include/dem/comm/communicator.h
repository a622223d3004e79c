// A group of processes that work together, one rank each.
//
// The sums, least, broadcast and gather are collective: all ranks call them, in the same order and
// with as many values. With one rank they change nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dem/base/error.h"
#include "dem/base/types.h"

namespace dem {

class Communicator {
 public:
  Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  virtual ~Communicator() = default;

  [[nodiscard]] virtual int rank() const = 0;        // 0 .. size() - 1
  [[nodiscard]] virtual int size() const = 0;        // >= 1
  [[nodiscard]] virtual int local_size() const = 0;  // ranks on this host, this one counted in
  [[nodiscard]] bool is_root() const { return rank() == 0; }

  // Element by element over the ranks, in place: afterwards every rank holds the same numbers.
  // Throw Error{kComm}.
  virtual void sum(std::span<float> values) = 0;
  virtual void sum(std::span<double> values) = 0;
  virtual void sum(std::span<Index> values) = 0;
  virtual void least(std::span<double> values) = 0;

  // Every rank gets the bytes of `root`.
  virtual void broadcast(std::span<std::byte> bytes, int root) = 0;
  // On rank 0: what each rank gave, by rank. Elsewhere: nothing.
  [[nodiscard]] virtual std::vector<std::vector<std::byte>> gather(
      std::span<const std::byte> bytes) = 0;

  // Ends all ranks at once with this exit status; not collective. For what went wrong on one rank
  // while the others wait for it.
  [[noreturn]] virtual void abort(int status) = 0;
};

// The group of this process alone.
[[nodiscard]] Communicator& self_communicator();

// The processes that mpirun started: the one group there is, joined once, left when the
// communicator is destroyed. Throws Error{kUnsupported} in a build without MPI.
[[nodiscard]] std::unique_ptr<Communicator> join_mpi();

// The MPI library that this build uses, "Open MPI v4.1.4, ..."; empty in a build without one.
[[nodiscard]] std::string mpi_version();

// How many processes a launcher (mpirun, mpiexec, srun) says that it has started along with this
// one, from the environment; 1 where there was none.
[[nodiscard]] int launched_processes();

// An error that every rank throws, so that the ranks can end in an orderly way. Throw it only where
// all ranks do, from what they have in common.
class AgreedError : public Error {
 public:
  using Error::Error;
};

// Runs `work` on every rank. Where it throws on some, all throw AgreedError of the lowest such
// rank's kind and message; the message names the rank unless all failed. What is no Error counts as
// kInternal. `work` is not collective.
void agree(Communicator& group, const std::function<void()>& work);

// Throws AgreedError{kInvalidArgument} on all ranks where a rank's text is not rank 0's: what all
// must have in common, named by `what`.
void require_same(Communicator& group, const char* what, const std::string& text);

// Whether each of `rows` is held by exactly one rank; is_held says whether by this one. All ranks
// pass the same rows. By their number and a sum over a hash of them: rows that some hold twice and
// others not at all are noticed except about once in 2^31.
[[nodiscard]] bool each_held_once(Communicator& group,
                                  std::span<const Index> rows,
                                  const std::function<bool(Index row)>& is_held);

// Every rank gets the root's text.
void broadcast(Communicator& group, std::string& text);

}  // namespace dem
