#include <gtest/gtest.h>

#include "io/mat_samples.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::expect_grid;
using test::grid_value;
using test::mat_fixture;
using test::Rule;

using Strings = std::vector<std::string>;

class Mat5 : public ::testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<ArrayFile> file_ = ArrayFile::open(mat_fixture(GetParam()));
};

TEST_P(Mat5, EveryNumericClassReadsAlongBothAxes) {
  EXPECT_EQ(file_->format(), FileFormat::kMat5);
  expect_grid(*file_, "f8", ElementType::kFloat64, Rule::kFloat);
  expect_grid(*file_, "f4", ElementType::kFloat32, Rule::kFloat);
  expect_grid(*file_, "i1", ElementType::kInt8, Rule::kInteger);
  expect_grid(*file_, "u1", ElementType::kUint8, Rule::kInteger);
  expect_grid(*file_, "i2", ElementType::kInt16, Rule::kInteger);
  expect_grid(*file_, "u2", ElementType::kUint16, Rule::kInteger);
  expect_grid(*file_, "i4", ElementType::kInt32, Rule::kInteger);
  expect_grid(*file_, "u4", ElementType::kUint32, Rule::kInteger);
  expect_grid(*file_, "i8", ElementType::kInt64, Rule::kInteger);
  expect_grid(*file_, "u8", ElementType::kUint64, Rule::kInteger);
  expect_grid(*file_, "flags", ElementType::kBool, Rule::kLogical);
}

TEST_P(Mat5, RowsColumnsAndScalarsReadAsIntegers) {
  const std::vector<std::int64_t> three_to_seven = {3, 4, 5, 6, 7};
  EXPECT_EQ(file_->read_integers(file_->require("column")), three_to_seven);
  EXPECT_EQ(file_->read_integers(file_->require("row")), three_to_seven);
  EXPECT_EQ(file_->read_integers(file_->require("scalar")), std::vector<std::int64_t>{41});
  EXPECT_TRUE(file_->read_integers(file_->require("empty")).empty());
}

TEST_P(Mat5, IntegersRefuseFractionsMatricesAndText) {
  expect_error(ErrorKind::kFormat, {GetParam(), "halves", "1.5", "position 1"}, [&] {
    static_cast<void>(file_->read_integers(file_->require("halves")));
  });
  expect_error(ErrorKind::kShapeMismatch, {GetParam(), "f8", "[3, 5]"}, [&] {
    static_cast<void>(file_->read_integers(file_->require("f8")));
  });
  expect_error(ErrorKind::kFormat, {"names", "text"}, [&] {
    static_cast<void>(file_->read_integers(file_->require("names")));
  });
}

TEST_P(Mat5, TextComesFromCellsAndFromCharacterMatrices) {
  EXPECT_EQ(file_->read_strings(file_->require("names")), (Strings{"ant", "", "Zebra ü"}));
  EXPECT_EQ(file_->require("names").shape, (std::vector<Index>{3, 1}));
  EXPECT_EQ(file_->read_strings(file_->require("no_names")), Strings{});
  EXPECT_EQ(file_->read_strings(file_->require("text")), Strings{"日本 ok"});
  EXPECT_EQ(file_->read_strings(file_->require("lines")), (Strings{"ab", "cdef", "ü"}));
  EXPECT_EQ(file_->require("lines").shape, std::vector<Index>{3}) << "a string a row, as in scipy";
}

TEST_P(Mat5, ACellThatIsNoStringIsRefusedByPosition) {
  expect_error(ErrorKind::kFormat, {GetParam(), "mixed_cell", "position 1"}, [&] {
    static_cast<void>(file_->read_strings(file_->require("mixed_cell")));
  });
}

TEST_P(Mat5, WhatCannotBeReadIsListedWithItsShapeAndAReason) {
  const std::vector<std::pair<std::string, std::string>> notes = {
      {"complex", "complex"}, {"struct", "struct"}, {"number_cell", "cell array"}};
  for (const auto& [name, note] : notes) {
    const ArrayInfo& info = file_->require(name);
    EXPECT_EQ(info.type, ElementType::kOther) << name;
    EXPECT_NE(info.note.find(note), std::string::npos) << name << ": " << info.note;
    Matrix<float> out(3, 5);
    expect_error(
        ErrorKind::kFormat, {GetParam(), name, note}, [&] { file_->read_matrix(info, 0, out); });
  }
  EXPECT_EQ(file_->require("complex").shape, (std::vector<Index>{3, 5}));
}

TEST_P(Mat5, SparseArraysReadAsDenseOnes) {
  EXPECT_EQ(to_string(file_->require("sparse")), "float64 [3, 5] (sparse)");
  expect_grid(*file_, "sparse", ElementType::kFloat64, Rule::kFloat);
  Matrix<float> block(2, 3);
  const auto rows = file_->open_rows(file_->require("sparse"), 1);
  ASSERT_EQ(rows->read(block), 2);
  EXPECT_EQ(block(1, 2), grid_value(Rule::kFloat, 2, 1));
}

