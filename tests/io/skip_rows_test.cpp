// Rows that are skipped: those behind them are what they are when all are read.
#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <thread>

#include "dem/io/feature_stream.h"
#include "io/lists_of_rows.h"
#include "io/mat_writer.h"
#include "io/npy_writer.h"
#include "io/npz.h"
#include "io/safetensors.h"
#include "io/zip_builder.h"
#include "support/files.h"

namespace dem {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::random_matrix;
using test::Rows;
using test::rows_of;
using test::TemporaryFolder;

// Skips and reads so many rows in turn, up to the end.
template <typename Reader>
void expect_skips(
    Reader& reader, const Rows& all, Index skipped, Index read, const std::string& what) {
  SCOPED_TRACE(what + ", skips of " + std::to_string(skipped) + ", reads of " +
               std::to_string(read));
  const auto count = static_cast<Index>(all.size());
  Matrix<float> block(read, reader.cols());
  for (Index row = 0; row < count;) {
    const Index passed = std::min(skipped, count - row);
    ASSERT_EQ(reader.skip(skipped), passed);
    row += passed;
    ASSERT_EQ(reader.position(), row);
    const Index got = std::min(read, count - row);
    ASSERT_EQ(reader.read(block), got);
    test::expect_same(rows_of(block.view().row_block(0, got)),
                      Rows(all.begin() + row, all.begin() + row + got),
                      "from row " + std::to_string(row));
    row += got;
    ASSERT_EQ(reader.position(), row);
  }
  EXPECT_EQ(reader.skip(1), 0);
  EXPECT_EQ(reader.skip(0), 0);
  EXPECT_EQ(reader.read(block), 0);
  EXPECT_EQ(reader.position(), count);
}

TEST(SkipRows, InEveryMatrixOfEveryFixture) {
  int matrices = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(DEM_SOURCE_DIR) / "tests/data/io")) {
    const std::string stem = entry.path().stem().string();  // two names are of broken files
    if (!entry.is_regular_file() || stem.starts_with("short") || stem == "incomplete") continue;
    const auto file = ArrayFile::open(entry.path().string());
    for (const ArrayInfo& info : file->arrays()) {
      if (element_size(info.type) == 0 || info.shape.size() != 2) continue;
      for (const int axis : {0, 1}) {
        const Rows all = rows_of(read_matrix(*file, info, axis));
        for (const Index skipped : {0, 1, 2, 1000}) {
          for (const Index read : {1, 2}) {
            const auto reader = file->open_rows(info, axis);
            expect_skips(*reader, all, skipped, read, entry.path().string() + " " + info.name);
          }
        }
        ++matrices;
      }
    }
  }
  EXPECT_GT(matrices, 100);
}

// Larger than every piece that the readers work in.
class SkipLargeRows : public ::testing::Test {
 protected:
  static constexpr Index kRows = 3001, kCols = 701;

  static void expect_rows(const std::string& path,
                          const std::string& name,
                          int axis,
                          const Rows& all) {
    const auto file = ArrayFile::open(path);
    const struct {
      Index skipped, read;
    } cases[] = {{0, 4096}, {1, 999}, {499, 3}, {1600, 1400}, {4096, 1}};
    for (const auto& c : cases) {
      const auto reader = file->open_rows(file->require(name), axis);
      expect_skips(*reader, all, c.skipped, c.read, path);
    }
  }

  [[nodiscard]] std::span<const std::byte> bytes() const {
    return std::as_bytes(std::span(values_.data(), static_cast<std::size_t>(values_.size())));
  }

  TemporaryFolder folder_;
  Matrix<float> values_ = random_matrix(kRows, kCols);
  Rows rows_ = rows_of(values_);
};

TEST_F(SkipLargeRows, OfNpyAndSafetensors) {
  write_npy(folder_.file("x.npy"), values_);
  expect_rows(folder_.file("x.npy"), "x", 0, rows_);
  write_safetensors(
      folder_.file("x.safetensors"), {{"x", ElementType::kFloat32, {kRows, kCols}, bytes()}}, {});
  expect_rows(folder_.file("x.safetensors"), "x", 0, rows_);
}

