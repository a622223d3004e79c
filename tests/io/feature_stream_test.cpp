#include "dem/io/feature_stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "io/lists_of_rows.h"
#include "io/mat_writer.h"
#include "io/npy_writer.h"
#include "io/safetensors.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TemporaryFolder;

using test::expect_same;
using test::random_matrix;
using test::read_rows;
using test::Rows;
using test::rows_of;

// The files that numpy, scipy and h5py wrote: every format, number type and byte order.
TEST(RowReader, GivesEveryMatrixOfEveryFixtureInBlocksAsInOnePiece) {
  int matrices = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(DEM_SOURCE_DIR) / "tests/data/io")) {
    const std::string stem = entry.path().stem().string();  // two names are of broken files
    if (!entry.is_regular_file() || stem.starts_with("short") || stem == "incomplete") continue;
    const auto file = ArrayFile::open(entry.path().string());
    for (const ArrayInfo& info : file->arrays()) {
      if (element_size(info.type) == 0 || info.shape.size() != 2) continue;
      for (const int axis : {0, 1}) {
        const Rows expected = rows_of(read_matrix(*file, info, axis));
        for (const Index block : {1, 2, 3, 1000}) {
          const auto reader = file->open_rows(info, axis);
          EXPECT_EQ(reader->rows(), static_cast<Index>(expected.size()));
          expect_same(read_rows(*reader, block), expected, entry.path().string() + " " + info.name);
        }
        ++matrices;
      }
    }
  }
  EXPECT_GT(matrices, 100);
}

// Larger than every window and piece that the readers work in.
class LargeRows : public ::testing::Test {
 protected:
  static constexpr Index kRows = 3001, kCols = 701;

  void expect_rows(const std::string& path, const std::string& name, int axis) {
    const auto file = ArrayFile::open(path);
    for (const Index block : {500, 4096}) {
      const auto reader = file->open_rows(file->require(name), axis);
      expect_same(read_rows(*reader, block), expected_, path);
    }
  }

  TemporaryFolder folder_;
  Matrix<float> values_ = random_matrix(kRows, kCols);
  Rows expected_ = rows_of(values_);
};

TEST_F(LargeRows, OfNpyAndSafetensors) {
  write_npy(folder_.file("x.npy"), values_);
  expect_rows(folder_.file("x.npy"), "x", 0);
  const auto bytes =
      std::as_bytes(std::span(values_.data(), static_cast<std::size_t>(values_.size())));
  write_safetensors(
      folder_.file("x.safetensors"), {{"x", ElementType::kFloat32, {kRows, kCols}, bytes}}, {});
  expect_rows(folder_.file("x.safetensors"), "x", 0);
}

TEST_F(LargeRows, OfMatlabFilesBothWaysRoundCompressedAndPlain) {
  for (const bool compressed : {false, true}) {
    for (const bool transposed : {false, true}) {
      const MatVariable x{"x", MatrixView<const float>(values_), ElementType::kFloat64, transposed};
      const std::string path = folder_.file(compressed ? "compressed.mat" : "plain.mat");
      write_mat5(path, std::span(&x, 1), compressed);
      expect_rows(path, "x", transposed ? 1 : 0);
    }
  }
  write_hdf5_matlab(folder_.file("v73.mat"), "x", values_, true);
  expect_rows(folder_.file("v73.mat"), "x", 0);
}

class Stream : public ::testing::Test {
 protected:
  [[nodiscard]] FeatureStream open(const std::string& name,
                                   FeatureStreamOptions options = {}) const {
    return FeatureStream(folder_.file(name), options);
  }

  TemporaryFolder folder_;
};

