// Where the library's messages go. The library never prints: it hands each message to the sink that
// the program installed, and drops it where there is none.
#pragma once

#include <functional>
#include <string_view>

namespace dem {

enum class LogLevel { kInfo, kWarning };

using LogSink = std::function<void(LogLevel level, std::string_view message)>;

// Installs the sink for the whole process; an empty function removes it. Both functions may be
// called at any time and from any thread, also from the sink itself: it is called in the thread
// that has something to say, by several of them at once, and without a lock of the library. Other
// threads may still be in the old sink when set_log_sink returns; it is destroyed when the last has
// left it. The one that is installed when the process ends is not destroyed.
void set_log_sink(LogSink sink);

// Sends one message (no trailing newline) to the sink. What the sink throws goes to the caller.
void log(LogLevel level, std::string_view message);

}  // namespace dem
