// Arrays of .npz archives, a block of rows at a time.
#include <gtest/gtest.h>

#include <cstring>

#include "dem/io/feature_stream.h"
#include "io/npz.h"
#include "io/zip_builder.h"
#include "support/files.h"

namespace dem {
namespace {

using test::deflated_entry;
using test::expect_error;
using test::stored_entry;
using test::TemporaryFolder;
using test::zip_archive;
using test::ZipTestEntry;

// Larger than every piece that the readers work in: 14 MB of doubles.
constexpr Index kRows = 2503, kCols = 701;

double value_at(Index row, Index col) {
  return static_cast<double>(row * kCols + col) * 0.25;
}

// The bytes of a .npy file of float64 [kRows, kCols].
std::string npy_of(bool fortran_order) {
  std::string content =
      test::npy_bytes(std::string("{'descr': '<f8', 'fortran_order': ") +
                          (fortran_order ? "True" : "False") + ", 'shape': (2503, 701), }",
                      0);
  const auto put = [&](Index row, Index col) {
    const double value = value_at(row, col);
    char bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    content.append(bytes, sizeof(value));
  };
  if (fortran_order) {
    for (Index col = 0; col < kCols; ++col) {
      for (Index row = 0; row < kRows; ++row) put(row, col);
    }
  } else {
    for (Index row = 0; row < kRows; ++row) {
      for (Index col = 0; col < kCols; ++col) put(row, col);
    }
  }
  return content;
}

class NpzRows : public ::testing::Test {
 protected:
  std::string write(const ZipTestEntry& entry) const {
    return folder_.write("x.npz", zip_archive({stored_entry("readme", "hello"), entry}));
  }

  // Reads the array in blocks, with the axis of kRows or that of kCols as rows.
  static void expect_values(const std::string& path, int axis, Index block) {
    NpzFile file(path);
    const auto reader = file.open_rows(file.require("a"), axis);
    ASSERT_EQ(reader->rows(), axis == 0 ? kRows : kCols);
    Matrix<float> buffer(block, reader->cols());
    Index wrong = 0;
    while (const Index count = reader->read(buffer)) {
      const Index first = reader->position() - count;
      for (Index i = 0; i < count; ++i) {
        for (Index j = 0; j < buffer.cols(); ++j) {
          const double expected = axis == 0 ? value_at(first + i, j) : value_at(j, first + i);
          wrong += buffer(i, j) != static_cast<float>(expected) ? 1 : 0;
        }
      }
    }
    EXPECT_EQ(reader->position(), reader->rows());
    EXPECT_EQ(wrong, 0) << "axis " << axis << ", blocks of " << block;
  }

