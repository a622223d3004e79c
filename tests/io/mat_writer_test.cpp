// What the MAT writers write, read back by dem's own readers; check_written_files.py asks scipy.
#include "io/mat_writer.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::read_bytes;
using test::TemporaryFolder;

// Different in every place, and exact in float32.
float value(Index i, Index j) {
  return static_cast<float>((i * 31 + j * 17) % 65521) / 4 - 1000;
}

Matrix<float> sample(Index rows, Index cols) {
  Matrix<float> m(rows, cols);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < cols; ++j) m(i, j) = value(i, j);
  }
  return m;
}

// Reads variable "x" along both axes; `transposed` where the file shows value(j, i).
void expect_values(const std::string& path, Index rows, Index cols, bool transposed) {
  SCOPED_TRACE(path + " " + std::to_string(rows) + " x " + std::to_string(cols));
  const auto file = ArrayFile::open(path);
  ASSERT_EQ(file->require("x").shape, (std::vector<Index>{rows, cols}));
  for (const int axis : {0, 1}) {
    const Matrix<float> got = read_matrix(*file, file->require("x"), axis);
    Index wrong = 0;
    for (Index i = 0; i < got.rows(); ++i) {
      for (Index j = 0; j < got.cols(); ++j) {
        wrong += got(i, j) != ((axis == 1) != transposed ? value(j, i) : value(i, j)) ? 1 : 0;
      }
    }
    EXPECT_EQ(wrong, 0) << "axis " << axis;
  }
}

TEST(MatWriter, NumbersComeBackInEveryLayout) {
  const TemporaryFolder folder;
  const std::string path = folder.file("x.mat");
  const Matrix<float> m = sample(37, 23);
  for (const bool compressed : {false, true}) {
    for (const ElementType stored : {ElementType::kFloat32, ElementType::kFloat64}) {
      const MatVariable upright{"x", m.view(), stored};
      write_mat5(path, std::span(&upright, 1), compressed);
      expect_values(path, 37, 23, false);
      const MatVariable transposed{"x", m.view(), stored, true};
      write_mat5(path, std::span(&transposed, 1), compressed);
      expect_values(path, 23, 37, true);
    }
  }
  for (const bool as_double : {false, true}) {
    write_hdf5_matlab(path, "x", m.view(), as_double);
    expect_values(path, 37, 23, false);
  }
}

// Longer than a reader's piece (8 MiB in MAT, 16 MiB in HDF5) along either axis.
TEST(MatWriter, LargeMatricesComeBackInPieces) {
  const TemporaryFolder folder;
  const std::string path = folder.file("x.mat");
  for (const auto& [rows, cols] : {std::pair<Index, Index>{1'060'000, 3}, {3, 1'060'000}}) {
    const Matrix<float> m = sample(rows, cols);
    const MatVariable variable{"x", m.view()};
    write_mat5(path, std::span(&variable, 1), true);
    expect_values(path, rows, cols, false);
    write_hdf5_matlab(path, "x", m.view(), true);
    expect_values(path, rows, cols, false);
  }
}

TEST(MatWriter, IntegersAndStringsComeBack) {
  const TemporaryFolder folder;
  const std::string path = folder.file("x.mat");
  Matrix<std::int64_t> labels(4, 1);
  for (Index i = 0; i < 4; ++i) labels(i, 0) = i * 16384 - 1;
  labels(0, 0) = 65535;
  const std::vector<std::string> names = {"grizzly+bear", "", "日本"};
  const MatVariable variables[] = {{"labels", labels.view(), ElementType::kUint16},
                                   {"names", std::span<const std::string>(names)}};
  write_mat5(path, variables);
  const auto file = ArrayFile::open(path);
  EXPECT_EQ(to_string(file->require("labels")), "uint16 [4, 1]");
  EXPECT_EQ(file->read_integers(file->require("labels")),
            (std::vector<std::int64_t>{65535, 16383, 32767, 49151}));
  EXPECT_EQ(file->read_strings(file->require("names")), names);
}

TEST(MatWriter, TheSameValuesGiveTheSameBytes) {
  const TemporaryFolder folder;
  const Matrix<float> m = sample(9, 4);
  const MatVariable variable{"x", m.view()};
  write_mat5(folder.file("a.mat"), std::span(&variable, 1), true);
  write_mat5(folder.file("b.mat"), std::span(&variable, 1), true);
  EXPECT_EQ(read_bytes(folder.file("a.mat")), read_bytes(folder.file("b.mat")));
  write_hdf5_matlab(folder.file("a.h5"), "x", m.view(), true);
  write_hdf5_matlab(folder.file("b.h5"), "x", m.view(), true);
  EXPECT_EQ(read_bytes(folder.file("a.h5")), read_bytes(folder.file("b.h5")));
}

TEST(MatWriter, RefusesWhatTheFormatDoesNotTakeAndLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = folder.write("x.mat", "old");
  const Matrix<float> m = sample(2, 2);
  const auto refused = [&](const MatVariable& variable, std::string_view part) {
    expect_error(ErrorKind::kInvalidArgument, {"x.mat", variable.name, part}, [&] {
      write_mat5(path, std::span(&variable, 1));
    });
    EXPECT_EQ(read_bytes(path), "old");
    EXPECT_EQ(folder.entries(), 1) << "no temporary file stays behind";
  };
  refused({"1x", m.view()}, "name");
  refused({"", m.view()}, "name");
  refused({std::string(64, 'a'), m.view()}, "name");
  refused({"fraction", m.view(), ElementType::kInt32}, "does not fit");
  refused({"half", m.view(), ElementType::kFloat16}, "float16");
  Matrix<std::int64_t> big(1, 1);
  for (const std::int64_t out_of_range : {std::int64_t{-1}, std::int64_t{65536}}) {
    big(0, 0) = out_of_range;
    refused({"big", big.view(), ElementType::kUint16}, "does not fit");
  }
  Matrix<double> nan(1, 1);
  nan(0, 0) = std::numeric_limits<double>::quiet_NaN();
  refused({"nan", nan.view(), ElementType::kUint8}, "does not fit");
  // Only the shape is looked at: 2^28 doubles are 2 GiB.
  refused({"huge", MatrixView<const float>(m.data(), Index{1} << 14, Index{1} << 14)}, "2 GiB");
  const std::vector<std::string> broken = {"\xff"};
  refused({"broken", std::span<const std::string>(broken)}, "UTF-8");
  expect_error(ErrorKind::kInvalidArgument, {"x.mat", "a/b", "name"}, [&] {
    write_hdf5_matlab(path, "a/b", m.view(), true);
  });
  EXPECT_EQ(read_bytes(path), "old");
}

TEST(MatWriter, AMissingFolderIsAnIoErrorThatNamesThePath) {
  const TemporaryFolder folder;
  const std::string path = folder.file("missing/x.mat");
  const Matrix<float> m = sample(2, 2);
  const MatVariable variable{"x", m.view()};
  expect_error(ErrorKind::kIo, {path}, [&] { write_mat5(path, std::span(&variable, 1)); });
  expect_error(ErrorKind::kIo, {path}, [&] { write_hdf5_matlab(path, "x", m.view(), true); });
}

}  // namespace
}  // namespace dem
