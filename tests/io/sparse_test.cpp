#include "io/sparse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include "dem/io/array_file.h"
#include "io/zip_builder.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::little_endian;
using test::stored_entry;
using test::TemporaryFolder;
using test::zip_archive;
using testing::ElementsAre;

// 3 x 2 in MATLAB:   0 4
//                    5 0
//                    0 6
SparseColumns small() {
  return {.rows = 3, .cols = 2, .pointers = {0, 1, 3}, .indices = {1, 0, 2}, .values = {5, 4, 6}};
}

std::vector<float> row(const Matrix<float>& m, Index i) {
  return {m.row(i).begin(), m.row(i).end()};
}

TEST(Sparse, ElementsThatAreNotStoredAreZero) {
  Matrix<float> rows(3, 2);
  rows(0, 0) = 9.0F;  // what was there goes
  fill_dense(small(), 0, rows);
  EXPECT_THAT(row(rows, 0), ElementsAre(0, 4));
  EXPECT_THAT(row(rows, 1), ElementsAre(5, 0));
  EXPECT_THAT(row(rows, 2), ElementsAre(0, 6));
  Matrix<float> columns(2, 3);
  fill_dense(small(), 1, columns);
  EXPECT_THAT(row(columns, 1), ElementsAre(4, 0, 6));
}

TEST(Sparse, IntegersAreThoseOfTheDenseColumn) {
  SparseColumns column{
      .rows = 4, .cols = 1, .pointers = {0, 2}, .indices = {1, 3}, .values = {7, -2}};
  EXPECT_THAT(dense_integers(column, "F"), ElementsAre(0, 7, 0, -2));
  column.values[1] = 0.5F;
  expect_error(ErrorKind::kFormat, {"F", "whole", "0.5", "position 3"}, [&] {
    (void)dense_integers(column, "F");
  });
}

TEST(Sparse, PartsThatDoNotFitAreRefused) {
  EXPECT_NO_THROW(check_sparse(small(), "F"));
  const auto refused = [](const char* text, auto&& change) {
    SparseColumns sparse = small();
    change(sparse);
    expect_error(ErrorKind::kFormat, {"F: sparse", text}, [&] { check_sparse(sparse, "F"); });
  };
  refused("3 column pointers", [](SparseColumns& s) { s.pointers.pop_back(); });
  refused("3 values", [](SparseColumns& s) { s.values.pop_back(); });
  refused("rise", [](SparseColumns& s) { s.pointers = {0, 3, 1}; });
  refused("rise", [](SparseColumns& s) { s.pointers = {1, 1, 3}; });
  refused("rise", [](SparseColumns& s) { s.pointers = {0, 1, 2}; });
  refused("got 3", [](SparseColumns& s) { s.indices[0] = 3; });
  refused("got -1", [](SparseColumns& s) { s.indices[0] = -1; });
}

TEST(Sparse, ALyingHeaderDoesNotAskForMemory) {
  EXPECT_TRUE(is_plausible_dense(1000, 1000, 100));
  EXPECT_FALSE(is_plausible_dense(Index{1} << 31, Index{1} << 31, 1000));
  EXPECT_TRUE(is_plausible_dense(1 << 20, 1 << 10, 1 << 20));
}

// ---- MAT v7.3

