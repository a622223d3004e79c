// What the library logs while it lives.
#pragma once

#include <initializer_list>
#include <mutex>
#include <string>
#include <vector>

#include "dem/base/log.h"

namespace dem::test {

class LogLines {
 public:
  LogLines() {
    set_log_sink([this](LogLevel, std::string_view message) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(message);
    });
  }
  ~LogLines() { set_log_sink({}); }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  // How many lines hold every one of these texts.
  [[nodiscard]] int count(std::initializer_list<std::string_view> texts) const {
    int n = 0;
    for (const std::string& line : lines_) {
      bool all = true;
      for (const auto text : texts) all = all && line.find(text) != std::string::npos;
      n += all ? 1 : 0;
    }
    return n;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace dem::test
