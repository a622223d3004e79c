#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "io/formats.h"
#include "io/npy_writer.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using test::expect_error;
using test::from_hex;
using test::read_bytes;
using test::TemporaryFolder;

std::string fixture(const std::string& name) {
  return std::string(DEM_SOURCE_DIR) + "/tests/data/io/npy/" + name + ".npy";
}

// The rule of tools/make_npy_fixtures.py.
float grid_value(ElementType type, Index i, Index j) {
  if (type == ElementType::kBool) return static_cast<float>((i + j) % 2);
  const bool floating = type == ElementType::kFloat16 || type == ElementType::kFloat32 ||
                        type == ElementType::kFloat64;
  return static_cast<float>(10 * i + j) + (floating ? 0.5f : 0.0f);
}

void expect_grid(const std::string& path, ElementType type) {
  SCOPED_TRACE(path);
  const auto file = open_npy(path);
  ASSERT_EQ(file->arrays().size(), 1u);
  const ArrayInfo& info = file->arrays()[0];
  EXPECT_EQ(to_string(info.type), to_string(type));
  EXPECT_EQ(info.shape, (std::vector<Index>{3, 5}));
  const Matrix<float> rows = read_matrix(*file, info, 0);
  const Matrix<float> columns = read_matrix(*file, info, 1);
  for (Index i = 0; i < 3; ++i) {
    for (Index j = 0; j < 5; ++j) {
      EXPECT_EQ(rows(i, j), grid_value(type, i, j)) << i << " " << j;
      EXPECT_EQ(columns(j, i), grid_value(type, i, j)) << i << " " << j;
    }
  }
}

TEST(Npy, EveryNumericTypeOfNumpyIsReadInBothByteOrders) {
  const std::pair<const char*, ElementType> kTypes[] = {{"bool", ElementType::kBool},
                                                        {"u1", ElementType::kUint8},
                                                        {"i1", ElementType::kInt8},
                                                        {"u2", ElementType::kUint16},
                                                        {"i2", ElementType::kInt16},
                                                        {"u4", ElementType::kUint32},
                                                        {"i4", ElementType::kInt32},
                                                        {"u8", ElementType::kUint64},
                                                        {"i8", ElementType::kInt64},
                                                        {"f2", ElementType::kFloat16},
                                                        {"f4", ElementType::kFloat32},
                                                        {"f8", ElementType::kFloat64}};
  for (const auto& [name, type] : kTypes) {
    expect_grid(fixture(std::string("little_") + name), type);
    if (element_size(type) > 1) expect_grid(fixture(std::string("big_") + name), type);
  }
}

TEST(Npy, FortranOrderedArrayReadsAsTheSameMatrix) {
  expect_grid(fixture("fortran_f4"), ElementType::kFloat32);
  expect_grid(fixture("fortran_big_f8"), ElementType::kFloat64);
}

TEST(Npy, VersionsTwoAndThreeAreRead) {
  expect_grid(fixture("version2"), ElementType::kFloat32);
  expect_grid(fixture("version3"), ElementType::kFloat32);
}

TEST(Npy, TheArrayIsNamedAsTheFileWithoutItsEnding) {
  EXPECT_EQ(open_npy(fixture("vector"))->arrays()[0].name, "vector");
  EXPECT_NE(open_npy(fixture("vector"))->find("vector"), nullptr);
}

TEST(Npy, IntegersAreReadFromVectorColumnAndScalar) {
  const auto read = [](const std::string& name) {
    const auto file = open_npy(fixture(name));
    return file->read_integers(file->require(name));
  };
  EXPECT_EQ(read("vector"), (std::vector<std::int64_t>{5, -1, (std::int64_t{1} << 53) - 1, 0}));
  EXPECT_EQ(read("column"), (std::vector<std::int64_t>{3, 1, 2}));
  EXPECT_EQ(read("scalar"), (std::vector<std::int64_t>{7}));
}

TEST(Npy, IntegersMustBeWholeExactAndInOneRow) {
  const auto read = [](const std::string& name) {
    const auto file = open_npy(fixture(name));
    (void)file->read_integers(file->require(name));
  };
  const TemporaryFolder folder;
  const float fractions[] = {1.0f, 2.5f};
  write_npy(folder.file("a.npy"), MatrixView<const float>(fractions, 1, 2));
  const auto file = open_npy(folder.file("a.npy"));
  expect_error(ErrorKind::kFormat, {"variable a", "2.5 at position 1"}, [&] {
    (void)file->read_integers(file->arrays()[0]);
  });
  expect_error(ErrorKind::kFormat, {"huge_integers", "position 1"}, [&] { read("huge_integers"); });
  expect_error(ErrorKind::kShapeMismatch, {"little_i4", "[3, 5]"}, [&] { read("little_i4"); });
}

