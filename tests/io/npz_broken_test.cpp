// Archives that are broken, cut short or damaged.
#include <gtest/gtest.h>

#include <functional>

#include "io/npz_contents.h"
#include "io/zip_builder.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using test::deflated_entry;
using test::expect_error;
using test::kHeader;
using test::little_endian;
using test::npy_bytes;
using test::read_all;
using test::small_npy;
using test::stored_entry;
using test::TemporaryFolder;
using test::zip_archive;
using test::ZipEnd;
using test::ZipTestEntry;

// A table of archives that differ from a valid one in one thing.
struct BrokenCase {
  const char* what;
  std::function<void(std::vector<ZipTestEntry>&, ZipEnd&)> damage;
  const char* message;
  ErrorKind kind = ErrorKind::kFormat;
};

using Entries = std::vector<ZipTestEntry>;

void set_both(ZipTestEntry& entry, const std::function<void(test::ZipHeader&)>& change) {
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

// zip64's end record where the other has room for all it says, as PyTorch writes it.
TEST(Npz, EndRecordsOfZip64ThatNobodyNeedsAreReadAndMustAgree) {
  const TemporaryFolder folder;
  const Entries entries = {stored_entry("a.npy", small_npy())};
  const std::string valid = test::archive_with_zip64(entries);
  NpzFile file(folder.write("a.npz", valid));
  EXPECT_NO_THROW(read_all(file));
  const std::size_t wide = valid.find("PK\6\6");
  const std::size_t locator = valid.find("PK\6\7");
  const std::size_t end = valid.find("PK\5\6");
  ASSERT_EQ(locator, wide + 56);
  const std::pair<std::size_t, const char*> kFields[] = {
      {wide, "zip record"},              // its signature
      {wide + 4, "zip64 end record"},    // its length
      {wide + 32, "in the end record"},  // entries
      {wide + 40, "in the end record"},  // the directory's size
      {wide + 48, "in the end record"},  // its place
      {locator, "directory that ends"},  // no locator, and so bytes between
      {locator + 8, "zip record"},       // the place of the end record
      {locator + 15, "got the end"},     // the same, far away
      {end + 10, "in the end record"},   // entries
      {end + 12, "in the end record"},   // the directory's size
      {end + 16, "in the end record"}};  // its place
  for (const auto& [at, message] : kFields) {
    SCOPED_TRACE(at);
    std::string damaged = valid;
    damaged[at] ^= 1;
    const std::string path = folder.write("a.npz", damaged);
    expect_error(ErrorKind::kFormat, {path, message}, [&] { (void)NpzFile(path); });
  }
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
    test::expect_read_or_refused(good, 3000, [&](const std::string& bytes) {
      NpzFile file(folder.write("a.npz", bytes));
      read_all(file);
    });
  }
}

}  // namespace
}  // namespace dem
