#include "data/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;

// Labels of which one begins as a comment does.
TEST(TextTable, ANameIsNoCommentInQuotes) {
  const test::TemporaryFolder folder;
  const std::string path =
      folder.write("labels.csv", "# by hand\n\"#dog\"\n## more\nant\n#\n% end\nbee\n");
  EXPECT_THAT(read_text_table(path, CsvFirstColumn::kCells).cells,
              ElementsAre("#dog", "ant", "bee"));
}

TEST(TextTable, ACommentThatMayBeANameIsRefused) {
  const test::TemporaryFolder folder;
  for (const char* text : {"ant\nbee\n#dog\ncat\n", "ant\r\nbee\r\n  %dog\r\n"}) {
    const std::string path = folder.write("labels.csv", text);
    expect_error(ErrorKind::kFormat,
                 {"labels.csv: line 3", "a comment with a blank", "a name in quotes", "dog\""},
                 [&] { (void)read_text_table(path, CsvFirstColumn::kCells); });
  }
}

}  // namespace
}  // namespace dem