TEST(Npy, SpecialValuesStayWhatTheyAre) {
  const auto file = open_npy(fixture("special"));
  const Matrix<float> m = read_matrix(*file, file->arrays()[0], 0);
  EXPECT_TRUE(std::isnan(m(0, 0)));
  EXPECT_EQ(m(0, 1), std::numeric_limits<float>::infinity());
  EXPECT_EQ(m(1, 0), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::signbit(m(1, 1)));
}

TEST(Npy, EmptyMatrixIsRead) {
  const auto file = open_npy(fixture("empty"));
  const Matrix<float> m = read_matrix(*file, file->arrays()[0], 1);
  EXPECT_EQ(m.rows(), 5);
  EXPECT_EQ(m.cols(), 0);
}

TEST(Npy, StringsAreReadAsUtf8) {
  const auto read = [](const std::string& name) {
    const auto file = open_npy(fixture(name));
    EXPECT_EQ(file->arrays()[0].type, ElementType::kText);
    return file->read_strings(file->arrays()[0]);
  };
  EXPECT_EQ(read("unicode"),
            (std::vector<std::string>{"zebra", "B\xc3\xa4r", "", "\xe7\x8c\xab\xf0\x9f\x90\xbb"}));
  EXPECT_EQ(read("unicode_big"), (std::vector<std::string>{"zebra", "B\xc3\xa4r"}));
  EXPECT_EQ(read("bytes"), (std::vector<std::string>{"zebra", "ox"}));
}

TEST(Npy, WhatCannotBeReadSaysWhy) {
  const std::pair<const char*, const char*> kCases[] = {{"complex", "complex"},
                                                        {"structured", "structured"},
                                                        {"dates", "dates"},
                                                        {"objects", "objects"}};
  for (const auto& [name, note] : kCases) {
    const auto file = open_npy(fixture(name));
    const ArrayInfo& info = file->arrays()[0];
    EXPECT_EQ(info.type, ElementType::kOther) << name;
    expect_error(ErrorKind::kFormat, {name, note}, [&] { (void)file->read_integers(info); });
    expect_error(ErrorKind::kFormat, {name, note}, [&] { (void)file->read_strings(info); });
  }
}

TEST(Npy, AMatrixOfAnotherShapeIsRefused) {
  const auto file = open_npy(fixture("little_f4"));
  Matrix<float> out(5, 3);
  EXPECT_NO_THROW(file->read_matrix(file->arrays()[0], 1, out));
  expect_error(ErrorKind::kShapeMismatch, {"little_f4", "5 x 3"}, [&] {
    file->read_matrix(file->arrays()[0], 0, out);
  });
  const auto vector = open_npy(fixture("vector"));
  expect_error(ErrorKind::kShapeMismatch, {"expected a matrix", "[4]"}, [&] {
    vector->read_matrix(vector->arrays()[0], 0, out);
  });
}

TEST(Npy, ManyRowsAreReadAlike) {
  // More than one piece of work and no multiple of the tile, against the plain double loop.
  constexpr Index kRows = 1031;
  constexpr Index kCols = 37;
  Matrix<float> values(kRows, kCols);
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kCols; ++j) values(i, j) = static_cast<float>(i * kCols + j) * 0.25f;
  }
  const TemporaryFolder folder;
  write_npy(folder.file("a.npy"), values);
  const auto file = open_npy(folder.file("a.npy"));
  const Matrix<float> rows = read_matrix(*file, file->arrays()[0], 0);
  const Matrix<float> columns = read_matrix(*file, file->arrays()[0], 1);
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kCols; ++j) {
      ASSERT_EQ(rows(i, j), values(i, j)) << i << " " << j;
      ASSERT_EQ(columns(j, i), values(i, j)) << i << " " << j;
    }
  }
}

TEST(Npy, WrittenBytesAreThoseOfTheFormat) {
  // Signature, version 1.0, header length 118 = 0x76, so that the numbers start at 10 + 118 = 128.
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  const std::string expected = from_hex("93 4e554d5059 01 00 7600") + header +
                               std::string(117 - header.size(), ' ') + "\n" +
                               from_hex("0000803f 000000c0");  // 1 and -2
  const TemporaryFolder folder;
  const float numbers[] = {1.0f, -2.0f};
  write_npy(folder.file("a.npy"), MatrixView<const float>(numbers, 1, 2));
  EXPECT_EQ(read_bytes(folder.file("a.npy")), expected);
}

TEST(Npy, WrittenIntegersAreThoseOfNumpy) {
  const std::int64_t numbers[] = {5, -1, (std::int64_t{1} << 53) - 1, 0};
  const TemporaryFolder folder;
  write_npy(folder.file("a.npy"), std::span<const std::int64_t>(numbers));
  EXPECT_EQ(read_bytes(folder.file("a.npy")), read_bytes(fixture("vector")));
}

TEST(Npy, AStridedMatrixIsWrittenWithoutItsGaps) {
  const float numbers[] = {1, 2, 99, 3, 4, 99};
  const TemporaryFolder folder;
  write_npy(folder.file("a.npy"), MatrixView<const float>(numbers, 2, 2, 3));
  const auto file = open_npy(folder.file("a.npy"));
  const Matrix<float> m = read_matrix(*file, file->arrays()[0], 0);
  EXPECT_EQ(std::vector<float>(m.data(), m.data() + 4), (std::vector<float>{1, 2, 3, 4}));
}