TEST_F(SkipLargeRows, OfNpzStoredAndDeflatedBothWaysRound) {
  const std::string content =
      test::npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3001, 701), }", 0) +
      std::string(reinterpret_cast<const char*>(bytes().data()), bytes().size());
  Matrix<float> turned(kCols, kRows);
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kCols; ++j) turned(j, i) = values_(i, j);
  }
  for (const auto& entry :
       {test::stored_entry("x.npy", content), test::deflated_entry("x.npy", content)}) {
    const std::string path = folder_.write("x.npz", test::zip_archive({entry}));
    expect_rows(path, "x", 0, rows_);
    expect_rows(path, "x", 1, rows_of(turned));
  }
}

TEST_F(SkipLargeRows, OfMatlabFilesBothWaysRoundCompressedAndPlain) {
  for (const bool compressed : {false, true}) {
    for (const bool transposed : {false, true}) {
      const MatVariable x{"x", MatrixView<const float>(values_), ElementType::kFloat64, transposed};
      const std::string path = folder_.file(compressed ? "compressed.mat" : "plain.mat");
      write_mat5(path, std::span(&x, 1), compressed);
      expect_rows(path, "x", transposed ? 1 : 0, rows_);
    }
  }
  write_hdf5_matlab(folder_.file("v73.mat"), "x", values_, true);
  expect_rows(folder_.file("v73.mat"), "x", 0, rows_);
}

