// Tables with a row a class: rows found by name, whatever file they come from.
#include "data/class_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/name_match.h"
#include "dem/data/class_file.h"
#include "dem/data/class_names.h"
#include "io/mat_writer.h"
#include "io/npy_writer.h"
#include "io/npz.h"
#include "support/files.h"
#include "support/log_lines.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;
using testing::ElementsAre;

using Names = std::vector<std::string>;

class RowsOfClasses : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<std::vector<float>> read(
      const std::string& path, MissingDescriptions missing = MissingDescriptions::kKeep) const {
    const ClassRows rows = read_rows_of_classes(path, {classes_, "the data", named_}, missing);
    std::vector<std::vector<float>> out;
    for (Index i = 0; i < rows.values.rows(); ++i) {
      out.emplace_back(rows.values.row(i).begin(), rows.values.row(i).end());
    }
    return out;
  }
  [[nodiscard]] std::vector<std::vector<float>> read_text(const std::string& text) const {
    return read(folder_.write("words.txt", text));
  }
  void refused(ErrorKind kind,
               const std::string& text,
               std::initializer_list<std::string_view> parts) const {
    expect_error(kind, parts, [&] { (void)read_text(text); });
  }

  TemporaryFolder folder_;
  Names classes_ = {"ant", "polar+bear", "cat"};
  bool named_ = true;
};

// The rows that every table below has for these classes, in their order.
const std::vector<std::vector<float>> kRows = {{1, 2}, {3, 4}, {5, 6.5F}};

TEST_F(RowsOfClasses, AreFoundByNameInEveryTextTable) {
  for (const char* text : {
           "cat 5 6.5\nox 9 9\nant 1 2\npolar+bear 3 4\n",
           "4 2\ncat 5 6.5\nox 9 9\nant 1 2\npolar+bear 3 4\n",
           "cat,5,6.5\nant,1,2\npolar+bear,3,4\n",
           "class,0,1\ncat,5,6.5\nant,1,2\npolar+bear,3,4\n",
           ",name,a,b\n0,cat,5,6.5\n1,ant,1,2\n2,polar+bear,3,4\n",
           "1\tcat\t5\t6.5\n2\tant\t1\t2\n3\tpolar+bear\t3\t4\n",
           "# vectors\ncat;5;6,5\nant;1;2\npolar+bear;3;4\n",
           "\"V1\" \"V2\"\n\"cat\" 5 6.5\n\"ant\" 1 2\n\"polar+bear\" 3 4\n",
       }) {
    SCOPED_TRACE(text);
    EXPECT_EQ(read_text(text), kRows);
  }
}

TEST_F(RowsOfClasses, AreFoundByNameInArraysEitherWayRound) {
  Matrix<float> values(4, 2);  // cat, ox, ant, polar+bear
  const float numbers[] = {5, 6.5, 9, 9, 1, 2, 3, 4};
  std::copy(std::begin(numbers), std::end(numbers), values.data());
  const Names names = {"cat", "ox", "ant", "polar+bear"};
  for (const char* called : {"names", "class_names", "words"}) {
    for (const bool transposed : {false, true}) {
      const MatVariable variables[] = {
          {"vectors", MatrixView<const float>(values), ElementType::kFloat64, transposed},
          {called, std::span<const std::string>(names)}};
      write_mat5(folder_.file("w.mat"), variables);
      EXPECT_EQ(read(folder_.file("w.mat")), kRows) << called << transposed;
    }
  }
  const Names three = {"cat", "ox", "ant"};
  const MatVariable variables[] = {
      {"vectors", MatrixView<const float>(values), ElementType::kFloat64, false},
      {"names", std::span<const std::string>(three)}};
  write_mat5(folder_.file("w.mat"), variables);
  expect_error(ErrorKind::kShapeMismatch, {"w.mat", "3 rows, a row a name", "[4, 2]"}, [&] {
    (void)read(folder_.file("w.mat"));
  });
}

// A split file of layout gbu has several arrays, of which att is that of the classes.
TEST_F(RowsOfClasses, AreThoseOfAttInASplitFile) {
  Matrix<float> values(4, 2);  // cat, ox, ant, polar+bear
  const float numbers[] = {5, 6.5, 9, 9, 1, 2, 3, 4};
  std::copy(std::begin(numbers), std::end(numbers), values.data());
  const Names names = {"cat", "ox", "ant", "polar+bear"};
  const std::vector<std::int64_t> rows = {1, 2, 3};
  const MatrixView<const std::int64_t> list(rows.data(), 3, 1);
  const MatVariable variables[] = {
      {"att", MatrixView<const float>(values), ElementType::kFloat64, true},
      {"original_att", MatrixView<const float>(values), ElementType::kFloat64, true},
      {"trainval_loc", list},
      {"allclasses_names", std::span<const std::string>(names)}};
  const std::string path = folder_.file("split.mat");
  write_mat5(path, variables);
  EXPECT_EQ(read(path), kRows);
  EXPECT_EQ(*read_class_rows(path, MissingDescriptions::kKeep).names, names);
  // Without names in the order of the classes.
  classes_ = {"cat", "ox", "ant", "polar+bear"};
  write_mat5(path, std::span(variables).first(3));
  EXPECT_EQ(read(path).front(), (std::vector<float>{5, 6.5F}));
}