TEST_F(Stream, ReadsCsvAsTheFileReaderDoes) {
  std::string long_text = "id,a,\"b, with a comma\",c\r\n";
  for (int i = 0; i < 60000; ++i) {
    long_text +=
        "\"row \"\"" + std::to_string(i) + "\"\"\"," + std::to_string(i) + ", 0.5 ,1e-3\r\n";
  }
  const std::string texts[] = {"1,2\n3,4\n",
                               "1;2;3\n4;5;6",
                               "a,b\n1,2\n\n\n",
                               "name\tx\ty\none\t1\t2\ntwo\t3\t4\n",
                               "\xef\xbb\xbf"
                               "1,2\r3,4\r",
                               "7\n",
                               "class,x,y\n101,1,2\nemu,3,4\n",
                               long_text};
  for (const std::string& text : texts) {
    const std::string path = folder_.write("data.csv", text);
    const auto file = ArrayFile::open(path);
    const Rows expected = rows_of(read_matrix(*file, file->require("data"), 0));
    for (const Index block : {1, 7, 100000}) {
      FeatureStream stream = open("data.csv");
      EXPECT_EQ(stream.rows(), -1);
      expect_same(read_rows(stream, block), expected, text.substr(0, 60));
    }
  }
}

TEST_F(Stream, RefusesTheSameBrokenCsvAsTheFileReader) {
  const struct {
    const char* text;
    const char* named;
  } cases[] = {{"", "empty file"},
               {"a,b\n", "headings only"},
               {"1,2\n3\n", "line 2"},
               {"1,2\n3,4,5\n", "line 2, column 3"},
               {"1,2\n\n3,4\n", "line 2"},
               {"1,2\nx,4\n", "line 2, column 1"},
               {"1,2\n3,\n", "an empty cell"},
               {"1,2\n3,\"4\n", "closing quote"},
               {"1,2\n3,\"4\"5\n", "delimiter"},
               {"\xff\xfe"
                "1,2\n",
                "UTF-16"},
               {"word\nother\n", "text"}};
  for (const auto& c : cases) {
    (void)folder_.write("data.csv", c.text);
    expect_error(ErrorKind::kFormat, {"data.csv", c.named}, [&] {
      FeatureStream stream = open("data.csv");
      (void)read_rows(stream, 3);
    });
  }
}

TEST_F(Stream, SurvivesDamagedCsv) {
  test::expect_read_or_refused(
      "name,a,b\n\"x, y\",1,2\nz,3.5,-4e2\n", 3000, [&](const std::string& text) {
        (void)folder_.write("data.csv", text);
        FeatureStream stream = open("data.csv");
        (void)read_rows(stream, 2);
      });
}

TEST_F(Stream, ReadsNpyAndCsvFromAPipe) {
  const Matrix<float> values = random_matrix(300, 41);
  write_npy(folder_.file("x.npy"), values);
  const std::string pipe = folder_.file("pipe");
  const std::string fixture = std::string(DEM_SOURCE_DIR) + "/tests/data/io/npy/big_f2.npy";
  (void)folder_.write("x.csv", "1,2\n3,4\n");
  for (const std::string& path : {folder_.file("x.npy"), folder_.file("x.csv"), fixture}) {
    ASSERT_EQ(std::system(("mkfifo " + pipe).c_str()), 0);
    std::thread writer([&] { (void)std::system(("cat " + path + " > " + pipe).c_str()); });
    FeatureStream stream(pipe, {});
    const Rows got = read_rows(stream, 64);
    writer.join();
    fs::remove(pipe);
    const auto file = ArrayFile::open(path);
    expect_same(got, rows_of(read_matrix(*file, file->arrays().front(), 0)), path);
  }
}

