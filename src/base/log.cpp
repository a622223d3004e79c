#include "dem/base/log.h"

#include <mutex>
#include <utility>

namespace dem {
namespace {

struct Sink {
  std::mutex mutex;
  LogSink function;
};

Sink& installed() {
  static Sink instance;
  return instance;
}

}  // namespace

void set_log_sink(LogSink sink) {
  const std::lock_guard lock(installed().mutex);
  installed().function = std::move(sink);
}

void log(LogLevel level, std::string_view message) {
  const std::lock_guard lock(installed().mutex);
  if (installed().function) installed().function(level, message);
}

}  // namespace dem