TEST_F(RowsOfClasses, WithoutNamesGoByPositionWithTheirNumberChecked) {
  EXPECT_EQ(read_text("1 2\n3 4\n5 6.5\n"), kRows);
  EXPECT_EQ(read_text(",a,b\n0,1,2\n1,3,4\n2,5,6.5\n"), kRows);
  refused(ErrorKind::kShapeMismatch, "1 2\n3 4\n", {"words.txt", "[3, any]", "the data"});
  Matrix<float> values(3, 2);
  for (Index i = 0; i < 6; ++i)
    values.data()[i] = kRows[static_cast<std::size_t>(i / 2)][static_cast<std::size_t>(i % 2)];
  write_npy(folder_.file("w.npy"), values);
  EXPECT_EQ(read(folder_.file("w.npy")), kRows);
}

TEST_F(RowsOfClasses, MissingClassesAreListedUpToThree) {
  refused(ErrorKind::kFormat,
          "ant 1 2\nox 3 4\n",
          {"words.txt", "a row for each class of the data", "none for \"polar+bear\", \"cat\""});
  classes_ = {"a", "b", "c", "d", "e"};
  refused(ErrorKind::kFormat, "a 1 2\nox 3 4\n", {"none for \"b\", \"c\", \"d\" and 1 more"});
  refused(ErrorKind::kFormat, "a 1 2\na 3 4\n", {"each class once", "\"a\" twice"});
}

TEST_F(RowsOfClasses, RowsOfOtherClassesAreLeftOutWithANote) {
  test::LogLines log;
  EXPECT_EQ(
      read_text("o1 7 7\ncat 5 6.5\no2 7 nan\no3 7 7\nant 1 2\no4 7 NA\nbear 1 1\npolar+bear 3 4\n"
                "o5 7 7\no5 7 7\n"),
      kRows);
  ASSERT_EQ(log.lines().size(), 1u);
  EXPECT_NE(log.lines()[0].find("7 rows of other classes left out (\"o1\", "), std::string::npos)
      << log.lines()[0];
}

TEST_F(RowsOfClasses, NamesMayBeWrittenALittleOtherwise) {
  test::LogLines log;
  EXPECT_EQ(read_text("Ant,1,2\npolar bear,3,4\ncat,5,6.5\n"), kRows);
  EXPECT_EQ(log.count({"without regard to case", "\"Ant\", \"polar bear\""}), 1);
  // To the letter comes first, whatever else is like it.
  EXPECT_EQ(read_text("ANT,7,7\nant,1,2\nPolar_Bear,3,4\ncat,5,6.5\n"), kRows);
  refused(ErrorKind::kFormat,
          "ant,1,2\npolar bear,3,4\npolar_bear,7,7\ncat,5,6.5\n",
          {"one row for the class \"polar+bear\"", "2 names that are alike"});
  classes_ = {"polar bear", "polar_bear"};
  refused(ErrorKind::kFormat,
          "polar bear,1,2\nox,3,4\n",
          {"a row for \"polar bear\" and one for \"polar_bear\"", "only \"polar bear\" for both"});
  refused(ErrorKind::kFormat,
          "polarbear,1,2\npolar_bear,3,4\nPOLAR-BEAR,1,1\n",
          {"2 names that are alike"});
}

TEST_F(RowsOfClasses, ClassesWithoutNamesAreTakenInOrderWithAWarning) {
  named_ = false;
  test::LogLines log;
  EXPECT_EQ(read_text("x,1,2\ny,3,4\nz,5,6.5\n"), kRows);
  EXPECT_EQ(log.count({"words.txt", "has names, but the classes of the data have none"}), 1);
}

TEST_F(RowsOfClasses, NamesThatAreNumbersAreFoundInAFirstColumnOrAnIndex) {
  classes_ = {"7", "9", "8"};
  EXPECT_EQ(read_text("9,3,4\n8,5,6.5\n7,1,2\n"), kRows);
  EXPECT_EQ(read_text("class,a,b\n9,3,4\n8,5,6.5\n7,1,2\n"), kRows);
  classes_ = {"1", "0", "2"};
  EXPECT_EQ(read_text(",a,b\n0,3,4\n1,1,2\n2,5,6.5\n"), kRows);
}

