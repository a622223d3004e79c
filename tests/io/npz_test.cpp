#include "io/npz.h"

#include <gtest/gtest.h>

#include <cstring>

#include "io/formats.h"
#include "io/zip_builder.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using testing::deflated_entry;
using testing::expect_error;
using testing::from_hex;
using testing::little_endian;
using testing::npy_bytes;
using testing::read_bytes;
using testing::stored_entry;
using testing::TemporaryFolder;
using testing::zip_archive;
using testing::ZipEnd;
using testing::ZipTestEntry;

std::string fixture(const std::string& name) {
  return std::string(DEM_SOURCE_DIR) + "/tests/data/io/npz/" + name + ".npz";
}

constexpr const char* kHeader = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";

std::string small_npy() {
  return npy_bytes(kHeader, 12);
}

template <typename T>
RawTensor tensor_of(std::string name,
                    ElementType type,
                    std::vector<Index> shape,
                    const std::vector<T>& values) {
  return {std::move(name), type, std::move(shape), std::as_bytes(std::span(values))};
}

// Everything in a file, by whichever way it can be read.
void read_all(NpzFile& file) {
  for (const ArrayInfo& info : file.arrays()) {
    std::vector<std::byte> storage;
    if (info.type == ElementType::kText) {
      (void)file.read_strings(info);
    } else if (element_size(info.type) == 0) {
      continue;
    } else if (info.shape.size() == 2) {
      (void)read_matrix(file, info, 0);
      (void)read_matrix(file, info, 1);
    } else if (info.shape.size() < 2) {
      (void)file.read_integers(info);
    }
    (void)file.plain_numbers(info, storage);
  }
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
  const std::string crc = little_endian(testing::slow_crc32(npy), 4);
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

// A table of archives that differ from a valid one in one thing.
struct BrokenCase {
  const char* what;
  std::function<void(std::vector<ZipTestEntry>&, ZipEnd&)> damage;
  const char* message;
  ErrorKind kind = ErrorKind::kFormat;
};

using Entries = std::vector<ZipTestEntry>;

void set_both(ZipTestEntry& entry, const std::function<void(testing::ZipHeader&)>& change) {
  change(entry.local);
  change(entry.listed);
}

const BrokenCase kBrokenDirectories[] = {
    {"bytes behind",
     [](Entries&, ZipEnd& end) {
       end.comment = "x";
       end.comment_length = 0;
     },
     "end record"},
    {"a comment that is cut", [](Entries&, ZipEnd& end) { end.comment_length = 3; }, "end record"},
    {"bytes between", [](Entries&, ZipEnd& end) { end.before = "x"; }, "directory that ends"},
    {"another disk",
     [](Entries&, ZipEnd& end) { end.disk = 1; },
     "several files",
     ErrorKind::kUnsupported},
    {"one entry more", [](Entries&, ZipEnd& end) { end.entries = 3; }, "directory of 3"},
    {"one entry less", [](Entries&, ZipEnd& end) { end.entries = 1; }, "got 2"},
    {"a longer directory", [](Entries&, ZipEnd& end) { end.size = 1000; }, "got one of 1000"},
    {"a directory beyond", [](Entries&, ZipEnd& end) { end.offset = 0xfffffff0; }, "4294967280"},
    {"a directory in zip64 that is not there",
     [](Entries&, ZipEnd& end) { end.offset = 0xffffffff; },
     "4294967295"},
    {"a zip64 record that is not there",
     [](Entries&, ZipEnd& end) {
       end.offset = 0xffffffff;
       end.before = "PK\6\7" + little_endian(0, 4) + little_endian(5, 8) + little_endian(1, 4);
     },
     "other bytes"},
    {"a zip64 record beyond the end",
     [](Entries&, ZipEnd& end) {
       end.offset = 0xffffffff;
       end.before = "PK\6\7" + little_endian(0, 4) + little_endian(~0ull, 8) + little_endian(1, 4);
     },
     "18446744073709551615"},
    {"an entry beyond", [](Entries& e, ZipEnd&) { e[1].offset = 100000; }, "byte 100000"},
    {"an entry elsewhere", [](Entries& e, ZipEnd&) { e[1].offset = 1; }, "other bytes"},
    {"an entry twice",
     [](Entries& e, ZipEnd&) {
       e[1] = e[0];
       e[1].offset = 0;
     },
     "apart from each other"},
    {"a name twice", [](Entries& e, ZipEnd&) { e[1] = e[0]; }, "variable a: expected a name"},
    {"another name", [](Entries& e, ZipEnd&) { e[1].local.name = "c.npy"; }, "agree"},
    {"another checksum", [](Entries& e, ZipEnd&) { ++e[1].local.crc; }, "agree"},
    {"another method", [](Entries& e, ZipEnd&) { e[1].local.method = 8; }, "agree"},
    {"another size", [](Entries& e, ZipEnd&) { ++e[1].local.size; }, "agree"},
    {"a name that is cut",
     [](Entries& e, ZipEnd& end) {
       e[1].listed.name = "b";
       end.size = 46 + 5 + 46 + 1;
     },
     "agree"},
    {"encryption",
     [](Entries& e, ZipEnd&) { e[1].listed.flags = 1; },
     "encrypted",
     ErrorKind::kUnsupported},
    {"another compression",
     [](Entries& e, ZipEnd&) { set_both(e[1], [](auto& h) { h.method = 12; }); },
     "compression 12",
     ErrorKind::kUnsupported},
    {"a name in a code page",
     [](Entries& e, ZipEnd&) { set_both(e[1], [](auto& h) { h.name = "\x81.npy"; }); },
     "UTF-8",
     ErrorKind::kUnsupported},
    {"a stored size that differs",
     [](Entries& e, ZipEnd&) { set_both(e[1], [](auto& h) { h.size -= 2; }); },
     "cannot hold"},
    {"data that run into the directory",
     [](Entries& e, ZipEnd&) { set_both(e[1], [](auto& h) { h.size = h.stored_size = 5000; }); },
     "got the directory"},
    {"a header that runs into the directory",
     [](Entries& e, ZipEnd&) { e[1].local.extra_length = 60000; },
     "runs into the directory"},
    {"more than deflate can hold",
     [](Entries& e, ZipEnd&) {
       e[1] = deflated_entry("b.npy", small_npy());
       set_both(e[1], [](auto& h) { h.size = 1033 * (h.stored_size + 1); });
     },
     "cannot hold"},
    {"a zip64 size that is not there",
     [](Entries& e, ZipEnd&) { e[1].listed.size = 0xffffffff; },
     "zip64 size"},
    {"a zip64 size of eight exabytes",
     [](Entries& e, ZipEnd&) {
       e[1].listed.size = e[1].listed.stored_size = 0xffffffff;
       e[1].listed.extra = little_endian(1, 2) + little_endian(16, 2) +
                           little_endian(1ull << 63, 8) + little_endian(1ull << 63, 8);
     },
     "9223372036854775808"},
    {"an extra field that is cut",
     [](Entries& e, ZipEnd&) {
       e[1].listed.extra = little_endian(1, 2) + little_endian(16, 2) + "x";
     },
     "extra field"},
    {"no .npy",
     [](Entries& e, ZipEnd&) { e[1] = stored_entry("b.npy", "\x93NUMPX\1\0\1\0"); },
     "variable b"},
    {"an empty .npy", [](Entries& e, ZipEnd&) { e[1] = stored_entry("b.npy", ""); }, "variable b"},
    {"too few numbers",
     [](Entries& e, ZipEnd&) { e[1] = stored_entry("b.npy", npy_bytes(kHeader, 10)); },
     "[2, 3]"},
    {"too many numbers",
     [](Entries& e, ZipEnd&) { e[1] = deflated_entry("b.npy", npy_bytes(kHeader, 14)); },
     "12 bytes"},
    {"a header beyond its entry",
     [](Entries& e, ZipEnd&) {
       e[1] = stored_entry("b.npy", std::string("\x93NUMPY\1\0\xff\xff", 10));
     },
     "65535"},
    {"a header of four gigabytes",
     [](Entries& e, ZipEnd&) {
       e[1] = deflated_entry("b.npy", std::string("\x93NUMPY\2\0\xff\xff\xff\xff", 12));
     },
     "at most 1048576"},
    {"a shape beyond memory",
     [](Entries& e, ZipEnd&) {
       e[1] = deflated_entry(
           "b.npy",
           npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (4000000000,), }", 12));
     },
     "4000000000"},
};

TEST(Npz, BrokenArchivesAreRefusedAndTheirValidTwinIsRead) {
  const TemporaryFolder folder;
  const Entries valid = {stored_entry("a.npy", small_npy()), stored_entry("b.npy", small_npy())};
  for (const BrokenCase& c : kBrokenDirectories) {
    SCOPED_TRACE(c.what);
    Entries entries = valid;
    ZipEnd end;
    c.damage(entries, end);
    const std::string path = folder.write("a.npz", zip_archive(entries, end));
    expect_error(c.kind, {path, c.message}, [&] { (void)NpzFile(path); });
  }
  ZipEnd commented;
  commented.comment = "a comment";
  NpzFile file(folder.write("a.npz", zip_archive(valid, commented)));
  EXPECT_EQ(file.arrays().size(), 2u);
  EXPECT_NO_THROW(read_all(file));
}

// Damage to the numbers, which shows where they are read.
TEST(Npz, BrokenNumbersAreRefusedWhereTheyAreRead) {
  const TemporaryFolder folder;
  const auto expect_refused = [&](const ZipTestEntry& entry, const char* message) {
    SCOPED_TRACE(message);
    const std::string path = folder.write("a.npz", zip_archive({entry}));
    NpzFile file(path);
    const ArrayInfo& info = file.arrays().at(0);
    std::vector<std::byte> storage;
    for (const int axis : {0, 1}) {
      expect_error(
          ErrorKind::kFormat, {path, message}, [&] { (void)read_matrix(file, info, axis); });
    }
    expect_error(
        ErrorKind::kFormat, {path, message}, [&] { (void)file.plain_numbers(info, storage); });
  };
  ZipTestEntry stored = stored_entry("a.npy", small_npy());
  stored.stored.back() = 'x';
  expect_refused(stored, "CRC-32");
  ZipTestEntry deflated = deflated_entry("a.npy", small_npy());
  deflated.stored.back() = 'x';
  expect_refused(deflated, "CRC-32");
  deflated = deflated_entry("a.npy", small_npy());
  deflated.stored.resize(deflated.stored.size() - 4);
  set_both(deflated, [](auto& header) { header.stored_size -= 4; });
  expect_refused(deflated, "end early");
  deflated = deflated_entry("a.npy", small_npy() + "xx");
  set_both(deflated, [](auto& header) { header.size -= 2; });
  expect_refused(deflated, "go on");
}

TEST(Npz, SizesBehindTheDataAreTakenFromTheDirectory) {
  ZipTestEntry entry = deflated_entry("a.npy", small_npy());
  entry.local.flags = entry.listed.flags = 8;
  entry.local.crc = 0;
  entry.local.size = entry.local.stored_size = 0;
  ZipTestEntry next = stored_entry("b.npy", small_npy());
  const TemporaryFolder folder;
  NpzFile file(folder.write("a.npz", zip_archive({entry, next})));
  EXPECT_NO_THROW(read_all(file));
}

TEST(Npz, EveryTruncationIsRefused) {
  const std::string whole = zip_archive({stored_entry("a.npy", small_npy())});
  const TemporaryFolder folder;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string path = folder.write("a.npz", whole.substr(0, length));
    expect_error(ErrorKind::kFormat, {path}, [&] { (void)NpzFile(path); });
  }
}

TEST(Npz, DamagedFilesAreReadOrRefused) {
  const TemporaryFolder folder;
  std::string header = "{'descr': '<U2', 'fortran_order': True, 'shape': (3,), }";
  const std::vector<std::string> archives = {
      zip_archive(
          {stored_entry("a.npy", small_npy()), stored_entry("n.npy", npy_bytes(header, 24))}),
      zip_archive({deflated_entry("a.npy", small_npy())})};
  for (const std::string& good : archives) {
    testing::expect_read_or_refused(good, 3000, [&](const std::string& bytes) {
      NpzFile file(folder.write("a.npz", bytes));
      read_all(file);
    });
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
