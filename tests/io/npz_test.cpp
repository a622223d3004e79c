#include "io/npz.h"

#include <gtest/gtest.h>

#include <cstring>

#include "io/formats.h"
#include "io/npz_contents.h"
#include "io/zip_builder.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::from_hex;
using test::little_endian;
using test::read_all;
using test::read_bytes;
using test::small_npy;
using test::stored_entry;
using test::TemporaryFolder;
using test::zip_archive;

std::string fixture(const std::string& name) {
  return std::string(DEM_SOURCE_DIR) + "/tests/data/io/npz/" + name + ".npz";
}

template <typename T>
RawTensor tensor_of(std::string name,
                    ElementType type,
                    std::vector<Index> shape,
                    const std::vector<T>& values) {
  return {std::move(name), type, std::move(shape), std::as_bytes(std::span(values))};
}

// The rule of tools/make_npy_fixtures.py.
void expect_grid(NpzFile& file, const char* name, double shift) {
  SCOPED_TRACE(name);
  const ArrayInfo& info = file.require(name);
  ASSERT_EQ(info.shape, (std::vector<Index>{3, 5}));
  const Matrix<float> rows = read_matrix(file, info, 0);
  const Matrix<float> columns = read_matrix(file, info, 1);
  for (Index i = 0; i < 3; ++i) {
    for (Index j = 0; j < 5; ++j) {
      EXPECT_EQ(rows(i, j), static_cast<float>(10 * i + j) + static_cast<float>(shift));
      EXPECT_EQ(columns(j, i), rows(i, j));
    }
  }
}

