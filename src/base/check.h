// Invariants. DEM_CHECK is always on; a failure is a defect of dem, never the user's fault.
#pragma once

#include <sstream>

#include "dem/base/error.h"

// Throws Error{kInternal} showing the condition and both values.
#define DEM_CHECK_OP(a, op, b)                                                               \
  do {                                                                                       \
    const auto& dem_a = (a);                                                                 \
    const auto& dem_b = (b);                                                                 \
    if (!(dem_a op dem_b)) {                                                                 \
      std::ostringstream dem_message;                                                        \
      dem_message << __FILE__ << ":" << __LINE__ << ": expected " #a " " #op " " #b ", got " \
                  << dem_a << " and " << dem_b;                                              \
      throw ::dem::Error(::dem::ErrorKind::kInternal, dem_message.str());                    \
    }                                                                                        \
  } while (false)
#define DEM_CHECK_EQ(a, b) DEM_CHECK_OP(a, ==, b)
#define DEM_CHECK_LE(a, b) DEM_CHECK_OP(a, <=, b)
