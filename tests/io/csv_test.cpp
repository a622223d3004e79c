#include <gtest/gtest.h>

#include <cmath>

#include "io/csv_scanner.h"
#include "io/formats.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;

class Csv : public ::testing::Test {
 protected:
  std::unique_ptr<ArrayFile> open(std::string_view text, std::string_view name = "data.csv") {
    return open_csv(folder_.write(name, text));
  }

  std::vector<std::vector<float>> numbers(std::string_view text) {
    const auto file = open(text);
    const Matrix<float> m = read_matrix(*file, file->require("data"), 0);
    std::vector<std::vector<float>> rows;
    for (Index i = 0; i < m.rows(); ++i) rows.emplace_back(m.row(i).begin(), m.row(i).end());
    return rows;
  }

  std::vector<std::string> strings(std::string_view text, std::string_view array) {
    const auto file = open(text);
    return file->read_strings(file->require(array));
  }

  // Opens and reads everything; the first error that comes.
  void read_all(std::string_view text) {
    const auto file = open(text);
    for (const ArrayInfo& info : file->arrays()) {
      if (info.type == ElementType::kText) {
        (void)file->read_strings(info);
      } else {
        (void)read_matrix(*file, info, 0);
      }
    }
  }

  TemporaryFolder folder_;
};

using Rows = std::vector<std::vector<float>>;
using Strings = std::vector<std::string>;

// Only where somebody says so, and in matrices alone.
TEST_F(Csv, MissingCellsAreNaNOnRequest) {
  const auto file = open("a,b,c,d\n1,,NA,2\nN/A,3,n/a,\n");
  Matrix<float> values(2, 4);
  const auto read = [&] { file->read_matrix(file->require("data"), 0, values); };
  expect_error(ErrorKind::kFormat, {"line 2, column 2", "a number", "an empty cell"}, read);
  file->take_missing_cells();
  read();
  // 1 . . 2
  // . 3 . .
  const bool known[2][4] = {{true, false, false, true}, {false, true, false, false}};
  for (Index i = 0; i < 2; ++i) {
    for (Index j = 0; j < 4; ++j) EXPECT_NE(std::isnan(values(i, j)), known[i][j]) << i << j;
  }
  EXPECT_EQ(values(0, 0), 1);
  const auto other = open("1,2\n1,Na\n");
  other->take_missing_cells();
  expect_error(ErrorKind::kFormat, {"a number", "Na"}, [&] {
    (void)read_matrix(*other, other->require("data"), 0);
  });
  const auto labels = open("1\nNA\n3\n");
  labels->take_missing_cells();
  expect_error(ErrorKind::kFormat, {"line 2", "a number", "NA"}, [&] {
    (void)labels->read_integers(labels->require("data"));
  });
  expect_error(ErrorKind::kFormat, {"headings or numbers", "no known number"}, [&] {
    (void)open("ant,NA,NA\nbee,1,2\n");
  });
}

TEST_F(Csv, PlainNumbersAreOneMatrixNamedAsTheFile) {
  const auto file = open("1,2.5,-3e2\n+4,.5,6.\n");
  ASSERT_EQ(file->arrays().size(), 1u);
  EXPECT_EQ(file->arrays()[0].name, "data");
  EXPECT_EQ(file->arrays()[0].shape, (std::vector<Index>{2, 3}));
  EXPECT_EQ(numbers("1,2.5,-3e2\n+4,.5,6.\n"), (Rows{{1, 2.5, -300}, {4, 0.5, 6}}));
}

TEST_F(Csv, TheOtherAxisGivesTheTranspose) {
  const auto file = open("1,2,3\n4,5,6\n");
  const Matrix<float> m = read_matrix(*file, file->arrays()[0], 1);
  ASSERT_EQ(m.rows(), 3);
  EXPECT_EQ(m(2, 0), 3.0f);
  EXPECT_EQ(m(0, 1), 4.0f);
}

TEST_F(Csv, DelimitersLineEndsAndByteOrderMarkMakeNoDifference) {
  const Rows expected = {{1, 2}, {3, 4}};
  for (const char* text : {"1,2\n3,4\n",
                           "1,2\n3,4",
                           "1\t2\n3\t4\n",
                           "1;2\n3;4\n",
                           "1,2\r\n3,4\r\n",
                           "1,2\r3,4\r",
                           "1,2\n3,4\n\n\r\n",
                           " 1 , 2 \n3\t,\t4\n",
                           "\"1\",\"2\"\n\"3\",4\n",
                           "\xef\xbb\xbf"
                           "1,2\n3,4\n",
                           "a,b\n1,2\n3,4\n",
                           "\"a\n,b\",c\n1,2\n3,4\n"}) {
    EXPECT_EQ(numbers(text), expected) << text;
  }
}