class NpzOfNumpy : public ::testing::TestWithParam<const char*> {
 protected:
  NpzFile file_{fixture(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Npz, NpzOfNumpy, ::testing::Values("plain", "compressed"));

TEST_P(NpzOfNumpy, MatricesOfEitherOrderAndByteOrderAreRead) {
  expect_grid(file_, "features", 0.5);
  expect_grid(file_, "fortran", 0.5);
  expect_grid(file_, "half", 0.5);
  expect_grid(file_, "big", 0);
  EXPECT_EQ(read_matrix(file_, file_.require("flags"), 0)(1, 2), 1.0f);
  const Matrix<float> empty = read_matrix(file_, file_.require("empty"), 1);
  EXPECT_EQ(empty.rows(), 5);
  EXPECT_EQ(empty.cols(), 0);
}

TEST_P(NpzOfNumpy, IntegersAndStringsAreRead) {
  EXPECT_EQ(file_.read_integers(file_.require("labels")),
            (std::vector<std::int64_t>{5, -1, (std::int64_t{1} << 53) - 1, 0}));
  EXPECT_EQ(file_.read_integers(file_.require("scalar")), std::vector<std::int64_t>{7});
  EXPECT_EQ(file_.read_strings(file_.require("names")),
            (std::vector<std::string>{"zebra", "B\xc3\xa4r", "", "\xe7\x8c\xab\xf0\x9f\x90\xbb"}));
  EXPECT_EQ(file_.require("dates").note, "dates or times");
  EXPECT_NE(file_.find("gr\xc3\xb6\xc3\x9f\x65/\xe7\x8c\xab"), nullptr);
}

TEST_P(NpzOfNumpy, PlainNumbersAreLittleEndianAndRowMajor) {
  std::vector<std::byte> storage;
  const auto bytes_of = [&](const char* name) {
    const auto bytes = file_.plain_numbers(file_.require(name), storage);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  std::string cube, doubles, shorts;
  for (std::uint16_t i = 0; i < 24; ++i) cube += little_endian(i, 2);
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 5; ++j) {
      const double value = 10 * i + j + 0.5;
      std::uint64_t bits = 0;
      std::memcpy(&bits, &value, 8);
      doubles += little_endian(bits, 8);
      shorts += little_endian(static_cast<std::uint64_t>(10 * i + j), 2);
    }
  }
  EXPECT_EQ(bytes_of("cube"), cube);
  EXPECT_EQ(bytes_of("fortran"), doubles);
  EXPECT_EQ(bytes_of("big"), shorts);
  EXPECT_EQ(bytes_of("scalar"), from_hex("07000000"));
  EXPECT_EQ(bytes_of("empty"), "");
}

TEST_P(NpzOfNumpy, TheFormatIsRecognisedByContent) {
  const TemporaryFolder folder;
  const auto file = ArrayFile::open(folder.write("x.mat", read_bytes(fixture(GetParam()))));
  EXPECT_EQ(file->format(), FileFormat::kNpz);
  EXPECT_EQ(to_string(file->format()), "NumPy archive");
  EXPECT_EQ(file->arrays()[0].name, "features");
}

TEST(Npz, DataThatDeflateToALittleAreRead) {
  NpzFile file(fixture("compressed"));
  const Matrix<float> zeros = read_matrix(file, file.require("zeros"), 0);
  EXPECT_EQ(zeros.rows(), 1000);
  EXPECT_EQ(zeros(999, 999), 0.0f);
}

TEST(Npz, AnArchiveOfNoArraysIsOne) {
  EXPECT_TRUE(NpzFile(fixture("none")).arrays().empty());
  EXPECT_EQ(ArrayFile::open(fixture("none"))->format(), FileFormat::kNpz);
}

TEST(Npz, AStoredArrayIsReadWhereItLies) {
  NpzFile file(fixture("plain"));
  std::vector<std::byte> storage;
  const auto bytes = file.plain_numbers(file.require("features"), storage);
  EXPECT_EQ(bytes.size(), 60u);
  EXPECT_TRUE(storage.empty());
}

TEST(Npz, EntriesThatAreNoArraysAreListed) {
  const TemporaryFolder folder;
  NpzFile file(folder.write(
      "a.npz",
      zip_archive({stored_entry("readme.txt", "hello"), stored_entry("a.npy", small_npy())})));
  ASSERT_EQ(file.arrays().size(), 2u);
  EXPECT_EQ(to_string(file.arrays()[0]), "other [] (no .npy file)");
  EXPECT_EQ(to_string(file.arrays()[1]), "int16 [2, 3]");
  expect_error(ErrorKind::kFormat, {"readme.txt", "expected numbers"}, [&] {
    (void)file.read_integers(file.arrays()[0]);
  });
  expect_error(ErrorKind::kFormat, {"readme.txt", "expected text"}, [&] {
    (void)file.read_strings(file.arrays()[0]);
  });
}

TEST(Npz, WrittenBytesAreThoseWorkedOutByHand) {
  // One float32 [1] = 1. The header of the array is 118 bytes, so that the number starts at 128 of
  // its entry; the entry has 132 = 0x84 bytes; local header 30 + 5, so the directory is at 167 =
  // 0xa7 and has 46 + 5 = 51 = 0x33 bytes.
  const std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
  const std::string npy = from_hex("93 4e554d5059 01 00 7600") + dictionary +
                          std::string(117 - dictionary.size(), ' ') + "\n" + from_hex("0000803f");
  const std::string crc = little_endian(test::slow_crc32(npy), 4);
  const std::string fields =
      from_hex("1400 0000 0000 0000 2100") + crc + from_hex("84000000 84000000 0500 0000");
  const std::string expected = "PK\3\4" + fields + "a.npy" + npy + "PK\1\2" + from_hex("2d00") +
                               fields + from_hex("0000 0000 0000 00000000 00000000") + "a.npy" +
                               "PK\5\6" + from_hex("0000 0000 0100 0100 33000000 a7000000 0000");
  const TemporaryFolder folder;
  const std::vector<float> one = {1.0f};
  write_npz(folder.file("a.npz"), std::vector{tensor_of("a", ElementType::kFloat32, {1}, one)});
  EXPECT_EQ(read_bytes(folder.file("a.npz")), expected);
}

TEST(Npz, WhatIsWrittenReadsBackInItsOrder) {
  const std::vector<std::uint64_t> a = {~std::uint64_t{0}, 1, 2, 3, 4, 5};
  const std::vector<float> b = {0.1f};
  const std::vector<RawTensor> tensors = {
      tensor_of("z", ElementType::kUint64, {2, 1, 3}, a),
      tensor_of("gr\xc3\xb6\xc3\x9f\x65/x.npy", ElementType::kFloat32, {}, b),
      tensor_of("", ElementType::kBool, {0, 4}, std::vector<std::uint8_t>{}),
      tensor_of("a", ElementType::kFloat64, {6}, a)};
  const TemporaryFolder folder;
  write_npz(folder.file("1.npz"), tensors);
  write_npz(folder.file("2.npz"), tensors);
  EXPECT_EQ(read_bytes(folder.file("1.npz")), read_bytes(folder.file("2.npz")));
  NpzFile file(folder.file("1.npz"));
  ASSERT_EQ(file.arrays().size(), tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const ArrayInfo& info = file.arrays()[i];
    EXPECT_EQ(info.name, tensors[i].name);
    EXPECT_EQ(to_string(info.type), to_string(tensors[i].type));
    EXPECT_EQ(info.shape, tensors[i].shape);
    std::vector<std::byte> storage;
    const auto bytes = file.plain_numbers(info, storage);
    EXPECT_TRUE(
        std::equal(bytes.begin(), bytes.end(), tensors[i].bytes.begin(), tensors[i].bytes.end()));
  }
}

TEST(Npz, TheWriterRefusesWhatItCannotWrite) {
  const TemporaryFolder folder;
  const std::vector<float> a = {1.0f};
  const auto write = [&](std::string name, ElementType type, std::vector<Index> shape) {
    write_npz(folder.file("a.npz"), std::vector{tensor_of(std::move(name), type, shape, a)});
  };
  const auto kind = ErrorKind::kInvalidArgument;
  expect_error(kind, {"x", "twice"}, [&] {
    const RawTensor x = tensor_of("x", ElementType::kFloat32, {1}, a);
    write_npz(folder.file("a.npz"), std::vector{x, x});
  });
  expect_error(kind, {"x", "got 4"}, [&] { write("x", ElementType::kFloat32, {2}); });
  expect_error(kind, {"UTF-8"}, [&] { write("\xed\xa0\x80", ElementType::kFloat32, {1}); });
  expect_error(
      kind, {"65531"}, [&] { write(std::string(65532, 'x'), ElementType::kFloat32, {1}); });
  expect_error(
      ErrorKind::kUnsupported, {"x", "bfloat16"}, [&] { write("x", ElementType::kBfloat16, {2}); });
  EXPECT_EQ(folder.entries(), 0);
  EXPECT_NO_THROW(write(std::string(65531, 'x'), ElementType::kFloat32, {1}));
  EXPECT_EQ(NpzFile(folder.file("a.npz")).arrays()[0].name.size(), 65531u);
}

TEST(Npz, SizesAndPositionsInZip64FieldsAreRead) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.npz");
  const std::string npy = small_npy();
  for (const std::uint64_t limit : {1u, 80u, 200u}) {  // every field, some, positions only
    AtomicFile out(path);
    ZipWriter archive(out, limit);
    archive.add("a.npy", std::as_bytes(std::span(npy)), {});
    archive.add("b.npy", {}, std::as_bytes(std::span(npy)));
    archive.finish();
    out.commit();
    NpzFile file(path);
    ASSERT_EQ(file.arrays().size(), 2u) << limit;
    EXPECT_EQ(file.arrays()[1].name, "b");
    EXPECT_NO_THROW(read_all(file)) << limit;
  }
}

TEST(Npz, MoreEntriesThanSixteenBitsCountAreWrittenAndRead) {
  std::vector<RawTensor> tensors(70000);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    tensors[i] = {std::to_string(i), ElementType::kFloat32, {0}, {}};
  }
  const TemporaryFolder folder;
  write_npz(folder.file("a.npz"), tensors);
  NpzFile file(folder.file("a.npz"));
  ASSERT_EQ(file.arrays().size(), tensors.size());
  EXPECT_EQ(file.arrays().back().name, "69999");
  std::vector<std::byte> storage;
  for (const ArrayInfo& info : file.arrays()) {  // at once, or this would take minutes
    EXPECT_TRUE(file.plain_numbers(info, storage).empty());
  }
}

TEST(Npz, AMissingFolderOrFileIsAnIoErrorThatLeavesNothingBehind) {
  const TemporaryFolder folder;
  const std::string nowhere = folder.file("missing/a.npz");
  expect_error(ErrorKind::kIo, {nowhere}, [&] { write_npz(nowhere, {}); });
  expect_error(ErrorKind::kIo, {nowhere}, [&] { (void)open_npz(nowhere); });
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace dem
