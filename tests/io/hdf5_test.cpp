#include <gtest/gtest.h>

#include "io/mat_samples.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::expect_grid;
using test::hdf5_fixture;
using test::mat_fixture;
using test::Rule;

using Strings = std::vector<std::string>;

TEST(Hdf5, EveryNumericTypeReadsAlongBothAxes) {
  const auto file = ArrayFile::open(hdf5_fixture("kinds.h5"));
  EXPECT_EQ(file->format(), FileFormat::kHdf5);
  const std::vector<std::pair<std::string, ElementType>> floats = {{"f2", ElementType::kFloat16},
                                                                   {">f2", ElementType::kFloat16},
                                                                   {"f4", ElementType::kFloat32},
                                                                   {">f4", ElementType::kFloat32},
                                                                   {"f8", ElementType::kFloat64},
                                                                   {">f8", ElementType::kFloat64}};
  for (const auto& [name, type] : floats) expect_grid(*file, "group/" + name, type, Rule::kFloat);
  const std::vector<std::pair<std::string, ElementType>> integers = {
      {"i1", ElementType::kInt8},
      {"u1", ElementType::kUint8},
      {"i2", ElementType::kInt16},
      {">i2", ElementType::kInt16},
      {"u2", ElementType::kUint16},
      {"i4", ElementType::kInt32},
      {"u4", ElementType::kUint32},
      {">u4", ElementType::kUint32},
      {"i8", ElementType::kInt64},
      {">i8", ElementType::kInt64},
      {"u8", ElementType::kUint64},
      {"enumeration", ElementType::kInt16}};
  for (const auto& [name, type] : integers) {
    expect_grid(*file, "group/" + name, type, Rule::kInteger);
  }
  expect_grid(*file, "group/bool", ElementType::kBool, Rule::kLogical);
  expect_grid(*file, "bfloat16", ElementType::kBfloat16, Rule::kFloat);
}

TEST(Hdf5, ChunkedCompressedAndLinkedDatasetsRead) {
  const auto file = ArrayFile::open(hdf5_fixture("kinds.h5"));
  expect_grid(*file, "chunked", ElementType::kFloat64, Rule::kFloat);
  expect_grid(*file, "soft", ElementType::kFloat64, Rule::kFloat);
  expect_grid(*file, "class_by_h5py", ElementType::kFloat64, Rule::kFloat);
  EXPECT_EQ(file->find("soft_nowhere"), nullptr);
  EXPECT_EQ(file->find("loop/again/f8"), nullptr) << "a group is listed once";
  EXPECT_EQ(file->require("external").note, "a link to another file");
}

TEST(Hdf5, VectorsAndScalarsReadAsIntegers) {
  const auto file = ArrayFile::open(hdf5_fixture("kinds.h5"));
  const std::vector<std::int64_t> three_to_seven = {3, 4, 5, 6, 7};
  EXPECT_EQ(file->read_integers(file->require("column")), three_to_seven);
  EXPECT_EQ(file->read_integers(file->require("vector")), three_to_seven);
  EXPECT_EQ(file->read_integers(file->require("scalar")), std::vector<std::int64_t>{41});
  EXPECT_TRUE(file->require("scalar").shape.empty());
  EXPECT_TRUE(file->read_integers(file->require("empty")).empty());
  expect_error(ErrorKind::kShapeMismatch, {"kinds.h5", "group/f8", "[3, 5]"}, [&] {
    static_cast<void>(file->read_integers(file->require("group/f8")));
  });
}

TEST(Hdf5, StringsOfEveryKindRead) {
  const auto file = ArrayFile::open(hdf5_fixture("kinds.h5"));
  EXPECT_EQ(file->read_strings(file->require("variable_names")), (Strings{"ant", "", "Zebra ü"}));
  EXPECT_EQ(file->read_strings(file->require("fixed_names")), (Strings{"ant", "", "Zebra"}));
  EXPECT_EQ(file->read_strings(file->require("one_name")), Strings{"ant"});
}

