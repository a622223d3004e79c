// Tables of text as numpy, pandas, GloVe, word2vec, R and spreadsheets write them, each read from a
// file and from a stream.
#include <gtest/gtest.h>

#include <optional>

#include "dem/base/log.h"
#include "dem/io/feature_stream.h"
#include "io/csv_file.h"
#include "support/files.h"
#include "support/log_lines.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;

using Rows = std::vector<std::vector<float>>;
using Strings = std::vector<std::string>;

struct Reading {
  const char* what;
  std::string text;
  Rows rows;
  Strings names;   // empty: none
  Strings header;  // empty: none
};

class TextDialects : public ::testing::Test {
 protected:
  static Rows rows_of(const Matrix<float>& m) {
    Rows rows;
    for (Index i = 0; i < m.rows(); ++i) rows.emplace_back(m.row(i).begin(), m.row(i).end());
    return rows;
  }
  static Strings strings(ArrayFile& file, std::string_view name) {
    const ArrayInfo* info = file.find(name);
    return info == nullptr ? Strings() : file.read_strings(*info);
  }
  std::string write(const std::string& text) { return folder_.write("data.csv", text); }
  // As `dem predict` reads, without knowing how many rows there are.
  static Rows streamed(const std::string& path, Index columns) {
    FeatureStream stream(path, {});
    Matrix<float> out(100, columns);
    const Index count = stream.read(out);
    Rows rows = rows_of(out);
    rows.resize(static_cast<std::size_t>(count));
    return rows;
  }
  void expect_read(const Reading& c) {
    SCOPED_TRACE(c.what);
    const std::string path = write(c.text);
    try {
      const auto file = open_csv_file(path);
      EXPECT_EQ(strings(*file, "names"), c.names);
      EXPECT_EQ(strings(*file, "header"), c.header);
      const ArrayInfo* info = file->find("data");
      ASSERT_EQ(info == nullptr, c.rows.empty());
      if (info == nullptr) return;
      EXPECT_EQ(rows_of(read_matrix(*file, *info, 0)), c.rows);
      EXPECT_EQ(streamed(path, static_cast<Index>(c.rows[0].size())), c.rows);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
  static std::unique_ptr<CsvFile> open_csv_file(const std::string& path) {
    return std::make_unique<CsvFile>(path);
  }
  // In a file and in a stream.
  void expect_refused(const char* what,
                      const std::string& text,
                      std::initializer_list<std::string_view> parts) {
    SCOPED_TRACE(what);
    const std::string path = write(text);
    expect_error(ErrorKind::kFormat, parts, [&] {
      const auto file = open_csv_file(path);
      for (const ArrayInfo& info : file->arrays()) {
        if (info.type != ElementType::kText) (void)read_matrix(*file, info, 0);
      }
    });
    expect_error(ErrorKind::kFormat, parts, [&] {
      FeatureStream stream(path, {});
      Matrix<float> out(100, stream.cols());
      (void)stream.read(out);
    });
  }

  TemporaryFolder folder_;
};

TEST_F(TextDialects, NumbersBetweenBlanks) {
  const Rows rows = {{0.5, 1, 2.25}, {3, 4, 5}};
  const Strings names = {"ant", "bee"};
  for (const Reading& c : std::vector<Reading>{
           {"numpy.savetxt", "0.5 1 2.25\n3 4 5\n", rows, {}, {}},
           {"padded columns", "   0.50   1.00   2.25\r\n   3.00   4.00   5.00\r\n", rows, {}, {}},
           {"blanks at line ends", "0.5 1 2.25 \n3 4 5 \n", rows, {}, {}},
           {"tabs and blanks", "0.5 1\t2.25\n3 \t4 5\n", rows, {}, {}},
           {"one row", "0.5 1 2.25\n", {{0.5, 1, 2.25}}, {}, {}},
           {"GloVe", "ant 0.5 1 2.25\nbee 3 4 5\n", rows, names, {}},
           {"word2vec", "2 3\nant 0.5 1 2.25\nbee 3 4 5\n", rows, names, {}},
           {"word2vec, a number", "2 1\nant 0.5\nbee 3\n", {{0.5}, {3}}, names, {}},
           {"GloVe with phrases",
            "polar bear 0.5 1 2.25\nbee 3 4 5\n",
            rows,
            {"polar bear", "bee"},
            {}},
           {"GloVe with numbers in names",
            "bee 0.5 1 2.25\nboeing 747 3 4 5\n",
            rows,
            {"bee", "boeing 747"},
            {}},
           {"GloVe with a number in every name",
            "class 00 0.5 1 2.25\nclass 01 3.5 4 5\nclass 02 6 7 8\n",
            {{0.5, 1, 2.25}, {3.5, 4, 5}, {6, 7, 8}},
            {"class 00", "class 01", "class 02"},
            {}},
           {"features of one class",
            "ant 0.5 1 2.25\nant 3 4 5\nant 6 7 8\n",
            {{0.5, 1, 2.25}, {3, 4, 5}, {6, 7, 8}},
            {"ant", "ant", "ant"},
            {}},
           {"GloVe with marks",
            "the 1 2 3\n, 0.5 1 2.25\n\" 3 4 5\n\"\" 6 7 8\n",
            {{1, 2, 3}, {0.5, 1, 2.25}, {3, 4, 5}, {6, 7, 8}},
            {"the", ",", "\"", "\"\""},
            {}},
           {"GloVe with a mark of comments",
            "# 2 2 3 4 5 6 7 8\nant 8 7 6 5 4 3 2 1\n% 1 1 1 1 1 1 1 2\n",
            {{2, 2, 3, 4, 5, 6, 7, 8}, {8, 7, 6, 5, 4, 3, 2, 1}, {1, 1, 1, 1, 1, 1, 1, 2}},
            {"#", "ant", "%"},
            {}},
           {"headings", "class a b c\nant 0.5 1 2.25\nbee 3 4 5\n", rows, names, {"a", "b", "c"}},
           {"headings of numbers alone", "a b c\n0.5 1 2.25\n3 4 5\n", rows, {}, {"a", "b", "c"}},
           {"R, write.table",
            "\"a\" \"b\" \"c\"\n\"ant\" 0.5 1 2.25\n\"polar bear\" 3 4 5\n",
            rows,
            {"ant", "polar bear"},
            {"a", "b", "c"}},
           {"decimal commas", "0,5 1 2,25\n3 4 5\n", rows, {}, {}},
           {"a name and numbers by tab and blanks",
            "ant\t0.5 1 2.25\nbee\t3 4 5\n",
            rows,
            names,
            {}},
       }) {
    expect_read(c);
  }
  // One number behind words is part of a name.
  expect_read({"names", "class 1\nclass 2\n", {}, {"class 1", "class 2"}, {}});
  expect_read({"names of words", "polar bear\nox\n", {}, {"polar bear", "ox"}, {}});
}

TEST_F(TextDialects, TheCountLineIsHeldTo) {
  expect_refused("fewer", "3 2\nant 1 2\nbee 3 4\n", {"data.csv", "3 rows", "got 2"});
  expect_refused("more", "1 2\nant 1 2\nbee 3 4\n", {"data.csv", "1 rows", "got 2"});
  std::string late = "11 2\n";
  for (int i = 0; i < 10; ++i) late += "ant 1 2\n";
  expect_refused("a short row", late + "ox 1\n", {"line 12", "3 cells", "got 2"});
}

TEST_F(TextDialects, LinesOfComments) {
  const Rows rows = {{1, 2}, {3, 4}};
  for (const Reading& c : std::vector<Reading>{
           {"above", "# made by someone\n1,2\n3,4\n", rows, {}, {}},
           {"several, with a quote", "% a \"quote\n#, \"b\n1,2\n3,4\n", rows, {}, {}},
           {"within and below", "1,2\n# half\n3,4\n# end\n", rows, {}, {}},
           {"of other columns", "# x,y,z\n1,2\n3,4\n", rows, {}, {}},
           {"above headings", "# from a sheet\na,b\n1,2\n3,4\n", rows, {}, {"a", "b"}},
           {"between blanks", "# savetxt\n1 2\n3 4\n", rows, {}, {}},
           {"of numbers", "# shape: 30, 16\n# 30 16\n1;2\n3;4\n", rows, {}, {}},
           {"a name that begins so, first", "#ant,1,2\nbee,3,4\n", rows, {"#ant", "bee"}, {}},
           {"a name that begins so", "ant,1,2\n#bee,3,4\n", rows, {"ant", "#bee"}, {}},
       }) {
    expect_read(c);
  }
}

TEST_F(TextDialects, HeadingsThatAreNumbers) {
  const Rows rows = {{.5, 1, .25, 2}, {3, 4, 5, 6}};
  const Strings from0 = {"0", "1", "2", "3"}, from1 = {"1", "2", "3", "4"};
  const std::string text = "0.5,1,0.25,2\n3,4,5,6\n";
  for (const Reading& c : std::vector<Reading>{
           {"pandas", "0,1,2,3\n" + text, rows, {}, from0},
           {"from 1", "1,2,3,4\n" + text, rows, {}, from1},
           {"as decimals", "0.0,1.0,2.0,3.0\n" + text, rows, {}, {"0.0", "1.0", "2.0", "3.0"}},
           {"under class",
            "class,0,1\nant,1,2\nbee,3,4\n",
            {{1, 2}, {3, 4}},
            {"ant", "bee"},
            {"0", "1"}},
           {"under label", "label,0,1\n7,1,2\n8,3,4\n", {{1, 2}, {3, 4}}, {"7", "8"}, {"0", "1"}},
           {"under name, other numbers",
            "name,2019,2020\nant,1,2\n",
            {{1, 2}},
            {"ant"},
            {"2019", "2020"}},
           {"over names under nothing",
            ",0,1\nant,1,2\nbee,3,4\n",
            {{1, 2}, {3, 4}},
            {"ant", "bee"},
            {"0", "1"}},
           {"over names under a word of one's own",
            "species,0,1,2,3\nant,0.5,1,0.25,2\nbee,3,4,5,6\n",
            rows,
            {"ant", "bee"},
            from0},
           {"over whole numbers",
            "0,1,2,3,4,5,6,7\n1,0,1,0,1,0,1,0\n",
            {{1, 0, 1, 0, 1, 0, 1, 0}},
            {},
            {"0", "1", "2", "3", "4", "5", "6", "7"}},
           {"no headings: other steps",
            "0,2,4,6\n" + text,
            {{0, 2, 4, 6}, rows[0], rows[1]},
            {},
            {}},
           {"no headings: three whole numbers", "1,2,3\n9,8,7\n", {{1, 2, 3}, {9, 8, 7}}, {}, {}},
           {"no headings: labels", "0\n1\n2\n", {{0}, {1}, {2}}, {}, {}},
           {"no headings: a row alone", "ant,1,2,3,4\n", {{1, 2, 3, 4}}, {"ant"}, {}},
       }) {
    expect_read(c);
  }
}

// What can be read in two ways names the ways to settle it.
TEST_F(TextDialects, CountingRowsInDoubtAreRefused) {
  const std::initializer_list<std::string_view> parts = {
      "data.csv: line 1", "headings or a row", "f0, f1", "such headings above"};
  expect_refused("rows that all count", "0,1,2,3\n4,5,6,7\n", parts);
  expect_refused("few whole numbers", "1,2,3,4\n9,0,0,1\n", parts);
  expect_refused("behind names", "ant,1,2,3,4\nbee,0,1,0,1\n", parts);
  expect_refused("two over decimals", "0,1\n0.5,0.25\n", parts);
  expect_refused("decimals behind class", "class,0.5,2\nant,1,2\n", parts);
  // Both ways out.
  expect_read({"as headings", "f0,f1\n0.5,0.25\n", {{.5, .25}}, {}, {"f0", "f1"}});
  expect_read({"as a row", "f0,f1\n0,1\n0.5,0.25\n", {{0, 1}, {.5, .25}}, {}, {"f0", "f1"}});
}

TEST_F(TextDialects, TheIndexOfADataFrameIsLeftOut) {
  const Rows rows = {{.5, 1}, {3, 4}};
  const Strings header = {"a", "b"};
  for (const Reading& c : std::vector<Reading>{
           {"to_csv", ",a,b\n0,0.5,1\n1,3,4\n", rows, {}, header},
           {"to_csv, columns without names", ",0,1\n0,0.5,1\n1,3,4\n", rows, {}, {"0", "1"}},
           {"read and written again", "Unnamed: 0,a,b\n0,0.5,1\n1,3,4\n", rows, {}, header},
           {"reset_index", "index,a,b\n0,0.5,1\n1,3,4\n", rows, {}, header},
           {"R, write.table with a corner",
            "\"\" \"a\" \"b\"\n\"1\" 0.5 1\n\"2\" 3 4\n",
            rows,
            {},
            header},
           {"R, write.csv", "\"\",\"a\",\"b\"\n\"1\",0.5,1\n\"2\",3,4\n", rows, {}, header},
           {"R, write.table", "\"a\",\"b\"\n\"1\",0.5,1\n\"2\",3,4\n", rows, {}, header},
           {"before names", ",class,a,b\n0,ant,0.5,1\n1,bee,3,4\n", rows, {"ant", "bee"}, header},
           {"before names, columns without names",
            ",name,0,1\n0,ant,0.5,1\n1,bee,3,4\n",
            rows,
            {"ant", "bee"},
            {"0", "1"}},
           {"before names that are numbers",
            ",name,0,1\n0,17,0.5,1\n1,8,3,4\n",
            rows,
            {"17", "8"},
            {"0", "1"}},
           {"an id before names",
            "id,who,a,b\n1,ant,0.5,1\n2,bee,3,4\n",
            rows,
            {"ant", "bee"},
            header},
           {"a numbered list", "1\tant\n2\tpolar bear\n", {}, {"ant", "polar bear"}, {}},
           {"a numbered table", "0,ant,0.5,1\n1,bee,3,4\n", rows, {"ant", "bee"}, {}},
           {"no index: other heading",
            "x,a,b\n0,0.5,1\n1,3,4\n",
            {{0, .5, 1}, {1, 3, 4}},
            {},
            {"x", "a", "b"}},
           {"no index: decimals",
            "index,a\n0.5,1\n1.5,2\n",
            {{.5, 1}, {1.5, 2}},
            {},
            {"index", "a"}},
       }) {
    expect_read(c);
  }
  expect_refused("does not go on",
                 ",a\n0,1\n1,1\n2,1\n3,1\n4,1\n5,1\n6,1\n7,1\n8,1\n17,1\n",
                 {"line 11, column 1", "expected 9", "\"17\"", "head it \"class\""});
  expect_refused(
      "does not begin", ",a\n5,1\n7,1\n", {"line 2, column 1", "0 or 1", "\"5\"", "\"class\""});
}

TEST_F(TextDialects, TheLogNamesTheIndex) {
  test::LogLines log;
  (void)open_csv_file(write("Unnamed: 0,a\n0,1\n1,2\n"));
  ASSERT_EQ(log.lines().size(), 1u);
  EXPECT_NE(log.lines()[0].find("first column \"Unnamed: 0\" is an index (0, 1, 2, ...), left out"),
            std::string::npos)
      << log.lines()[0];
}

TEST_F(TextDialects, DecimalCommasAndThousands) {
  const Rows rows = {{.5, 1234.5}, {3, 4}};
  for (const Reading& c : std::vector<Reading>{
           {"semicolons", "0,5;1234,5\n3;4\n", rows, {}, {}},
           {"semicolons, headings", "a;b\n0,5;1234,5\n3;4\n", rows, {}, {"a", "b"}},
           {"semicolons, names", "ant;0,5;1234,5\nbee;3;4\n", rows, {"ant", "bee"}, {}},
           {"tabs", "0,5\t1234,5\n3\t4\n", rows, {}, {}},
           {"exponents", "5E-01;1234,5\n3,0e0;4\n", rows, {}, {}},
           {"points for thousands", "0,5;1.234,5\n3;4\n", rows, {}, {}},
           {"commas for thousands", "\"0.5\",\"1,234.5\"\n3,4\n", rows, {}, {}},
           {"thousands without decimals beside points",
            "0.5;1,234\n3;4\n",
            {{.5, 1234}, {3, 4}},
            {},
            {}},
           {"three decimals beside one", "0,5;1,234\n3;4\n", {{.5, 1.234F}, {3, 4}}, {}, {}},
           {"three decimals behind 0", "0,123;0,234\n3;4\n", {{.123F, .234F}, {3, 4}}, {}, {}},
           {"millions", "1,234,567;2\n3;4\n", {{1234567, 2}, {3, 4}}, {}, {}},
       }) {
    expect_read(c);
  }
  const std::string_view in_doubt = "comma may be decimal or part thousands";
  expect_refused("in doubt", "1,234;5\n2;3\n", {"line 1, column 1", "\"1,234\"", in_doubt});
  expect_refused(
      "in doubt, quoted", "7,\"1,234\"\n2,3\n", {"line 1, column 2", "\"1,234\"", in_doubt});
  expect_refused("both marks", "0,5;1\n0.5;1\n", {"column 1", "not written as"});
  std::string late = "1;2\n";
  for (int i = 0; i < 20; ++i) late += "3;4\n";
  expect_refused("too late to tell", late + "5;6,5\n", {"line 22, column 2", "\"6,5\""});
  std::string point = "1,5;2\n";
  for (int i = 0; i < 20; ++i) point += "3;4\n";
  expect_refused("a point among commas", point + "5;6.5\n", {"line 22, column 2", "\"6.5\""});
}

TEST_F(TextDialects, TrailingDelimitersHoldNothing) {
  const Rows rows = {{1, 2}, {3, 4}};
  expect_read({"throughout", "1,2,\n3,4,\n", rows, {}, {}});
  expect_read({"headings with it", "a,b,\n1,2,\n3,4,\n", rows, {}, {"a", "b"}});
  expect_read({"headings without it", "a,b\n1,2,\n3,4,\n", rows, {}, {"a", "b"}});
  expect_read({"behind names", "ant;1;2;\nbee;3;4;\n", rows, {"ant", "bee"}, {}});
  std::string late = "1,2,\n";
  for (int i = 0; i < 20; ++i) late += "3,4,\n";
  expect_refused("a value there", late + "5,6,7\n", {"line 22, column 3", "nothing", "\"7\""});
}

TEST_F(TextDialects, WhatIsNoTableNamesItsCell) {
  expect_refused("a list in a cell",
                 "class,embedding\nant,\"[0.1, 0.2]\"\n",
                 {"line 2, column 2", "a list", "column a number"});
  expect_refused(
      "a list between blanks", "ant,0.1 0.2 0.3\nbee,1 2 3\n", {"column 2", "\"1 2 3\""});
  expect_refused("a list over cells", "ant,[1,2]\nbee,[3,4]\n", {"line 2", "of a list"});
  expect_refused("NA", "a,b\n1,NA\n", {"line 2, column 2", "\"NA\""});
  expect_refused("a second column of text",
                 "file,part,a\nx.jpg,test,1\ny.jpg,test,2\n",
                 {"line 2, column 2", "\"test\""});
  expect_refused("labels at the end", "a,b,label\n1,2,ant\n", {"line 2, column 3", "\"ant\""});
  expect_refused("UTF-16",
                 std::string("\xff\xfe"
                             "1\0,\0",
                             6),
                 {"UTF-8", "UTF-16"});
}

// The same answer whatever is behind the records that tell.
TEST_F(TextDialects, LongRecordsInAStreamAreReadAsInAFile) {
  const std::string name(std::size_t{1} << 20, 'x');
  const std::string text = ",class,a,b\n0," + name + ",0.5,1\n1," + name + ",3,4\n2,ant,5,6\n";
  expect_read({"long", text, {{.5, 1}, {3, 4}, {5, 6}}, {name, name, "ant"}, {"a", "b"}});
}

TEST_F(TextDialects, InWordsSaysWhatWasChecked) {
  const auto words = [&](const std::string& text) {
    std::string all;
    for (const auto& [key, value] : open_csv_file(write(text))->in_words()) {
      all += key + "=" + value + "\n";
    }
    return all;
  };
  EXPECT_EQ(words("Unnamed: 0;class;a;b\n0;ant;0,5;NA\n1;bee;;4\n"),
            "delimiter=semicolon\nheadings=yes\nindex=first column, 0, 1, 2, ...\n"
            "names=second column\ndecimals=comma\nrows x columns=2 x 2\nmissing cells=2\n");
  EXPECT_EQ(words("2 2\nant 1 2\nbee 3 4\n"),
            "delimiter=blanks\ncount line=2 rows\nheadings=none\nindex=none\nnames=first column\n"
            "rows x columns=2 x 2\nmissing cells=0\n");
  const std::string broken = words("0,1,2,3,\n0.5,1,x,3,\n1,2,y,3,\n");
  for (const char* part : {"headings=yes, numbers\n",
                           "trailing delimiter=yes",
                           "2 x 4",
                           "no numbers=2 cells, the first \"x\" on line 2, column 3"}) {
    EXPECT_NE(broken.find(part), std::string::npos) << broken;
  }
}

}  // namespace
}  // namespace dem
