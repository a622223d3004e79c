#include "io/csv_rows.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;

// The boundary of whole records, found again one character at a time by the scanner itself.
TEST(WholeRecords, EndWhereTheScannerEndsThem) {
  const std::string text = "1,\"a\nb\",3\r\n4,5\"\"\n,6\n\"\"\"x\"\"\n\",7,8\n\n\n9,8,7\n";
  std::vector<std::size_t> ends;  // of records, by hand
  for (const char* record : {"1,\"a\nb\",3\r\n", "4,5\"\"\n", ",6\n", "\"\"\"x\"\"\n\",7,8\n"}) {
    ends.push_back((ends.empty() ? 0 : ends.back()) + std::strlen(record));
  }
  for (std::size_t length = 0; length <= ends.back(); ++length) {
    std::size_t expected = 0;
    for (const std::size_t end : ends) expected = end <= length ? end : expected;
    EXPECT_EQ(whole_records(std::string_view(text).substr(0, length), {}), expected) << length;
  }
  const std::size_t with_blank_lines = ends.back() + 2;
  EXPECT_EQ(whole_records(std::string_view(text).substr(0, with_blank_lines), {}), ends.back());
  EXPECT_EQ(whole_records(text, {}), text.size());
}

class LongRecords : public ::testing::Test {
 protected:
  static constexpr std::size_t kLongest = 1000;

  // Opens the text and reads all of its rows of one number.
  std::vector<float> read(const std::string& text, std::size_t longest = kLongest) {
    auto file = std::make_unique<SequentialFile>(folder_.write("x.csv", text));
    const auto reader = CsvRows::open(std::move(file), "", longest);
    std::vector<float> values(100);
    values.resize(static_cast<std::size_t>(reader->read({values.data(), 100, 1})));
    return values;
  }
  // Skips all of its rows.
  Index skip(const std::string& text) {
    auto file = std::make_unique<SequentialFile>(folder_.write("x.csv", text));
    return CsvRows::open(std::move(file), "", kLongest)->skip(100);
  }
  // A name and a number in a record of so many bytes.
  static std::string record(std::size_t bytes) { return std::string(bytes - 3, 'x') + ",7\n"; }

  TemporaryFolder folder_;
};

TEST_F(LongRecords, AreReadUpToTheLimit) {
  const std::string longest = record(kLongest);
  EXPECT_EQ(read(longest), (std::vector<float>{7}));
  EXPECT_EQ(read(longest.substr(0, kLongest - 1)), (std::vector<float>{7}));
  EXPECT_EQ(read("a,1\n" + longest + "b,2\n"), (std::vector<float>{1, 7, 2}));
  EXPECT_EQ(read(longest + longest + "b,2\n" + longest), (std::vector<float>{7, 7, 2, 7}));
  EXPECT_EQ(skip(longest + longest + "b,2\n" + longest), 4);
}

TEST_F(LongRecords, AreRefusedBeyondItWithTheirLine) {
  const std::string longer = record(kLongest + 1);
  const struct {
    std::string text;
    const char* line;
  } cases[] = {{longer, "line 1:"},
               {longer + "b,2\n", "line 1:"},
               {longer.substr(0, kLongest), "line 1:"},
               {"name,x\n" + longer, "line 2:"},
               {"a,1\n\"b\nc\",2\n" + longer, "line 4:"},
               {"a,1\nb,2\n\"" + record(kLongest) + "c,3\n", "line 3:"}};
  for (const auto& c : cases) {
    for (const bool skipping : {false, true}) {
      expect_error(ErrorKind::kFormat,
                   {"x.csv", c.line, "at most 1000 bytes", "got a longer one"},
                   [&] { skipping ? (void)skip(c.text) : (void)read(c.text); });
    }
  }
}

TEST_F(LongRecords, AreRefusedBeyond64MiB) {
  expect_error(ErrorKind::kFormat, {"x.csv: line 2:", "at most 67108864 bytes"}, [&] {
    (void)read("a,1\n" + record(kLongestCsvRecord + 1), kLongestCsvRecord);
  });
}

}  // namespace
}  // namespace dem
