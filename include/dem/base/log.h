// Where the library's messages go. The library never prints: it hands each message to the sink that
// the program installed, and drops it where there is none.
#pragma once

#include <functional>
#include <string_view>

namespace dem {

enum class LogLevel { kInfo, kWarning };

using LogSink = std::function<void(LogLevel level, std::string_view message)>;

// Installs the sink for the whole process; an empty function removes it. Call it before other
// threads use the library; the sink itself may be called from any thread, one call at a time, and
// must not log.
void set_log_sink(LogSink sink);

// Sends one message (no trailing newline) to the sink.
void log(LogLevel level, std::string_view message);

}  // namespace dem