TEST_F(Stream, RefusesBrokenNpyFromAPipe) {
  write_npy(folder_.file("x.npy"), random_matrix(3, 4));
  const std::string good = test::read_bytes(folder_.file("x.npy"));
  const std::string fortran = std::string(DEM_SOURCE_DIR) + "/tests/data/io/npy/fortran_f4.npy";
  const struct {
    std::string bytes;
    ErrorKind kind;
    const char* named;
  } cases[] = {
      {good.substr(0, good.size() - 17),
       ErrorKind::kFormat,
       "expected 3 rows as the header says, got 1"},
      {good + "x", ErrorKind::kFormat, "got more data"},
      {good.substr(0, 20), ErrorKind::kFormat, "ends early"},
      {test::read_bytes(fortran), ErrorKind::kUnsupported, "Fortran"},
      {std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff{", 13), ErrorKind::kFormat, "at most"},
      {std::string("\x93NUMPY\x09\x00\x76\x00", 10), ErrorKind::kUnsupported, "got 9"}};
  for (const auto& c : cases) {
    const std::string pipe = folder_.file("pipe");
    (void)folder_.write("bytes", c.bytes);
    ASSERT_EQ(std::system(("mkfifo " + pipe).c_str()), 0);
    std::thread writer([&] {
      (void)std::system(("cat " + folder_.file("bytes") + " > " + pipe + " 2>/dev/null").c_str());
    });
    expect_error(c.kind, {"pipe", c.named}, [&] {
      FeatureStream stream(pipe, {});
      (void)read_rows(stream, 2);
    });
    writer.join();
    fs::remove(pipe);
  }
}

TEST_F(Stream, FindsTheArrayAndTheAxisByTheWidth) {
  const Matrix<float> a = random_matrix(5, 3), b = random_matrix(4, 7);
  const MatVariable variables[] = {{"a", MatrixView<const float>(a), ElementType::kFloat32, true},
                                   {"b", MatrixView<const float>(b), ElementType::kFloat32, false}};
  write_mat5(folder_.file("x.mat"), variables);
  FeatureStream by_column = open("x.mat", {.feature_dim = 3});
  expect_same(read_rows(by_column, 2), rows_of(a), "a, stored as [3, 5]");
  FeatureStream by_row = open("x.mat", {.feature_dim = 7});
  expect_same(read_rows(by_row, 2), rows_of(b), "b");
  FeatureStream named = open("x.mat", {.feature_dim = 4, .variable = "b"});
  EXPECT_EQ(named.rows(), 7);
}

TEST_F(Stream, RefusesWhatFitsNotOrTwice) {
  const Matrix<float> a = random_matrix(5, 3), b = random_matrix(4, 3),
                      square = random_matrix(6, 6);
  const MatVariable variables[] = {
      {"a", MatrixView<const float>(a), ElementType::kFloat32, false},
      {"b", MatrixView<const float>(b), ElementType::kFloat32, false},
      {"square", MatrixView<const float>(square), ElementType::kFloat32, false}};
  write_mat5(folder_.file("x.mat"), variables);
  const auto refused = [&](FeatureStreamOptions options,
                           std::initializer_list<std::string_view> parts) {
    expect_error(ErrorKind::kShapeMismatch, parts, [&] { (void)open("x.mat", options); });
  };
  refused({.feature_dim = 8},
          {"x.mat", "[n, 8] or [8, n]", "a float32 [5, 3]", "b float32 [4, 3]"});
  refused({.feature_dim = 3}, {"x.mat", "told which", "a, b"});
  refused({.feature_dim = 8, .variable = "a"}, {"a", "[n, 8]", "[5, 3]"});
  refused({.feature_dim = 6}, {"square", "rows or columns", "[6, 6]"});
  FeatureStream told = open("x.mat", {.feature_dim = 6, .samples = SampleAxis::kColumns});
  EXPECT_EQ(read_rows(told, 6)[2][1], square(1, 2));
  expect_error(ErrorKind::kFormat, {"no_such"}, [&] {
    (void)open("x.mat", {.feature_dim = 3, .variable = "no_such"});
  });
}

TEST_F(Stream, NamesTheRowOfAValueThatIsNotFinite) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    Matrix<float> values = random_matrix(500, 9);
    values(321, 4) = bad;
    write_npy(folder_.file("x.npy"), values);
    expect_error(ErrorKind::kFormat, {"x.npy", "row 321, column 4"}, [&] {
      FeatureStream stream = open("x.npy");
      (void)read_rows(stream, 100);
    });
  }
  (void)folder_.write("x.csv", "1,2\n3,1e200\n");
  expect_error(ErrorKind::kFormat, {"x.csv", "row 1, column 1"}, [&] {
    FeatureStream stream = open("x.csv");
    (void)read_rows(stream, 1);
  });
}