  TemporaryFolder folder_;
};

TEST_F(NpzRows, OfEitherOrderStoredAndDeflatedAreRead) {
  for (const bool fortran_order : {false, true}) {
    const std::string content = npy_of(fortran_order);
    for (const bool deflate : {false, true}) {
      SCOPED_TRACE(std::string(fortran_order ? "Fortran" : "C") + (deflate ? ", deflated" : ""));
      const std::string path =
          write(deflate ? deflated_entry("a.npy", content) : stored_entry("a.npy", content));
      for (const int axis : {0, 1}) {
        for (const Index block : {97, 4096}) expect_values(path, axis, block);
      }
    }
  }
}

// What is wrong behind the last number shows at the last row, or where the file is opened for rows
// that lie across its order; what comes before is right.
TEST_F(NpzRows, BrokenNumbersAreRefusedAtTheLastRow) {
  const std::string content = npy_of(false);
  ZipTestEntry stored_damaged = stored_entry("a.npy", content);
  stored_damaged.stored.back() ^= 1;
  ZipTestEntry deflated_damaged = deflated_entry("a.npy", content);
  deflated_damaged.stored.back() ^= 1;
  ZipTestEntry cut = deflated_entry("a.npy", content);
  cut.stored.pop_back();
  cut.local.stored_size = cut.listed.stored_size = cut.stored.size();
  ZipTestEntry longer = deflated_entry("a.npy", content + "x");
  longer.local.size = longer.listed.size = content.size();
  const struct {
    const ZipTestEntry& entry;
    const char* message;
  } cases[] = {{stored_damaged, "variable a: checksum: expected CRC-32"},
               {deflated_damaged, "variable a: checksum: expected CRC-32"},
               {cut, "variable a: compressed data end early"},
               {longer, "variable a: compressed data go on after their array"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.message);
    const std::string path = write(c.entry);
    NpzFile file(path);
    const auto reader = file.open_rows(file.require("a"), 0);
    Matrix<float> block(kRows - 1, kCols), last(1, kCols);
    EXPECT_EQ(reader->read(block), kRows - 1);
    EXPECT_EQ(block(kRows - 2, 3), static_cast<float>(value_at(kRows - 2, 3)));
    expect_error(ErrorKind::kFormat, {path, c.message}, [&] { (void)reader->read(last); });
    expect_error(
        ErrorKind::kFormat, {path, c.message}, [&] { (void)file.open_rows(file.require("a"), 1); });
  }
}

TEST_F(NpzRows, AnArrayOfNoRowsHasAChecksumToo) {
  const std::string content =
      test::npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", 0);
  for (const bool damaged : {false, true}) {
    for (ZipTestEntry entry : {stored_entry("a.npy", content), deflated_entry("a.npy", content)}) {
      if (damaged) entry.local.crc = entry.listed.crc ^= 1;
      NpzFile file(write(entry));
      const auto open = [&] { return file.open_rows(file.require("a"), 0); };
      if (damaged) {
        expect_error(ErrorKind::kFormat, {"CRC-32"}, [&] { (void)open(); });
        continue;
      }
      Matrix<float> block(1, 3);
      EXPECT_EQ(open()->read(block), 0);
    }
  }
}

TEST_F(NpzRows, AreThoseOfAMatrixOfNumbersOnly) {
  const std::string path = write(stored_entry(
      "a.npy",
      test::npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 2), }", 24)));
  NpzFile file(path);
  expect_error(ErrorKind::kShapeMismatch, {"variable a"}, [&] {
    (void)file.open_rows(file.require("a"), 0);
  });
  expect_error(
      ErrorKind::kFormat, {"readme"}, [&] { (void)file.open_rows(file.require("readme"), 0); });
}

TEST_F(NpzRows, AnArchiveThatShrinksMeanwhileIsAnErrorAndNoCrash) {
  const std::string path = write(stored_entry("a.npy", npy_of(false)));
  NpzFile file(path);
  const auto reader = file.open_rows(file.require("a"), 0);
  Matrix<float> block(10, kCols);
  EXPECT_EQ(reader->read(block), 10);
  std::filesystem::resize_file(path, 100'000);
  Matrix<float> rest(kRows, kCols);
  expect_error(ErrorKind::kIo, {"x.npz", "shorter"}, [&] { (void)reader->read(rest); });
}

class NpzStream : public NpzRows {
 protected:
  // float32 arrays of zeros: labels [4], features [4, 3], other [5, 3], wide [4, 7].
  [[nodiscard]] std::string several() const {
    const auto entry = [](const std::string& name, const std::string& shape, std::size_t count) {
      const std::string header =
          "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
      return deflated_entry(name + ".npy", test::npy_bytes(header, 4 * count));
    };
    return folder_.write("x.npz",
                         zip_archive({entry("labels", "4,", 4),
                                      entry("features", "4, 3", 12),
                                      entry("other", "5, 3", 15),
                                      entry("wide", "4, 7", 28)}));
  }
};

TEST_F(NpzStream, TheArrayIsChosenByWidthByNameAndElseIsTheFeatures) {
  const std::string path = several();
  EXPECT_EQ(FeatureStream(path, {.feature_dim = 7}).where(), path + ": variable wide");
  EXPECT_EQ(FeatureStream(path, {.feature_dim = 3}).where(), path + ": variable features");
  EXPECT_EQ(FeatureStream(path, {.feature_dim = 3, .variable = "other"}).rows(), 5);
  expect_error(ErrorKind::kShapeMismatch, {path, "labels", "[4]"}, [&] {
    (void)FeatureStream(path, {.feature_dim = 3, .variable = "labels"});
  });
  expect_error(ErrorKind::kFormat, {path, "none_such", "wide"}, [&] {
    (void)FeatureStream(path, {.feature_dim = 3, .variable = "none_such"});
  });
}

TEST_F(NpzStream, FromAPipeIsRefusedInWords) {
  const std::string pipe = folder_.file("pipe");
  ASSERT_EQ(std::system(("mkfifo " + pipe).c_str()), 0);
  const std::string cat = "cat " + several() + " > " + pipe + " 2>/dev/null &";
  ASSERT_EQ(std::system(cat.c_str()), 0);
  expect_error(ErrorKind::kUnsupported, {"pipe", ".npz", "give it as a file"}, [&] {
    (void)FeatureStream(pipe, {});
  });
}

}  // namespace
}  // namespace dem