TEST_F(RowsOfClasses, WhatIsNotFiniteIsRefusedInWantedRowsAlone) {
  const std::string text = "ox,nan,inf\ncat,5,6.5\nant,1,2\npolar+bear,3,nan\n";
  refused(ErrorKind::kFormat, text, {"words.txt", "nan", "row 3, column 1"});
  const auto rows = read(folder_.write("words.txt", text), MissingDescriptions::kMean);
  EXPECT_TRUE(std::isnan(rows[1][1]));
  EXPECT_EQ(rows[2], kRows[2]);
}

class NameList : public ::testing::Test {
 protected:
  Names read(const std::string& text) { return read_name_list(folder_.write("names.txt", text)); }

  TemporaryFolder folder_;
};

TEST_F(NameList, NumbersThatCountAreLeftOut) {
  const Names names = {"antelope", "grizzly+bear"};
  for (const char* text : {"     1\tantelope\n     2\tgrizzly+bear\n",
                           "0\tantelope\n1\tgrizzly+bear\n",
                           "1 antelope\n2 grizzly+bear\n",
                           "1,antelope\r\n2,grizzly+bear\r\n",
                           "1;antelope\r2;grizzly+bear\r",
                           "class\n1\tantelope\n2\tgrizzly+bear\n"}) {
    EXPECT_EQ(read(text), names) << text;
  }
  EXPECT_EQ(read("1\tantelope\n"), Names{"antelope"});
}

TEST_F(NameList, OtherNumbersAreRefused) {
  for (const char* text : {"3\tantelope\n1\tox\n",
                           "2\tantelope\n3\tox\n",
                           "5 005.Auklet\n17 017.Cardinal\n",
                           "7\tox\n"}) {
    expect_error(ErrorKind::kFormat, {"names.txt", "1, 2, 3, ...", "other numbers"}, [&] {
      (void)read(text);
    });
  }
}

TEST_F(NameList, NamesStandBesideOtherText) {
  const Names names = {"ant", "bee"}, others = {"legs", "wings", "eyes"};
  const MatVariable variables[] = {{"attribute_names", std::span<const std::string>(others)},
                                   {"allclasses_names", std::span<const std::string>(names)}};
  write_mat5(folder_.file("split.mat"), variables);
  EXPECT_EQ(read_name_list(folder_.file("split.mat")), names);
}

// A list keeps its commas; a table has numbers behind the names.
TEST_F(NameList, ATableOfClassesIsOneOfNames) {
  const auto names_of = [&](const std::string& text) {
    return read_class_names(folder_.write("classes.csv", text));
  };
  EXPECT_EQ(names_of("ant,6,0\nbee,6,2\n"), (Names{"ant", "bee"}));
  EXPECT_EQ(names_of("class,legs\n7,6\n8,\n"), (Names{"7", "8"}));
  EXPECT_EQ(names_of("tanager, scarlet\nox\n"), (Names{"tanager, scarlet", "ox"}));
  EXPECT_EQ(names_of("tanager, scarlet\nbear, polar\n"),
            (Names{"tanager, scarlet", "bear, polar"}));
  EXPECT_EQ(names_of("1\tant\n2\tbee\n"), (Names{"ant", "bee"}));
}

TEST_F(NameList, OfManyArraysSomeAreListed) {
  const float zero = 0;
  std::vector<RawTensor> tensors;
  for (int i = 0; i < 25; ++i) {
    tensors.push_back({"layer" + std::to_string(10 + i),
                       ElementType::kFloat32,
                       {1},
                       std::as_bytes(std::span(&zero, 1))});
  }
  write_npz(folder_.file("weights.npz"), tensors);
  expect_error(ErrorKind::kFormat, {"layer10", "layer19 float32 [1], and 15 more"}, [&] {
    (void)read_name_list(folder_.file("weights.npz"));
  });
}

TEST_F(NameList, NumbersMayBePartsOfNames) {
  for (const Names& names : {Names{"3 toed sloth", "2 toed sloth"},
                             Names{"7 spot ladybird"},
                             Names{"1", "2", "3"},
                             Names{"001.Auklet", "002.Ox"},
                             Names{"1 ox", "ant"}}) {
    std::string text;
    for (const std::string& name : names) text += name + "\n";
    EXPECT_EQ(read(text), names) << text;
  }
}

TEST_F(NameList, AHeadingIsNoName) {
  test::LogLines log;
  EXPECT_EQ(read("class\nant\nbee\n"), (Names{"ant", "bee"}));
  EXPECT_EQ(log.count({"names.txt", "\"class\" is taken for a heading"}), 1);
  EXPECT_EQ(read("class\n"), Names{"class"});
  expect_error(ErrorKind::kFormat, {"UTF-8", "UTF-16"}, [&] {
    (void)read(
        "\xff\xfe"
        "a");
  });
}

}  // namespace
}  // namespace dem
