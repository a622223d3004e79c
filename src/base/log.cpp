#include "dem/base/log.h"

#include <memory>
#include <mutex>
#include <utility>

#include "base/fork.h"

namespace dem {
namespace {

// Its mutex is held only while the pointer is copied, never while a sink is called or destroyed.
struct InstalledSink {
  std::mutex mutex;
  std::shared_ptr<const LogSink> sink;

  // Never destroyed: threads may log, and what a sink holds may be gone, while static objects are
  // destroyed.
  static InstalledSink& of_process() {
    static InstalledSink& instance = *new InstalledSink;
    return instance;
  }
};

void lock_sink() {
  InstalledSink::of_process().mutex.lock();
}
void unlock_sink() {
  InstalledSink::of_process().mutex.unlock();
}
// A child must not find it locked by a thread that it does not have.
const bool log_registered [[maybe_unused]] = at_fork(lock_sink, unlock_sink, unlock_sink);

}  // namespace

void set_log_sink(LogSink sink) {
  std::shared_ptr<const LogSink> other =
      sink ? std::make_shared<const LogSink>(std::move(sink)) : nullptr;
  InstalledSink& installed = InstalledSink::of_process();
  const std::lock_guard lock(installed.mutex);
  installed.sink.swap(other);
}

void log(LogLevel level, std::string_view message) {
  const std::shared_ptr<const LogSink> sink = [] {
    InstalledSink& installed = InstalledSink::of_process();
    const std::lock_guard lock(installed.mutex);
    return installed.sink;
  }();
  if (sink) (*sink)(level, message);
}

}  // namespace dem