TEST_F(Csv, ClassesWithNamesAndHeadingsGiveThreeArrays) {
  const char* text = "class,black,white\nzebra,1,0.5\n\"polar bear\",0,1\n";
  const auto file = open(text);
  ASSERT_EQ(file->arrays().size(), 3u);
  EXPECT_EQ(file->arrays()[0].shape, (std::vector<Index>{2, 2}));
  EXPECT_EQ(file->arrays()[1].shape, (std::vector<Index>{2}));
  EXPECT_EQ(file->arrays()[2].shape, (std::vector<Index>{2}));
  EXPECT_EQ(numbers(text), (Rows{{1, 0.5}, {0, 1}}));
  EXPECT_EQ(strings(text, "names"), (Strings{"zebra", "polar bear"}));
  EXPECT_EQ(strings(text, "header"), (Strings{"black", "white"}));
}

TEST_F(Csv, NamesNeedNoHeadingsAndMayLookLikeNumbersLater) {
  EXPECT_EQ(strings("zebra,1\nox,2\n", "names"), (Strings{"zebra", "ox"}));
  EXPECT_EQ(strings("class,x\nzebra,1\n747,2\n", "names"), (Strings{"zebra", "747"}));
}

TEST_F(Csv, TheCornerHeadingMayBeEmpty) {
  const char* text = ",black,white\nzebra,1,2\n";
  EXPECT_EQ(strings(text, "header"), (Strings{"black", "white"}));
  EXPECT_EQ(strings(text, "names"), (Strings{"zebra"}));
}

TEST_F(Csv, QuotedCellsMayHoldDelimitersQuotesAndLineEnds) {
  EXPECT_EQ(strings("\"a, \"\"b\"\"\",1\n\"c\nd\" ,2\n", "names"), (Strings{"a, \"b\"", "c\nd"}));
}

TEST_F(Csv, LabelsOfOneColumnReadAsIntegersAndAsAMatrix) {
  for (const char* text : {"3\n1\n2\n", "label\n3\n1\n2\n", "3.0\n1\n2e0"}) {
    const auto file = open(text, "labels.csv");
    const ArrayInfo& info = file->require("labels");
    EXPECT_EQ(info.shape, (std::vector<Index>{3, 1})) << text;
    EXPECT_EQ(file->read_integers(info), (std::vector<std::int64_t>{3, 1, 2})) << text;
    EXPECT_EQ(read_matrix(*file, info, 0)(2, 0), 2.0f) << text;
  }
}

TEST_F(Csv, OneRowReadsAsIntegersToo) {
  const auto file = open("3,1,2\n");
  EXPECT_EQ(file->read_integers(file->arrays()[0]), (std::vector<std::int64_t>{3, 1, 2}));
}

TEST_F(Csv, AHeadingMakesNamesOfNumbers) {
  const auto file = open("Class,x\n101,1\n007,2\nemu,3\n");
  EXPECT_EQ(file->read_strings(file->require("names")),
            (std::vector<std::string>{"101", "007", "emu"}));
  EXPECT_EQ(file->read_strings(file->require("header")), std::vector<std::string>{"x"});
  EXPECT_EQ(file->arrays().front().shape, (std::vector<Index>{3, 1}));
  // A column alone holds the numbers, and another heading names a column of them.
  EXPECT_EQ(open("class\n101\n")->find("names"), nullptr);
  EXPECT_EQ(open("id,x\n101,1\n")->find("names"), nullptr);
}

TEST_F(Csv, OneColumnOfTextIsAListOfNamesWithoutHeadings) {
  const auto file = open("zebra\npolar bear\nox", "classes.txt");
  ASSERT_EQ(file->arrays().size(), 1u);
  EXPECT_EQ(file->read_strings(file->require("names")), (Strings{"zebra", "polar bear", "ox"}));
}

TEST_F(Csv, NotANumberAndInfinityAreReadForTheCallerToJudge) {
  const Rows rows = numbers("1,nan\n-inf,2\n");
  EXPECT_TRUE(std::isnan(rows[0][1]));
  EXPECT_EQ(rows[1][0], -INFINITY);
}

TEST_F(Csv, TheDelimiterIsFoundBesideOthersInTheText) {
  EXPECT_EQ(detect_delimiter("1,5;2,5\n3,5;4,5\n"), ';');
  EXPECT_EQ(detect_delimiter("antelope; african,1,2\nbear,3,4\n"), ',');
  EXPECT_EQ(detect_delimiter("\"a;b\",1\n\"c\",2\n"), ',');
  EXPECT_EQ(detect_delimiter("a, b\t1\nc\t2\n"), '\t');
  EXPECT_EQ(detect_delimiter("1;2;3"), ';');
  EXPECT_EQ(detect_delimiter("1\n2\n"), ',');
  EXPECT_EQ(detect_delimiter(""), ',');
}

struct BrokenCase {
  const char* what;
  std::string_view text;
  std::initializer_list<std::string_view> message;
};