TEST_P(Mat5, FieldsOfAStructAreListedUnderItsName) {
  expect_grid(*file_, "struct.field", ElementType::kFloat64, Rule::kFloat);
  EXPECT_EQ(file_->read_strings(file_->require("struct.other")), Strings{"text"});
  Matrix<float> block(2, 5);
  const auto rows = file_->open_rows(file_->require("struct.field"), 0);
  ASSERT_EQ(rows->read(block), 2);
  EXPECT_EQ(block(1, 4), grid_value(Rule::kFloat, 1, 4));
  ASSERT_EQ(rows->read(block), 1);
  EXPECT_EQ(block(0, 0), grid_value(Rule::kFloat, 2, 0));
}

TEST_P(Mat5, MatricesNeedRankTwoAndAFittingOutput) {
  Matrix<float> out(3, 5);
  expect_error(ErrorKind::kShapeMismatch, {GetParam(), "cube", "[2, 3, 2]"}, [&] {
    file_->read_matrix(file_->require("cube"), 0, out);
  });
  expect_error(ErrorKind::kShapeMismatch, {GetParam(), "f8", "3 x 5", "axis 1"}, [&] {
    file_->read_matrix(file_->require("f8"), 1, out);
  });
  expect_error(ErrorKind::kInvalidArgument, {"row axis"}, [&] {
    file_->read_matrix(file_->require("f8"), 2, out);
  });
}

TEST_P(Mat5, AnOutputWithAStrideKeepsWhatLiesBetweenItsRows) {
  Matrix<float> wide(3, 8);
  for (Index i = 0; i < wide.size(); ++i) wide.data()[i] = -1;
  file_->read_matrix(file_->require("f8"), 0, {wide.data() + 2, 3, 5, 8});
  for (Index i = 0; i < 3; ++i) {
    for (Index j = 0; j < 8; ++j) {
      const bool inside = j >= 2 && j < 7;
      EXPECT_EQ(wide(i, j), inside ? grid_value(Rule::kFloat, i, j - 2) : -1) << i << ", " << j;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndCompressed,
                         Mat5,
                         ::testing::Values("plain.mat", "compressed.mat"),
                         test::stem);

class Mat5ByteOrder : public ::testing::TestWithParam<const char*> {};

TEST_P(Mat5ByteOrder, NarrowStorageAndSmallElementsReadRight) {
  const auto file = ArrayFile::open(mat_fixture(GetParam()));
  expect_grid(*file, "double_as_i1", ElementType::kInt8, Rule::kInteger);
  expect_grid(*file, "double_as_u1", ElementType::kUint8, Rule::kInteger);
  expect_grid(*file, "double_as_i2", ElementType::kInt16, Rule::kInteger);
  expect_grid(*file, "double_as_u2", ElementType::kUint16, Rule::kInteger);
  expect_grid(*file, "double_as_i4", ElementType::kInt32, Rule::kInteger);
  expect_grid(*file, "double_as_u4", ElementType::kUint32, Rule::kInteger);
  expect_grid(*file, "double_as_i8", ElementType::kInt64, Rule::kInteger);
  expect_grid(*file, "double_as_u8", ElementType::kUint64, Rule::kInteger);
  expect_grid(*file, "f8", ElementType::kFloat64, Rule::kFloat);
  expect_grid(*file, "f4", ElementType::kFloat32, Rule::kFloat);
  expect_grid(*file, "int32_as_i2", ElementType::kInt16, Rule::kInteger);
  expect_grid(*file, "flags", ElementType::kBool, Rule::kLogical);
  for (const char* name : {"small", "not_small"}) {
    EXPECT_EQ(file->read_integers(file->require(name)), (std::vector<std::int64_t>{5, 6})) << name;
    const Matrix<float> column = read_matrix(*file, file->require(name), 1);
    EXPECT_EQ(column(0, 0), 5) << name;
    EXPECT_EQ(column(1, 0), 6) << name;
  }
  EXPECT_EQ(file->read_integers(file->require("small_too")), std::vector<std::int64_t>{7});
}

TEST_P(Mat5ByteOrder, TextReadsFromEveryEncoding) {
  const auto file = ArrayFile::open(mat_fixture(GetParam()));
  for (const char* name : {"utf8", "utf16", "uint16", "utf32"}) {
    EXPECT_EQ(file->read_strings(file->require(name)), Strings{"grün"}) << name;
  }
  EXPECT_EQ(file->read_strings(file->require("names")), (Strings{"one", "", "two"}));
}

INSTANTIATE_TEST_SUITE_P(BothOrders,
                         Mat5ByteOrder,
                         ::testing::Values("little_endian.mat", "big_endian.mat"),
                         test::stem);

TEST(Mat5Oddities, MatlabsOwnObjectsAreListedAndHarmNothingElse) {
  const auto file = ArrayFile::open(mat_fixture("oddities.mat"));
  Strings names;
  for (const ArrayInfo& info : file->arrays()) names.push_back(info.name + ": " + info.note);
  EXPECT_EQ(
      names,
      (Strings{"table1: MATLAB table object; save its columns instead: NAME.COLUMN of numbers, "
               "cellstr(NAME.COLUMN) of text",
               "handle: function",
               "thing: object",
               "future: unknown array class 99",
               "twice: ",
               "unpadded: "}));
  expect_grid(*file, "twice", ElementType::kFloat64, Rule::kFloat);  // the later one
  expect_grid(*file, "unpadded", ElementType::kUint8, Rule::kInteger);
}

}  // namespace
}  // namespace dem