TEST(Npy, EveryTruncationIsRefused) {
  const std::string whole = read_bytes(fixture("little_i2"));
  const TemporaryFolder folder;
  for (std::size_t length = 6; length < whole.size(); ++length) {
    const std::string path = folder.write("cut.npy", whole.substr(0, length));
    EXPECT_THROW((void)open_npy(path), Error) << length;
  }
  EXPECT_NO_THROW((void)open_npy(folder.write("cut.npy", whole)));
}

struct BrokenCase {
  const char* what;
  const char* header;
  std::size_t data_bytes;
  const char* message;
};

TEST(Npy, BrokenHeadersAreRefusedAndTheirValidTwinIsRead) {
  const BrokenCase kCases[] = {
      {"more bytes", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 28, "24"},
      {"other key", "{'descr': '<f4', 'order': False, 'shape': (2, 3), }", 24, "order"},
      {"key twice",
       "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
       24,
       "descr"},
      {"no shape", "{'descr': '<f4', 'fortran_order': False, }", 24, "shape"},
      {"no dictionary", "('descr', '<f4')", 24, "'{'"},
      {"text behind", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } 1", 24, "more"},
      {"no bool", "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3), }", 24, "True or False"},
      {"negative", "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", 24, "dimension"},
      {"shape as a list", "{'descr': '<f4', 'fortran_order': False, 'shape': [2, 3], }", 24, "'('"},
      {"open tuple", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3", 24, "')'"},
      {"open string", "{'descr': '<f4, 'fortran_order': False, 'shape': (2, 3), }", 24, "expected"},
      {"no type", "{'descr': '<q4', 'fortran_order': False, 'shape': (2, 3), }", 24, "<q4"},
      {"no size", "{'descr': '<i3', 'fortran_order': False, 'shape': (2, 3), }", 24, "<i3"},
      {"open structure", "{'descr': [('a', '<f4'", 24, "bracket"},
      {"beyond 64 bits",
       "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 3), }",
       24,
       "dimension"},
      {"product beyond 64 bits",
       "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
       24,
       "4611686018427387904"},
      {"beyond the file",
       "{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 3), }",
       24,
       "2000000000"},
  };
  const TemporaryFolder folder;
  const auto write = [&](const std::string& header, std::size_t data_bytes) {
    std::string bytes = from_hex("93 4e554d5059 01 00");
    bytes.push_back(static_cast<char>(header.size()));
    bytes.push_back('\0');
    return folder.write("broken.npy", bytes + header + std::string(data_bytes, '\0'));
  };
  for (const BrokenCase& c : kCases) {
    SCOPED_TRACE(c.what);
    const std::string path = write(c.header, c.data_bytes);
    expect_error(ErrorKind::kFormat, {path, c.message}, [&] { (void)open_npy(path); });
  }
  const char* kValid = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_EQ(open_npy(write(kValid, 24))->arrays()[0].shape, (std::vector<Index>{2, 3}));
  const char* kPython2 = "{\"shape\": (2L, 3L,), \"fortran_order\": True, \"descr\": \"<f4\"}\n";
  EXPECT_EQ(open_npy(write(kPython2, 24))->arrays()[0].shape, (std::vector<Index>{2, 3}));
}

TEST(Npy, UnknownVersionIsUnsupported) {
  std::string bytes = read_bytes(fixture("little_f4"));
  bytes[6] = 4;
  const TemporaryFolder folder;
  const std::string path = folder.write("new.npy", bytes);
  expect_error(ErrorKind::kUnsupported, {path, "got 4"}, [&] { (void)open_npy(path); });
}

TEST(Npy, AMissingFolderOrFileIsAnIoErrorThatLeavesNothingBehind) {
  const TemporaryFolder folder;
  const float number = 0.0f;
  const MatrixView<const float> one(&number, 1, 1);
  const std::string nowhere = folder.file("missing/a.npy");
  expect_error(ErrorKind::kIo, {nowhere}, [&] { write_npy(nowhere, one); });
  expect_error(ErrorKind::kIo, {nowhere}, [&] { (void)open_npy(nowhere); });
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Npy, DamagedFilesAreReadOrRefused) {
  const TemporaryFolder folder;
  for (const char* name : {"little_i2", "unicode", "vector", "structured"}) {
    test::expect_read_or_refused(read_bytes(fixture(name)), 1000, [&](const std::string& bytes) {
      const auto file = open_npy(folder.write("a.npy", bytes));
      const ArrayInfo& info = file->arrays()[0];
      if (info.type == ElementType::kText) {
        (void)file->read_strings(info);
      } else if (info.shape.size() == 2) {
        (void)read_matrix(*file, info, 0);
      } else {
        (void)file->read_integers(info);
      }
    });
  }
}

}  // namespace
}  // namespace dem