template <typename T>
void write_h5(hid_t where, const char* name, hid_t type, const std::vector<T>& values) {
  const hsize_t count = values.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t set = H5Dcreate2(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  H5Dclose(set);
  H5Sclose(space);
}

void write_number(hid_t object, const char* name, std::uint64_t value) {
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute =
      H5Acreate2(object, name, H5T_NATIVE_UINT64, space, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(H5Awrite(attribute, H5T_NATIVE_UINT64, &value), 0);
  H5Aclose(attribute);
  H5Sclose(space);
}

void write_text(hid_t object, const char* name, const std::string& value) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, value.size());
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(H5Awrite(attribute, type, value.data()), 0);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

class OfHdf5 : public testing::Test {
 protected:
  void SetUp() override {
    file_ = H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(file_, 0);
  }
  void add_sparse(std::uint64_t rows, const std::vector<std::uint64_t>& pointers) const {
    const hid_t group = H5Gcreate2(file_, "att", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    write_number(group, "MATLAB_sparse", rows);
    write_h5<double>(group, "data", H5T_NATIVE_DOUBLE, {5, 4, 6});
    write_h5<std::uint64_t>(group, "ir", H5T_NATIVE_UINT64, {1, 0, 2});
    write_h5<std::uint64_t>(group, "jc", H5T_NATIVE_UINT64, pointers);
    H5Gclose(group);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("a.mat");
  hid_t file_ = -1;
};

TEST_F(OfHdf5, SparseGroupIsOneArrayAsH5pyWouldSeeIt) {
  add_sparse(3, {0, 1, 3});
  write_h5<double>(file_, "b", H5T_NATIVE_DOUBLE, {1});
  H5Fclose(file_);
  const auto file = ArrayFile::open(path_);
  ASSERT_EQ(file->arrays().size(), 2U);
  EXPECT_EQ(to_string(file->require("att")), "float64 [2, 3] (sparse)");
  const Matrix<float> classes = read_matrix(*file, file->require("att"), 0);
  EXPECT_THAT(row(classes, 0), ElementsAre(0, 5, 0));
  EXPECT_THAT(row(classes, 1), ElementsAre(4, 0, 6));
  EXPECT_THAT(row(read_matrix(*file, file->require("att"), 1), 2), ElementsAre(0, 6));
}

TEST_F(OfHdf5, SparsePartsThatDoNotFitAreRefused) {
  add_sparse(2, {0, 1, 3});  // an index is 2
  H5Fclose(file_);
  const auto file = ArrayFile::open(path_);
  expect_error(ErrorKind::kFormat, {"a.mat", "att", "row indices 0 .. 1", "got 2"}, [&] {
    (void)read_matrix(*file, file->require("att"), 0);
  });
}

TEST_F(OfHdf5, ObjectsOfMatlabSayWhatToSaveInTheirPlace) {
  write_h5<std::uint32_t>(file_, "names", H5T_NATIVE_UINT32, {0xDD000000U, 2, 1, 1, 1, 1});
  const hid_t names = H5Dopen2(file_, "names", H5P_DEFAULT);
  write_text(names, "MATLAB_class", "string");
  write_number(names, "MATLAB_object_decode", 3);
  H5Dclose(names);
  H5Fclose(file_);
  const auto file = ArrayFile::open(path_);
  EXPECT_EQ(file->require("names").type, ElementType::kOther);
  EXPECT_EQ(file->require("names").note, "MATLAB string object; save cellstr(NAME) instead");
}

// Four extents, the last two of them 1.
TEST_F(OfHdf5, FurtherExtentsOfOneArePassedOver) {
  const hsize_t extents[] = {2, 3, 1, 1};
  const std::vector<double> values = {0, 1, 2, 3, 4, 5};
  const hid_t space = H5Screate_simple(4, extents, nullptr);
  const hid_t set = H5Dcreate2(
      file_, "features", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  H5Dclose(set);
  H5Sclose(space);
  H5Fclose(file_);
  const auto file = ArrayFile::open(path_);
  EXPECT_THAT(row(read_matrix(*file, file->require("features"), 0), 1), ElementsAre(3, 4, 5));
  EXPECT_THAT(row(read_matrix(*file, file->require("features"), 1), 1), ElementsAre(1, 4));
}

// ---- scipy's .npz

std::string npy(const std::string& descr, const std::string& shape, const std::string& data) {
  const std::string header =
      "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
  return "\x93NUMPY" + std::string("\x01\x00", 2) + little_endian(header.size(), 2) + header + data;
}

std::string numbers(const std::vector<int>& values) {
  std::string bytes;
  for (const int value : values) bytes += little_endian(static_cast<std::uint32_t>(value), 4);
  return bytes;
}

std::string list(const std::vector<int>& values) {
  return npy("<i4", "(" + std::to_string(values.size()) + ",)", numbers(values));
}

std::string sparse_npz(const std::string& format, const std::vector<int>& shape) {
  return zip_archive({stored_entry("indices.npy", list({1, 0, 2})),
                      stored_entry("indptr.npy", list({0, 1, 3})),
                      stored_entry("format.npy", npy("|S3", "()", format)),
                      stored_entry("shape.npy", list(shape)),
                      stored_entry("data.npy", list({5, 4, 6}))});
}

TEST(SparseNpz, CompressedRowsAndColumnsReadAsOneArray) {
  const TemporaryFolder folder;
  const std::string path = folder.file("words.npz");
  std::ofstream(path, std::ios::binary) << sparse_npz("csr", {2, 3});
  const auto by_row = ArrayFile::open(path);
  ASSERT_EQ(by_row->arrays().size(), 1U);
  EXPECT_EQ(to_string(by_row->require("words")), "int32 [2, 3] (sparse)");
  EXPECT_THAT(row(read_matrix(*by_row, by_row->require("words"), 0), 1), ElementsAre(4, 0, 6));
  std::ofstream(path, std::ios::binary) << sparse_npz("csc", {3, 2});
  const auto by_column = ArrayFile::open(path);
  EXPECT_EQ(to_string(by_column->require("words")), "int32 [3, 2] (sparse)");
  EXPECT_THAT(row(read_matrix(*by_column, by_column->require("words"), 0), 2), ElementsAre(0, 6));
}

TEST(SparseNpz, OtherFormatsAndShapesAreSaid) {
  const TemporaryFolder folder;
  const std::string path = folder.file("words.npz");
  std::ofstream(path, std::ios::binary) << sparse_npz("bsr", {2, 3});
  EXPECT_EQ(ArrayFile::open(path)->require("words").note,
            "sparse, in scipy's format bsr; save it as .tocsr()");
  std::ofstream(path, std::ios::binary) << sparse_npz("csr", {2, 2});
  const auto file = ArrayFile::open(path);
  expect_error(ErrorKind::kFormat, {"words.npz", "row indices 0 .. 1", "got 2"}, [&] {
    (void)read_matrix(*file, file->require("words"), 0);
  });
}

}  // namespace
}  // namespace dem
