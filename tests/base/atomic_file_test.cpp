#include "base/atomic_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "dem/base/error.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("dem_atomic_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator{}));
  }
  static std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  fs::path folder_;
};

TEST_F(AtomicFileTest, AppearsWholeOnCommit) {
  const std::string big(3 << 20, 'x');  // three times the buffer
  AtomicFile file(path("a"));
  file.write(big);
  file.write("end");
  EXPECT_FALSE(fs::exists(path("a")));
  file.commit();
  EXPECT_EQ(content(path("a")), big + "end");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, LeavesTheOldFileWithoutCommit) {
  write_file_atomically(path("a"), "old");
  {
    AtomicFile file(path("a"));
    file.write("new");
  }
  EXPECT_EQ(content(path("a")), "old");
  EXPECT_EQ(files(), 1u);
}

// A name that points to a device stands for it: the test would destroy the device otherwise.
TEST_F(AtomicFileTest, WritesToADeviceInItsPlace) {
  std::filesystem::create_symlink("/dev/null", path("null"));
  AtomicFile(path("null")).write("lost");
  AtomicFile file(path("null"));
  file.write("lost");
  file.commit();
  EXPECT_TRUE(std::filesystem::is_character_file(path("null")));
  std::filesystem::create_symlink("/dev/full", path("full"));
  AtomicFile full(path("full"));
  full.write("too much");
  EXPECT_THROW(full.commit(), Error);
  EXPECT_TRUE(std::filesystem::is_character_file(path("full")));
}

TEST_F(AtomicFileTest, NamesThePathAndTheReasonOfAFailure) {
  try {
    write_file_atomically(path("missing/a"), "text");
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    const std::string text = error.what();
    EXPECT_NE(text.find("missing/a"), std::string::npos) << text;
    EXPECT_NE(text.find("No such file"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace dem
