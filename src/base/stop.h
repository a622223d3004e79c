// Ending what takes long half way.
#pragma once

#include <functional>

namespace dem {

using ShouldStop = std::function<bool()>;  // empty: never

// Thrown where it was asked for; who gave should_stop catches it.
struct Stopped {};

inline void stop_if_asked(const ShouldStop& should_stop) {
  if (should_stop && should_stop()) throw Stopped();
}

}  // namespace dem
