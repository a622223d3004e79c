// Small dataset files for tests: a MAT v4 writer that owes nothing to the library, and the log's
// warnings; a temporary folder and expected errors with support/files.h.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "dem/base/log.h"
#include "support/files.h"

namespace dem::test {

// A variable of a MAT v4 file, its values row by row as one reads them here.
struct Variable {
  std::string name;
  int rows = 0;
  int cols = 0;
  std::vector<double> values;
  bool text = false;
};

inline Variable matrix(std::string name, int rows, int cols, std::vector<double> values) {
  EXPECT_EQ(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols), values.size()) << name;
  return {std::move(name), rows, cols, std::move(values)};
}

inline Variable column(std::string name, std::vector<double> values) {
  const int rows = static_cast<int>(values.size());
  return {std::move(name), rows, 1, std::move(values)};
}

// A character matrix, a row a line, padded with blanks.
inline Variable lines(std::string name, const std::vector<std::string>& texts) {
  std::size_t width = 0;
  for (const auto& text : texts) width = std::max(width, text.size());
  Variable variable{
      std::move(name), static_cast<int>(texts.size()), static_cast<int>(width), {}, true};
  for (const auto& text : texts) {
    for (std::size_t i = 0; i < width; ++i) {
      variable.values.push_back(i < text.size() ? text[i] : ' ');
    }
  }
  return variable;
}

// MAT v4: five int32 (type 0 = little-endian doubles, 1 = text, rows, columns, no imaginary part,
// length of the name with its zero), the name, the values column by column.
inline void write_mat4(const std::string& path, const std::vector<Variable>& variables) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  for (const Variable& v : variables) {
    const std::int32_t header[] = {
        v.text ? 1 : 0, v.rows, v.cols, 0, static_cast<std::int32_t>(v.name.size() + 1)};
    file.write(reinterpret_cast<const char*>(header), sizeof(header));
    file.write(v.name.c_str(), static_cast<std::streamsize>(v.name.size() + 1));
    for (int col = 0; col < v.cols; ++col) {
      for (int row = 0; row < v.rows; ++row) {
        const double value = v.values[static_cast<std::size_t>(row * v.cols + col)];
        file.write(reinterpret_cast<const char*>(&value), sizeof(value));
      }
    }
  }
  ASSERT_TRUE(file.good()) << path;
}

// The file of layout dem that holds one variable under its own name.
inline void write_mat4(const std::string& folder, const std::string& subfolder, const Variable& v) {
  write_mat4(folder + "/" + subfolder + "/" + v.name + ".mat", {v});
}

// Collects the warnings of the library while it lives.
class Warnings {
 public:
  Warnings() {
    set_log_sink([this](LogLevel level, std::string_view message) {
      if (level == LogLevel::kWarning) messages_.emplace_back(message);
    });
  }
  ~Warnings() { set_log_sink({}); }
  Warnings(const Warnings&) = delete;
  Warnings& operator=(const Warnings&) = delete;

  [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }
  // How many messages hold every one of these texts.
  [[nodiscard]] int count(std::initializer_list<std::string_view> texts) const {
    int n = 0;
    for (const auto& message : messages_) {
      bool all = true;
      for (const auto text : texts) all = all && message.find(text) != std::string::npos;
      n += all ? 1 : 0;
    }
    return n;
  }

 private:
  std::vector<std::string> messages_;
};

}  // namespace dem::test
