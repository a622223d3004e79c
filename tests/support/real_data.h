// Published data, which lie beside the checkout where somebody put them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace dem::test {

inline std::string real_data(const std::string& name) {
  return std::string(DEM_SHARED_DATA_DIR "/") + name;
}

}  // namespace dem::test

// Skips the test, or with the option DEM_REQUIRE_REAL_DATA_TESTS fails it, where the folder `name`
// is absent. The first line of the message is the reason that tests are counted by.
#define DEM_NEEDS_REAL_DATA(name)                                         \
  do {                                                                    \
    const std::string needed = ::dem::test::real_data(name);              \
    if (std::filesystem::exists(needed)) break;                           \
    if (DEM_REQUIRE_REAL_DATA_TESTS) FAIL() << needed << " is not there"; \
    GTEST_SKIP() << "real data are absent\n" << needed;                   \
  } while (false)