TEST_F(Csv, BrokenTextIsRefusedWithItsPlace) {
  using namespace std::string_view_literals;
  const BrokenCase kCases[] = {
      {"empty", ""sv, {"data.csv", "empty file"}},
      {"blank", "\n\r\n"sv, {"empty file"}},
      {"headings only", "class,black,white\n"sv, {"headings only"}},
      {"short row", "1,2,3\n4,5\n"sv, {"line 2", "column 2", "3 cells", "got 2"}},
      {"long row", "1,2\n3,4\n5,6,7,8\n"sv, {"line 3", "column 3", "2 cells", "more"}},
      {"empty cell", "1,2\n3,\n"sv, {"line 2", "column 2", "a number", "an empty cell"}},
      {"quoted empty cell", "1,2\n3,\"\"\n"sv, {"line 2", "column 2", "an empty cell"}},
      {"blank line", "1\n\n2\n"sv, {"line 2", "column 1", "an empty cell"}},
      {"blank line within", "1,2\n\n3,4\n"sv, {"line 2", "2 cells", "got 1"}},
      {"word", "1,2\n3,four\n"sv, {"line 2", "column 2", "a number", "\"four\""}},
      {"word in the first column", "1,2\nx,4\n"sv, {"line 2", "column 1", "\"x\""}},
      {"word in the first cell", "x,2\n3,4\n"sv, {"line 1", "column 1", "\"x\""}},
      {"word in the first line", "1,x,3\n4,5,6\n"sv, {"line 1", "column 2", "\"x\""}},
      {"unit", "1,2\n3,4kg\n"sv, {"line 2", "column 2", "\"4kg\""}},
      {"decimal comma and point", "1.5;2,5\n3;4,5\n"sv, {"line 1", "column 2", "\"2,5\""}},
      {"two signs", "1,2\n3,+-4\n"sv, {"\"+-4\""}},
      {"hexadecimal", "1,2\n3,0x10\n"sv, {"\"0x10\""}},
      {"beyond double", "1,2\n3,1e999\n"sv, {"line 2", "column 2", "\"1e999\""}},
      {"open quote", "a,b\n1,\"2\n3,4\n"sv, {"line 2", "column 2", "closing quote"}},
      {"text behind a quote", "1,2\n\"3\"x,4\n"sv, {"line 2", "column 1", "delimiter", "\"x\""}},
      {"zero byte", "1,2\n3,\0\n"sv, {"line 2", "column 2", "zero byte"}},
      {"UTF-16",
       "\xff\xfe"
       "1\0"sv,
       {"UTF-8", "UTF-16"}},
      {"empty heading", "class,,white\nzebra,1,2\n"sv, {"line 1", "column 2", "a heading"}},
      {"empty name", "class,x\nzebra,1\n,2\n"sv, {"line 3", "column 1", "a name"}},
  };
  for (const BrokenCase& c : kCases) {
    SCOPED_TRACE(c.what);
    expect_error(ErrorKind::kFormat, c.message, [&] { read_all(c.text); });
  }
}

TEST_F(Csv, PlacesCountLinesWithinQuotesToo) {
  expect_error(
      ErrorKind::kFormat, {"line 4", "column 2"}, [&] { read_all("\"a\nb\",1\r\nc,2\nd,x\n"); });
}

TEST_F(Csv, FractionsAreNoIntegers) {
  const auto file = open("1\n2.5\n");
  expect_error(ErrorKind::kFormat, {"line 2", "whole number", "\"2.5\""}, [&] {
    (void)file->read_integers(file->arrays()[0]);
  });
  const auto wide = open("1,2\n3,4\n");
  expect_error(
      ErrorKind::kShapeMismatch, {"[2, 2]"}, [&] { (void)wide->read_integers(wide->arrays()[0]); });
}

TEST_F(Csv, EveryTruncationReadsAsFewerNumbersOrIsRefused) {
  const std::string whole = "class,black,white\nzebra,1,0.5\n\"polar bear\",0,1\n";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    try {
      read_all(whole.substr(0, length));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFormat) << length;
    }
  }
  // Cut within a row of numbers, the row is too short or ends in an empty cell.
  for (const std::size_t length : {19u, 23u, 24u, 26u, 36u, 43u, 45u}) {
    EXPECT_THROW(read_all(whole.substr(0, length)), Error) << length;
  }
}

TEST_F(Csv, LongAndForeignCellsAreShownCutBetweenCharacters) {
  EXPECT_EQ(shown("ab"), "\"ab\"");
  EXPECT_EQ(shown("a\nb"), "\"a?b\"");
  // 39 letters, then a character of two bytes across the limit of 40.
  EXPECT_EQ(shown(std::string(39, 'x') + "\xc3\xa4"), "\"" + std::string(39, 'x') + "...\"");
}

TEST_F(Csv, AMissingFileIsAnIoError) {
  const std::string path = folder_.file("none.csv");
  expect_error(ErrorKind::kIo, {path}, [&] { (void)open_csv(path); });
}

TEST_F(Csv, DamagedFilesAreReadOrRefused) {
  test::expect_read_or_refused("class,black,white\nzebra,1,0.5\n\"polar bear\",0,1\n",
                               3000,
                               [&](const std::string& bytes) { read_all(bytes); });
}

}  // namespace
}  // namespace dem
