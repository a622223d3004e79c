// What all formats share: recognition, and requests that do not belong to the file.
#include "dem/io/array_file.h"

#include <gtest/gtest.h>

#include <locale>

#include "base/text.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;

// A CSV file whose bytes 124 and on are `text`.
std::string csv_with(const std::string& text) {
  return std::string(123, 'a') + "," + text + "\n1,2\n";
}

TEST(ArrayFile, LettersWhereMatHasItsByteOrderDoNotMakeAMatFile) {
  TemporaryFolder folder;
  const auto file = ArrayFile::open(folder.write("a.csv", csv_with("xxMINK")));
  EXPECT_EQ(file->format(), FileFormat::kCsv);
  EXPECT_EQ(file->read_strings(file->require("header")).back(), "xxMINK");
}

TEST(ArrayFile, AnInfoOfAnotherFileIsRefused) {
  TemporaryFolder folder;
  const auto small = ArrayFile::open(folder.write("small.csv", "1,2\n3,4\n"));
  const auto large = ArrayFile::open(folder.write("large.csv", "1,2\n3,4\n5,6\n"));
  ArrayInfo forged = small->arrays()[0];
  expect_error(
      ErrorKind::kFormat, {"small", "large.csv"}, [&] { (void)read_matrix(*large, forged, 0); });
  forged.name = "large";
  expect_error(ErrorKind::kInvalidArgument, {"large.csv", "[3, 2]", "[2, 2]"}, [&] {
    (void)read_matrix(*large, forged, 0);
  });
}

TEST(ArrayFile, WhatHoldsNoNumbersIsRefusedBeforeMemoryIsAskedFor) {
  TemporaryFolder folder;
  const auto file = ArrayFile::open(folder.write("a.csv", "x,1\ny,2\n"));
  ArrayInfo info = file->require("names");
  info.shape = {Index{1} << 40, Index{1} << 20};
  expect_error(ErrorKind::kFormat, {"names", "expected numbers"}, [&] {
    (void)read_matrix(*file, info, 0);
  });
}

TEST(ArrayFile, TextThatIsNotUtf8IsTakenForLatin1) {
  TemporaryFolder folder;
  const auto file = ArrayFile::open(folder.write("a.csv",
                                                 "ara\xe7"
                                                 "ari,1\nm\xc3\xa9sange,2\n"));
  const std::vector<std::string> expected = {
      "ara\xc3\xa7"
      "ari",
      "m\xc3\xa9sange"};
  EXPECT_EQ(file->read_strings(file->require("names")), expected);
}

// Groups digits by three, as many languages do.
struct Grouping : std::numpunct<char> {
  char do_thousands_sep() const override { return ','; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(ArrayFile, TheProgramsLocaleDoesNotReachTexts) {
  const std::locale before = std::locale::global(std::locale(std::locale(), new Grouping));
  const std::string text = concat(24295, " ", join(std::vector<Index>{1024, 2048}));
  std::locale::global(before);
  EXPECT_EQ(text, "24295 1024, 2048");
}

}  // namespace
}  // namespace dem
