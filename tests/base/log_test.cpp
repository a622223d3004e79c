#include "dem/base/log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/forked.h"

namespace dem {
namespace {

// Whether the condition comes true within ten seconds.
template <typename Condition>
bool becomes_true(Condition&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class Log : public testing::Test {
 protected:
  void TearDown() override { set_log_sink({}); }
};

TEST_F(Log, GoesToTheSinkThatIsInstalled) {
  std::vector<std::string> got;
  log(LogLevel::kInfo, "nobody listens");
  set_log_sink([&](LogLevel level, std::string_view message) {
    got.push_back((level == LogLevel::kWarning ? "warning " : "info ") + std::string(message));
  });
  log(LogLevel::kInfo, "one");
  log(LogLevel::kWarning, "two");
  set_log_sink({});
  log(LogLevel::kInfo, "three");
  EXPECT_EQ(got, (std::vector<std::string>{"info one", "warning two"}));
}

// As with Python's global lock: one thread is in the sink and needs what another has, which logs.
TEST_F(Log, SeveralThreadsAreInTheSinkAtOnce) {
  std::atomic<int> inside{0};
  std::atomic<int> met{0};
  set_log_sink([&](LogLevel, std::string_view) {
    ++inside;
    if (becomes_true([&] { return inside == 2; })) ++met;
  });
  std::thread other([] { log(LogLevel::kInfo, "from another thread"); });
  log(LogLevel::kInfo, "from this one");
  other.join();
  EXPECT_EQ(met, 2);
}

TEST_F(Log, TheSinkMayLog) {
  std::vector<std::string> got;
  set_log_sink([&](LogLevel level, std::string_view message) {
    got.emplace_back(message);
    if (got.size() < 3) log(level, "again");
  });
  log(LogLevel::kInfo, "once");
  EXPECT_EQ(got, (std::vector<std::string>{"once", "again", "again"}));
}

// It lives as long as somebody is in it, and no longer.
TEST_F(Log, TheSinkMayBeReplacedWhileItRuns) {
  const auto held = std::make_shared<std::string>("held");

  std::string heard;
  set_log_sink([&heard, copy = held](LogLevel, std::string_view) {
    set_log_sink([&heard](LogLevel, std::string_view message) { heard = message; });
    log(LogLevel::kInfo, "to the new one");
    heard += " of " + *copy;
  });
  EXPECT_EQ(held.use_count(), 2);
  log(LogLevel::kInfo, "to the old one");
  EXPECT_EQ(heard, "to the new one of held");
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(Log, AnExceptionOfTheSinkComesOut) {
  set_log_sink([](LogLevel, std::string_view) { throw std::runtime_error("from the sink"); });
  EXPECT_THROW(log(LogLevel::kInfo, "one"), std::runtime_error);
  EXPECT_THROW(log(LogLevel::kInfo, "two"), std::runtime_error);
}

TEST_F(Log, AForkedChildLogsWhateverOtherThreadsWereDoing) {
  if (!test::kCanFork) GTEST_SKIP() << "sanitizers cannot follow a fork";
  std::atomic<int> count{0};
  const auto counting = [&](LogLevel, std::string_view) { ++count; };
  set_log_sink(counting);
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) {
      set_log_sink(counting);
      log(LogLevel::kInfo, "busy");
    }
  });
  for (int round = 0; round < 100; ++round) {
    const std::string end = test::forked([&] {
      const int before = count;
      log(LogLevel::kInfo, "child");
      return count == before + 1;
    });
    EXPECT_EQ(end, "exit 0") << round;
    if (end != "exit 0") break;
  }
  stop = true;
  other.join();
}

}  // namespace
}  // namespace dem
