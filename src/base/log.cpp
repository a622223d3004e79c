#include "dem/base/log.h"

#include <mutex>
#include <utility>

namespace dem {
namespace {

struct Sink {
  std::mutex mutex;
  LogSink function;
};

Sink& sink() {
  static Sink instance;
  return instance;
}

}  // namespace

void set_log_sink(LogSink function) {
  const std::lock_guard lock(sink().mutex);
  sink().function = std::move(function);
}

void log(LogLevel level, std::string_view message) {
  const std::lock_guard lock(sink().mutex);
  if (sink().function) sink().function(level, message);
}

}  // namespace dem
