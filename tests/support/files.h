// Files and errors in tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

#include "dem/base/error.h"
#include "support/temporary_folder.h"

namespace dem::test {

inline std::string read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

// Bytes from hex digits; blanks are passed over.
inline std::string from_hex(std::string_view digits) {
  std::string bytes;
  std::string pair;
  for (const char c : digits) {
    if (c == ' ' || c == '\n') continue;
    pair.push_back(c);
    if (pair.size() < 2) continue;
    bytes.push_back(static_cast<char>(std::stoi(pair, nullptr, 16)));
    pair.clear();
  }
  return bytes;
}

// Runs the body, which must throw an Error of this kind whose message has every one of the parts.
inline void expect_error(ErrorKind kind,
                         std::initializer_list<std::string_view> parts,
                         const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    const std::string_view message = error.what();
    EXPECT_EQ(to_string(error.kind()), to_string(kind)) << message;
    for (const std::string_view part : parts) {
      EXPECT_NE(message.find(part), std::string_view::npos) << "\"" << part << "\" in: " << message;
    }
    return;
  }
  ADD_FAILURE() << "no error, expected " << to_string(kind);
}

}  // namespace dem::test