TEST(Hdf5, WhatCannotBeReadIsListedWithItsShapeAndAReason) {
  const auto file = ArrayFile::open(hdf5_fixture("kinds.h5"));
  EXPECT_EQ(to_string(file->require("complex")), "other [3, 5] (complex)");
  EXPECT_EQ(to_string(file->require("compound")), "other [2] (compound)");
  EXPECT_EQ(to_string(file->require("null")), "other [] (no data)");
  EXPECT_EQ(to_string(file->require("cube")), "float64 [2, 3, 2]");
}

TEST(Hdf5, DataThatWereNeverWrittenAreNotTakenForZeros) {
  const auto file = ArrayFile::open(hdf5_fixture("incomplete.h5"));
  expect_grid(*file, "whole", ElementType::kFloat64, Rule::kFloat);
  for (const char* name : {"unwritten", "one_chunk", "huge"}) {
    expect_error(ErrorKind::kFormat, {"incomplete.h5", name, "not all of it was written"}, [&] {
      Matrix<float> out(3, 5);
      file->read_matrix(file->require(name), 0, out);
    });
  }
}

TEST(Hdf5, AMissingFilterIsNamed) {
  const auto file = ArrayFile::open(hdf5_fixture("incomplete.h5"));
  ::testing::internal::CaptureStderr();
  expect_error(ErrorKind::kUnsupported, {"incomplete.h5", "lzf", "32000"}, [&] {
    static_cast<void>(read_matrix(*file, file->require("lzf"), 0));
  });
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Mat73, NumbersAreSeenAsH5pySeesThem) {
  const auto file = ArrayFile::open(mat_fixture("v73.mat"));
  EXPECT_EQ(file->format(), FileFormat::kMat73);
  expect_grid(*file, "f8", ElementType::kFloat64, Rule::kFloat, true);
  expect_grid(*file, "f4", ElementType::kFloat32, Rule::kFloat, true);
  expect_grid(*file, "packed", ElementType::kFloat64, Rule::kFloat, true);
  expect_grid(*file, "struct/field", ElementType::kFloat64, Rule::kFloat, true);
  expect_grid(*file, "i1", ElementType::kInt8, Rule::kInteger, true);
  expect_grid(*file, "u1", ElementType::kUint8, Rule::kInteger, true);
  expect_grid(*file, "i2", ElementType::kInt16, Rule::kInteger, true);
  expect_grid(*file, "u2", ElementType::kUint16, Rule::kInteger, true);
  expect_grid(*file, "i4", ElementType::kInt32, Rule::kInteger, true);
  expect_grid(*file, "u4", ElementType::kUint32, Rule::kInteger, true);
  expect_grid(*file, "i8", ElementType::kInt64, Rule::kInteger, true);
  expect_grid(*file, "u8", ElementType::kUint64, Rule::kInteger, true);
  expect_grid(*file, "flags", ElementType::kBool, Rule::kLogical, true);
  EXPECT_EQ(file->read_integers(file->require("column")),
            (std::vector<std::int64_t>{3, 4, 5, 6, 7}));
}

TEST(Mat73, TextComesFromCellsAndFromCharacterMatrices) {
  const auto file = ArrayFile::open(mat_fixture("v73.mat"));
  EXPECT_EQ(file->read_strings(file->require("names")), (Strings{"ant", "", "Zebra ü"}));
  EXPECT_EQ(file->read_strings(file->require("text")), Strings{"grün"});
  EXPECT_EQ(file->read_strings(file->require("lines")), (Strings{"ab", "cdef"}));
}

TEST(Mat73, MatlabsInsidesAreHiddenAndTheRestIsListed) {
  const auto file = ArrayFile::open(mat_fixture("v73.mat"));
  for (const ArrayInfo& info : file->arrays()) EXPECT_NE(info.name[0], '#') << info.name;
  EXPECT_EQ(to_string(file->require("empty")), "float64 [3, 0]");
  EXPECT_EQ(to_string(file->require("complex")), "other [5, 3] (complex)");
  EXPECT_EQ(to_string(file->require("sparse")), "other [] (sparse, and not readable)");
  EXPECT_EQ(file->find("sparse/data"), nullptr);
  EXPECT_EQ(to_string(file->require("number_cell")),
            "other [1, 1] (cell array of other than text)");
  EXPECT_EQ(read_matrix(*file, file->require("empty"), 1).cols(), 3);
}

}  // namespace
}  // namespace dem
