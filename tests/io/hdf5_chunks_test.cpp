// Chunks undone by dem against the same dataset read by HDF5.
#include <gtest/gtest.h>
#include <hdf5.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "dem/base/threads.h"
#include "dem/io/row_reader.h"
#include "io/mat_samples.h"
#include "support/files.h"

namespace dem {
namespace {

constexpr hsize_t kRows = 101, kCols = 37;

struct Storage {
  const char* what;
  hid_t type;  // in the file
  hsize_t chunk[2];
  bool shuffle;
  int level;              // of deflate; 0: not deflated
  bool fletcher = false;  // another checksum, which HDF5 has to undo
};

std::vector<Storage> storages() {
  return {{"deflated", H5T_IEEE_F64LE, {16, 10}, false, 6},
          {"shuffled and deflated", H5T_IEEE_F64LE, {16, 10}, true, 6},
          {"float32", H5T_IEEE_F32LE, {7, 37}, true, 1},
          {"int16", H5T_STD_I16LE, {101, 2}, true, 9},
          {"one chunk", H5T_IEEE_F64LE, {101, 37}, true, 4},
          {"shuffled alone", H5T_IEEE_F64LE, {16, 10}, true, 0},
          {"plain chunks", H5T_IEEE_F32LE, {16, 10}, false, 0},
          {"other byte order", H5T_IEEE_F64BE, {16, 10}, true, 6},
          {"another filter", H5T_IEEE_F64LE, {16, 10}, true, 6, true}};
}

std::vector<double> values() {
  Rng rng(3, Purpose::kSynthetic);
  std::vector<double> numbers(kRows * kCols);
  for (double& number : numbers) number = static_cast<double>(rng.below(3000)) - 1500.0;
  return numbers;
}

// A chunk of zeros but for its first number, 5, stored without the filters.
void write_unfiltered_chunk(hid_t dataset, std::size_t bytes) {
  std::vector<double> chunk(bytes / sizeof(double), 0.0);
  chunk[0] = 5.0;
  const hsize_t offset[2] = {16, 10};
  ASSERT_GE(H5Dwrite_chunk(dataset, H5P_DEFAULT, 3, offset, bytes, chunk.data()), 0);
}

void write_dataset(const std::string& path, const Storage& s, bool skip_filters = false) {
  const hsize_t extents[2] = {kRows, kCols};
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(2, extents, nullptr);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, 2, s.chunk);
  if (s.shuffle) H5Pset_shuffle(properties);
  if (s.level > 0) H5Pset_deflate(properties, static_cast<unsigned>(s.level));
  if (s.fletcher) H5Pset_fletcher32(properties);
  const hid_t dataset = H5Dcreate2(file, "x", s.type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  ASSERT_GE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values().data()),
            0);
  if (skip_filters) write_unfiltered_chunk(dataset, s.chunk[0] * s.chunk[1] * sizeof(double));
  H5Dclose(dataset);
  H5Pclose(properties);
  H5Sclose(space);
  H5Fclose(file);
}

std::vector<double> by_hdf5(const std::string& path) {
  std::vector<double> numbers(kRows * kCols);
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, "x", H5P_DEFAULT);
  EXPECT_GE(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()), 0);
  H5Dclose(dataset);
  H5Fclose(file);
  return numbers;
}

void expect_same(const std::vector<double>& expected,
                 int row_axis,
                 MatrixView<const float> got,
                 const char* what) {
  for (Index i = 0; i < got.rows(); ++i) {
    for (Index j = 0; j < got.cols(); ++j) {
      const Index row = row_axis == 0 ? i : j, col = row_axis == 0 ? j : i;
      const auto place = static_cast<std::size_t>(row) * kCols + static_cast<std::size_t>(col);
      ASSERT_EQ(got(i, j), static_cast<float>(expected[place])) << what << " " << row << " " << col;
    }
  }
}

void expect_reads_as_hdf5_does(const std::string& path, const char* what) {
  const std::vector<double> expected = by_hdf5(path);
  const auto file = ArrayFile::open(path);
  const ArrayInfo& info = file->require("x");
  for (const int axis : {0, 1}) {
    const Matrix<float> whole = read_matrix(*file, info, axis);
    expect_same(expected, axis, whole, what);
    Matrix<float> rows(whole.rows(), whole.cols());
    const auto reader = file->open_rows(info, axis);
    for (Index row = 0; row < rows.rows(); row = reader->position()) {
      ASSERT_GT(reader->read(rows.view().row_block(row, std::min<Index>(11, rows.rows() - row))),
                0);
    }
    expect_same(expected, axis, rows, what);
  }
}

TEST(Hdf5Chunks, ReadAsHdf5ReadsThem) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("x.h5");
  for (const Storage& storage : storages()) {
    write_dataset(path, storage);
    for (const int threads : {1, 3}) {
      set_num_threads(threads);
      expect_reads_as_hdf5_does(path, storage.what);
    }
  }
  set_num_threads(0);
}

TEST(Hdf5Chunks, OneThatWasStoredWithoutTheFiltersIsReadWithoutThem) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("x.h5");
  write_dataset(path, storages()[1], true);
  expect_reads_as_hdf5_does(path, "skipped filters");
}

TEST(Hdf5Chunks, OneThatIsDamagedOrOfAnotherLengthIsRefused) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("x.h5");
  const Storage storage = storages()[0];
  const std::vector<double> numbers(160, 1.5);
  const auto expect_refused = [&](std::size_t plain_bytes, std::size_t cut, bool flip) {
    write_dataset(path, storage);
    std::vector<Bytef> packed(compressBound(sizeof(double) * numbers.size()));
    uLongf size = packed.size();
    ASSERT_EQ(
        compress(packed.data(), &size, reinterpret_cast<const Bytef*>(numbers.data()), plain_bytes),
        Z_OK);
    if (flip) packed[size - 1] ^= 1;
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(file, "x", H5P_DEFAULT);
    const hsize_t offset[2] = {16, 10};
    ASSERT_GE(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, offset, size - cut, packed.data()), 0);
    H5Dclose(dataset);
    H5Fclose(file);
    test::expect_error(ErrorKind::kFormat, {"x.h5", "variable x", "inflate"}, [&] {
      const auto opened = ArrayFile::open(path);
      static_cast<void>(read_matrix(*opened, opened->require("x"), 0));
    });
    // What was read before the error is not taken for rows by who goes on.
    const auto opened = ArrayFile::open(path);
    const auto reader = opened->open_rows(opened->require("x"), 0);
    Matrix<float> rows(20, kCols);
    EXPECT_THROW(static_cast<void>(reader->read(rows)), Error);
    EXPECT_THROW(static_cast<void>(reader->read(rows)), Error);
  };
  expect_refused(1280, 0, true);   // the checksum
  expect_refused(1280, 3, false);  // cut
  expect_refused(1272, 0, false);  // too short for its place
}

}  // namespace
}  // namespace dem