// A window of this reader is the 4 bands of chunks that 16 MiB have room for.
TEST(SkipRows, OfHdf5InChunksOverSeveralWindows) {
  constexpr Index kRows = 2500, kCols = 4096;
  const TemporaryFolder folder;
  const Matrix<float> values = random_matrix(kRows, kCols);
  const hsize_t extents[2] = {kRows, kCols}, chunk[2] = {225, 1000};
  const hid_t file =
      H5Fcreate(folder.file("x.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(2, extents, nullptr), layout = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(layout, 2, chunk);
  const hid_t data = H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, layout, H5P_DEFAULT);
  ASSERT_GE(H5Dwrite(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  H5Dclose(data);
  H5Pclose(layout);
  H5Sclose(space);
  H5Fclose(file);
  const Rows all = rows_of(values);
  const struct {
    Index skipped, read;
  } cases[] = {{0, 700}, {700, 1000}, {1024, 1024}, {890, 17}, {0, 4000}, {4000, 1}};
  for (const auto& c : cases) {
    const auto reopened = ArrayFile::open(folder.file("x.h5"));
    const auto reader = reopened->open_rows(reopened->require("x"), 0);
    expect_skips(*reader, all, c.skipped, c.read, "chunks");
  }
}

TEST(SkipRows, ThatLiePlainAreNotLookedAt) {
  const TemporaryFolder folder;
  Matrix<float> values = random_matrix(4000, 64);
  values(0, 0) = INFINITY;
  write_npy(folder.file("x.npy"), values);
  FeatureStream stream(folder.file("x.npy"), {});
  EXPECT_EQ(stream.skip(100), 100);
  fs::resize_file(folder.file("x.npy"), 100000);
  EXPECT_EQ(stream.skip(3000), 3000);
  Matrix<float> block(10, 64);
  expect_error(ErrorKind::kIo, {"x.npy", "shorter"}, [&] { (void)stream.read(block); });
}

TEST(SkipRows, BackwardsIsRefused) {
  const TemporaryFolder folder;
  FeatureStream stream(folder.write("x.csv", "1,2\n3,4\n"), {});
  EXPECT_EQ(stream.skip(1), 1);
  expect_error(ErrorKind::kInvalidArgument, {"at least 0, got -1"}, [&] { stream.skip(-1); });
}

TEST(SkipRows, OfDamagedNpzIsRefusedAtTheLastRow) {
  const TemporaryFolder folder;
  const std::string content =
      test::npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (50, 3), }", 600);
  for (auto entry :
       {test::stored_entry("x.npy", content), test::deflated_entry("x.npy", content)}) {
    entry.local.crc = entry.listed.crc ^= 1;
    const std::string path = folder.write("x.npz", test::zip_archive({entry}));
    NpzFile file(path);
    for (const Index first : {0, 20, 49}) {
      const auto reader = file.open_rows(file.require("x"), 0);
      EXPECT_EQ(reader->skip(first), first);
      expect_error(ErrorKind::kFormat, {path, "checksum"}, [&] { (void)reader->skip(1000); });
    }
  }
}

class SkipCsv : public ::testing::Test {
 protected:
  [[nodiscard]] FeatureStream open(const std::string& text) const {
    return FeatureStream(folder_.write("data.csv", text), {});
  }

  TemporaryFolder folder_;
};

TEST_F(SkipCsv, OfEveryShape) {
  std::string long_text = "\xef\xbb\xbfid,a,\"b, with a comma\",c\r\n";
  for (int i = 0; i < 60000; ++i) {
    const std::string number = std::to_string(i);
    // Now and then quotes, with ends of lines in them.
    long_text += (i % 7 == 0 ? "\"row\n\"\"" + number + "\"\"\r\n\"" : "row " + number) + "," +
                 number + (i % 5 == 0 ? ", \"0.5\" ,1e-3\r\n" : ", 0.5 ,1e-3\r\n");
  }
  const std::string texts[] = {"1,2\n3,4\n",
                               "1;2;3\n4;5;6",
                               "a,b\n1,2\n\n\n",
                               "name\tx\ty\none\t1\t2\ntwo\t3\t4\n",
                               "\xef\xbb\xbf"
                               "1,2\r3,4\r",
                               "\xef\xbb\xbf\"x\ny\",z\n1,2\n",
                               "7\n",
                               "x\n7\r\n8\r\n\r\n",
                               "class,x,y\n101,1,2\n\"e\nm\nu\",3,4\n",
                               long_text};
  for (const std::string& text : texts) {
    const std::string path = folder_.write("data.csv", text);
    const auto file = ArrayFile::open(path);
    const Rows all = rows_of(read_matrix(*file, file->require("data"), 0));
    const struct {
      Index skipped, read;
    } cases[] = {{0, 1}, {1, 1}, {1, 2}, {7, 1000}, {20000, 3}, {100000, 1}};
    for (const auto& c : cases) {
      FeatureStream stream(path, {});
      expect_skips(stream, all, c.skipped, c.read, text.substr(0, 60));
    }
  }
}

TEST_F(SkipCsv, CellsThatAreNoNumbersGoUnseen) {
  FeatureStream stream = open("1,2\nx,\n3,1e200\n5,6\n");
  EXPECT_EQ(stream.skip(3), 3);
  Matrix<float> row(1, 2);
  EXPECT_EQ(stream.read(row), 1);
  EXPECT_EQ(row(0, 1), 6.0f);
}

TEST_F(SkipCsv, BrokenRecordsAreRefusedInTheWordsOfReading) {
  const std::string texts[] = {"a,b\n",
                               "1,2\n3\n",
                               "1,2\n3,4,5\n",
                               "1,2\n\n3,4\n",
                               "1,2\n3,4\n5,\"6\n",
                               "1,2\n3,4\n5,\"6\"7\n",
                               std::string("1,2\n3,4\n5,\0\n", 12)};
  for (const std::string& text : texts) {
    FeatureStream reading = open(text), skipping = open(text);
    std::string message;
    try {
      (void)test::read_rows(reading, 3);
    } catch (const Error& error) {
      message = error.what();
    }
    EXPECT_NE(message, "") << text;
    expect_error(ErrorKind::kFormat, {message}, [&] { skipping.skip(5); });
  }
}

TEST_F(SkipCsv, AndNpyFromAPipe) {
  write_npy(folder_.file("x.npy"), random_matrix(300, 4100));
  (void)folder_.write("x.csv", "1,2\n3,4\n5,6\n");
  const std::string pipe = folder_.file("pipe");
  for (const std::string& path : {folder_.file("x.npy"), folder_.file("x.csv")}) {
    const auto file = ArrayFile::open(path);
    const Rows all = rows_of(read_matrix(*file, file->arrays().front(), 0));
    ASSERT_EQ(std::system(("mkfifo " + pipe).c_str()), 0);
    std::thread writer([&] { (void)std::system(("cat " + path + " > " + pipe).c_str()); });
    FeatureStream stream(pipe, {});
    expect_skips(stream, all, 130, 1, path);
    writer.join();
    fs::remove(pipe);
  }
}

}  // namespace
}  // namespace dem
