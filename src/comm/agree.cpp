#include <array>
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

}  // namespace dem