TEST_F(Stream, AFileThatShrinksMeanwhileIsAnErrorAndNoCrash) {
  write_npy(folder_.file("x.npy"), random_matrix(4000, 64));
  FeatureStream stream = open("x.npy");
  Matrix<float> block(100, 64);
  EXPECT_EQ(stream.read(block), 100);
  fs::resize_file(folder_.file("x.npy"), 100000);
  expect_error(ErrorKind::kIo, {"x.npy", "shorter"}, [&] { (void)read_rows(stream, 1000); });
}

// Of text and of arrays; the count goes over blocks.
TEST(FeatureStream, WhatIsNotFiniteBecomesZeroOnRequest) {
  const TemporaryFolder folder;
  Matrix<float> features(3, 2);
  features(0, 0) = 1;
  features(1, 1) = std::nanf("");
  features(2, 0) = -INFINITY;
  features(2, 1) = 4;
  write_npy(folder.file("x.npy"), features.view());
  for (const std::string& path : {folder.file("x.npy"), folder.write("x.csv", "1,0\n0,\nNA,4\n")}) {
    FeatureStream stream(path, {.missing = MissingFeatures::kZero});
    Matrix<float> block(2, 2);
    ASSERT_EQ(stream.read(block), 2);
    EXPECT_EQ(block(0, 0), 1.0f);
    EXPECT_EQ(block(1, 1), 0.0f);
    EXPECT_EQ(stream.zeroed().values, 1);
    FeatureStream moved = std::move(stream);
    ASSERT_EQ(moved.read(block), 1);
    EXPECT_EQ(block(0, 0), 0.0f);
    EXPECT_EQ(block(0, 1), 4.0f);
    EXPECT_EQ(moved.zeroed().values, 2);
    EXPECT_EQ(moved.zeroed().rows, 2);
    expect_error(ErrorKind::kFormat, {path}, [&] {
      FeatureStream refusing(path, {});
      Matrix<float> all(3, 2);
      (void)refusing.read(all);
    });
  }
}

// What numpy.save writes of shape [2, 3, 1, 1], and of a vector [3].
std::string npy_of(const std::string& shape, const std::vector<float>& values) {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n";
  std::string bytes = "\x93NUMPY" + std::string("\x01\x00", 2);
  bytes.push_back(static_cast<char>(header.size()));
  bytes.push_back('\0');
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return bytes;
}

TEST(FeatureStream, FurtherExtentsOfOneArePassedOver) {
  const TemporaryFolder folder;
  const std::string path = folder.file("x.npy");
  std::ofstream(path, std::ios::binary) << npy_of("(2, 3, 1, 1)", {0, 1, 2, 3, 4, 5});
  FeatureStream stream(path, {.feature_dim = 3});
  EXPECT_EQ(stream.rows(), 2);
  Matrix<float> rows(2, 3);
  ASSERT_EQ(stream.read(rows), 2);
  EXPECT_EQ(rows(1, 0), 3.0F);
  EXPECT_EQ(rows(1, 2), 5.0F);
  std::ofstream(path, std::ios::binary) << npy_of("(1, 3, 1, 2)", {0, 1, 2, 3, 4, 5});
  expect_error(ErrorKind::kShapeMismatch, {"x.npy", "[1, 3, 1, 2]"}, [&] {
    (void)FeatureStream(path, {.feature_dim = 3});
  });
}

TEST(FeatureStream, AVectorIsOneSample) {
  const TemporaryFolder folder;
  const std::string path = folder.file("x.npy");
  std::ofstream(path, std::ios::binary) << npy_of("(3,)", {7, 8, 9});
  FeatureStream stream(path, {.feature_dim = 3});
  EXPECT_EQ(stream.rows(), 1);
  Matrix<float> rows(2, 3);
  ASSERT_EQ(stream.read(rows), 1);
  EXPECT_EQ(rows(0, 2), 9.0F);
  expect_error(ErrorKind::kShapeMismatch, {"x.npy", "[n, 4]", "[3]"}, [&] {
    (void)FeatureStream(path, {.feature_dim = 4});
  });
}

}  // namespace
}  // namespace dem
