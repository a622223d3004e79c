#include <array>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>

#include "base/text.h"
#include "dem/comm/communicator.h"

namespace dem {

void broadcast(Communicator& group, std::string& text) {
  auto size = static_cast<Index>(text.size());
  group.broadcast(std::as_writable_bytes(std::span(&size, 1)), 0);
  text.resize(static_cast<std::size_t>(size));
  group.broadcast(std::as_writable_bytes(std::span(text)), 0);
}

void agree(Communicator& group, const std::function<void()>& work) {
  if (group.size() == 1) return work();
  std::optional<Error> failure;
  try {
    work();
  } catch (const Error& error) {
    failure = error;
  } catch (const std::bad_alloc&) {
    failure.emplace(ErrorKind::kInternal, "out of memory");
  } catch (const std::exception& error) {
    failure.emplace(ErrorKind::kInternal, concat("internal error: ", error.what()));
  } catch (...) {
    failure.emplace(ErrorKind::kInternal, "internal error: an exception of unknown type");
  }
  // One entry a rank: 1 + the kind of its failure, 0 for none.
  std::vector<Index> kinds(static_cast<std::size_t>(group.size()));
  if (failure) {
    kinds[static_cast<std::size_t>(group.rank())] = 1 + static_cast<Index>(failure->kind());
  }
  group.sum(kinds);
  int first = -1;
  int failures = 0;
  for (int r = 0; r < group.size(); ++r) {
    if (kinds[static_cast<std::size_t>(r)] == 0) continue;
    if (first < 0) first = r;
    ++failures;
  }
  if (first < 0) return;
  std::string message = failure ? failure->what() : "";
  auto length = static_cast<Index>(message.size());
  group.broadcast(std::as_writable_bytes(std::span(&length, 1)), first);
  message.resize(static_cast<std::size_t>(length));
  group.broadcast(std::as_writable_bytes(std::span(message)), first);
  const auto kind = static_cast<ErrorKind>(kinds[static_cast<std::size_t>(first)] - 1);
  const bool all = failures == group.size();
  throw AgreedError(kind,
                    all ? message : concat("rank ", first, " of ", group.size(), ": ", message));
}

void require_same(Communicator& group, const char* what, const std::string& text) {
  if (group.size() == 1) return;
  std::string roots = text;
  broadcast(group, roots);
  agree(group, [&] {
    if (text == roots) return;
    throw Error(ErrorKind::kInvalidArgument,
                concat(what, ": expected that of rank 0, ", roots, ", got ", text));
  });
}

bool each_held_once(Communicator& group,
                    std::span<const Index> rows,
                    const std::function<bool(Index row)>& is_held) {
  // Fibonacci hashing, 31 bits: sums stay within 64.
  const auto hash = [](Index row) {
    return static_cast<Index>((static_cast<std::uint64_t>(row) * 0x9e3779b97f4a7c15u) >> 33);
  };
  std::array<Index, 2> wanted{};
  std::array<Index, 2> held{};
  for (const Index row : rows) {
    wanted[0] += 1;
    wanted[1] += hash(row);
    if (!is_held(row)) continue;
    held[0] += 1;
    held[1] += hash(row);
  }
  group.sum(std::span<Index>(held));
  return held == wanted;
}

}  // namespace dem
