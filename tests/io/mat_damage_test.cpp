// Broken MATLAB and HDF5 files: an error or the right numbers, never others.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/rng.h"
#include "io/mat_contents.h"
#include "io/mat_samples.h"
#include "support/files.h"

namespace dem {
namespace {

using test::compare_damaged;
using test::expect_error;
using test::expect_grid;
using test::hdf5_fixture;
using test::mat_fixture;
using test::Outcome;
using test::read_bytes;
using test::read_contents;
using test::Rule;
using test::TemporaryFolder;

// Cuts the file at every length, or every `step`-th, and expects no array to read wrong and the
// last one to be missing or refused.
void expect_truncations_are_noticed(const std::string& path, std::size_t step) {
  const auto whole = read_contents(path);
  const std::string bytes = read_bytes(path);
  const TemporaryFolder folder;
  const std::string cut = folder.write("cut.mat", bytes);
  for (std::size_t size = bytes.size(); size-- > 0;) {
    if (size % step != 0) continue;
    std::filesystem::resize_file(cut, size);
    const Outcome outcome = compare_damaged(cut, whole);
    EXPECT_EQ(outcome.wrong, "") << path << " cut at " << size << " of " << bytes.size();
    EXPECT_LT(outcome.right, static_cast<int>(whole.size())) << path << " cut at " << size;
  }
}

// Replaces the content of a file of the same size; much faster than writing the file anew.
void overwrite(const std::string& path, const std::string& bytes) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.flush()) << path;
}

class TruncatedMat : public ::testing::TestWithParam<const char*> {};

TEST_P(TruncatedMat, EveryLengthIsAnErrorOrLeavesOutWholeArrays) {
  expect_truncations_are_noticed(mat_fixture(GetParam()), 1);
}

INSTANTIATE_TEST_SUITE_P(Mat,
                         TruncatedMat,
                         ::testing::Values("short_plain.mat",
                                           "short_compressed.mat",
                                           "short_v4.mat",
                                           "big_endian.mat",
                                           "compressed.mat",
                                           "plain.mat",
                                           "v4_little.mat"),
                         test::stem);

TEST(TruncatedHdf5, EveryLengthIsAnError) {
  expect_truncations_are_noticed(hdf5_fixture("short.h5"), 7);
  expect_truncations_are_noticed(mat_fixture("v73.mat"), 41);
}

// zlib's checksum covers names, shapes and numbers, so no damaged byte may go unnoticed but those
// of the header's text. A file that loses a variable's name keeps the others.
TEST(Damage, OfAnyByteOfACompressedFileNeverReadsAsOtherNumbers) {
  const std::string path = mat_fixture("short_compressed.mat");
  const auto whole = read_contents(path);
  const std::string bytes = read_bytes(path);
  const TemporaryFolder folder;
  const std::string copy = folder.write("damaged.mat", bytes);
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x10, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      overwrite(copy, damaged);
      const Outcome outcome = compare_damaged(copy, whole);
      EXPECT_EQ(outcome.wrong, "") << "byte " << at << " flipped by " << flip;
      refused += outcome.errors > 0 ? 1 : 0;
    }
  }
  EXPECT_GT(refused, 3 * static_cast<int>(bytes.size() - 128)) << "of the bytes after the header";
}

// Random damage of every reader's input: whatever comes, it is an Error or some array, never a
// crash (run this under the sanitizers), and never memory beyond what the file can hold.
TEST(Damage, AtRandomNeverCrashes) {
  const TemporaryFolder folder;
  Rng rng(20240607, Purpose::kControl);
  for (const char* name :
       {"plain.mat", "compressed.mat", "big_endian.mat", "oddities.mat", "v4_big.mat"}) {
    const std::string bytes = read_bytes(mat_fixture(name));
    const std::string copy = folder.write(name, bytes);
    for (int trial = 0; trial < 400; ++trial) {
      std::string damaged = bytes;
      for (int k = 0; k < 1 + trial % 4; ++k) {
        const auto at = static_cast<std::size_t>(rng.below(damaged.size()));
        damaged[at] = static_cast<char>(rng.below(256));
      }
      overwrite(copy, damaged);
      static_cast<void>(compare_damaged(copy, {}));
    }
  }
}

// A valid file with one change, and what the message must say.
struct Broken {
  const char* what;
  const char* fixture;
  std::function<void(std::string&)> change;
  ErrorKind kind;
  std::string message;
};

void put_word(std::string& bytes, std::size_t at, std::uint32_t word) {
  std::memcpy(bytes.data() + at, &word, sizeof word);
}

// In short_plain.mat f8 comes first: its tag at 128, flags at 136, dimensions at 152 (rows at 160,
// columns at 164), its name at 168 within a small tag, its data's tag at 176.
// In short_v4.mat f8's header is at 0, its rows at 4.
std::vector<Broken> broken_files() {
  const auto word = [](std::size_t at, std::uint32_t value) {
    return [=](std::string& bytes) { put_word(bytes, at, value); };
  };
  using enum ErrorKind;
  return {
      {"an empty file", "short_plain.mat", [](std::string& b) { b.clear(); }, kFormat, "empty"},
      {"a header alone cut short",
       "short_plain.mat",
       [](std::string& b) { b.resize(127); },
       kFormat,
       "none of them"},
      {"another version",
       "short_plain.mat",
       [](std::string& b) { b[125] = 3; },
       kFormat,
       "version"},
      {"the version of v7.3 without HDF5",
       "short_plain.mat",
       [](std::string& b) { b[125] = 2; },
       kFormat,
       "v7.3"},
      {"an element of another type", "short_plain.mat", word(128, 9), kFormat, "byte 128"},
      {"an element that ends beyond the file",
       "short_plain.mat",
       word(132, 0x7FFFFFF8),
       kFormat,
       "f8"},
      {"an element of no length", "short_plain.mat", word(132, 0), kFormat, "byte 136"},
      {"flags of another type", "short_plain.mat", word(136, 5), kFormat, "array flags"},
      {"a negative extent", "short_plain.mat", word(160, 0x80000003), kFormat, "f8"},
      {"more rows than data", "short_plain.mat", word(160, 4), kFormat, "expected 160 bytes"},
      {"extents whose product overflows",
       "short_plain.mat",
       [](std::string& b) {
         put_word(b, 160, 0x7FFFFFFF);
         put_word(b, 164, 0x7FFFFFFF);
       },
       kFormat,
       "f8"},
      {"dimensions of a length that is none",
       "short_plain.mat",
       word(156, 7),
       kFormat,
       "dimensions"},
      {"a name of another type", "short_plain.mat", word(168, 0x0002000E), kFormat, "name"},
      {"a small element of five bytes",
       "short_plain.mat",
       word(168, 0x00050001),
       kFormat,
       "5 bytes"},
      {"data of another type", "short_plain.mat", word(176, 14), kFormat, "type 14"},
      {"data longer than their array", "short_plain.mat", word(180, 0x1000), kFormat, "got 4096"},
      {"data shorter than the shape", "short_plain.mat", word(180, 8), kFormat, "got 8"},
      {"a VAX number format", "short_v4.mat", word(0, 2000), kFormat, "none of them"},
      {"more rows than the file has", "short_v4.mat", word(4, 1000), kFormat, "f8"},
      {"a negative row count in v4", "short_v4.mat", word(4, 0xFFFFFFFF), kFormat, "f8"},
      {"extents whose product overflows in v4",
       "short_v4.mat",
       [](std::string& b) {
         put_word(b, 4, 0x7FFFFFFF);
         put_word(b, 8, 0x7FFFFFFF);
       },
       kFormat,
       "f8"},
      {"an imaginary flag of 2", "short_v4.mat", word(12, 2), kFormat, "imaginary"},
  };
}

TEST(BrokenFile, EachHasAValidTwinAndOneClearError) {
  const TemporaryFolder folder;
  for (const Broken& broken : broken_files()) {
    SCOPED_TRACE(broken.what);
    const std::string valid = mat_fixture(broken.fixture);
    expect_grid(*ArrayFile::open(valid), "f8", ElementType::kFloat64, Rule::kFloat);
    std::string bytes = read_bytes(valid);
    broken.change(bytes);
    const std::string path = folder.write("broken.mat", bytes);
    expect_error(broken.kind, {"broken.mat", broken.message}, [&] {
      static_cast<void>(read_contents(path));
    });
  }
}

// Where the compressed element of short_compressed.mat starts and what its tag says.
constexpr std::size_t kElement = 128;

std::uint32_t word_at(const std::string& bytes, std::size_t at) {
  std::uint32_t word;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

TEST(BrokenFile, AWrongChecksumIsAnErrorThatNamesTheVariable) {
  const TemporaryFolder folder;
  std::string bytes = read_bytes(mat_fixture("short_compressed.mat"));
  const std::size_t last = kElement + 8 + word_at(bytes, kElement + 4) - 1;
  bytes[last] = static_cast<char>(bytes[last] ^ 1);
  const auto file = ArrayFile::open(folder.write("broken.mat", bytes));
  expect_error(ErrorKind::kFormat, {"broken.mat", "variable f8", "compressed", "check"}, [&] {
    static_cast<void>(read_matrix(*file, file->require("f8"), 0));
  });
  expect_grid(*file, "u2", ElementType::kUint16, Rule::kInteger);
}

TEST(BrokenFile, ACompressedElementThatLosesItsEndIsAnErrorThatNamesTheVariable) {
  const TemporaryFolder folder;
  std::string bytes = read_bytes(mat_fixture("short_compressed.mat"));
  const std::uint32_t size = word_at(bytes, kElement + 4);
  // The file stays well formed: the element's tag knows about the loss.
  for (const std::uint32_t lost : {1u, 4u, 9u}) {
    std::string shorter = bytes;
    shorter.erase(kElement + 8 + size - lost, lost);
    put_word(shorter, kElement + 4, size - lost);
    const auto file = ArrayFile::open(folder.write("broken.mat", shorter));
    expect_error(ErrorKind::kFormat, {"broken.mat", "variable f8", "end early"}, [&] {
      static_cast<void>(read_matrix(*file, file->require("f8"), 0));
    });
  }
}

TEST(BrokenFile, GarbageIsNoneOfTheFormats) {
  const TemporaryFolder folder;
  Rng rng(5, Purpose::kControl);
  std::string bytes(3000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(rng.below(255) + 1);
  const std::string path = folder.write("garbage.mat", bytes);
  expect_error(ErrorKind::kFormat, {"garbage.mat", "none of them"}, [&] {
    static_cast<void>(ArrayFile::open(path));
  });
}

TEST(BrokenFile, Hdf5ErrorsCarryTheLibrarysAccountAndPrintNothing) {
  const TemporaryFolder folder;
  const std::string bytes = read_bytes(hdf5_fixture("short.h5"));
  const std::string path = folder.write("cut.h5", bytes.substr(0, bytes.size() / 2));
  ::testing::internal::CaptureStderr();
  expect_error(ErrorKind::kFormat, {"cut.h5", "truncated file"}, [&] {
    static_cast<void>(ArrayFile::open(path));
  });
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(BrokenFile, AnHdf5ChunkOfBrokenZlibDataIsAnErrorThatNamesTheVariable) {
  const TemporaryFolder folder;
  std::string bytes = read_bytes(hdf5_fixture("short.h5"));
  // The chunks of "packed" are the only zlib streams (78 5E at h5py's level 4).
  std::size_t streams = 0;
  for (std::size_t at = bytes.find("\x78\x5e"); at != std::string::npos;
       at = bytes.find("\x78\x5e", at + 1)) {
    bytes[at + 2] = static_cast<char>(bytes[at + 2] ^ 0x7F);
    ++streams;
  }
  ASSERT_GE(streams, 6u) << "3 x 5 in chunks of 2 x 2";
  const auto file = ArrayFile::open(folder.write("broken.h5", bytes));
  expect_grid(*file, "f8", ElementType::kFloat64, Rule::kFloat);
  expect_error(ErrorKind::kFormat, {"broken.h5", "variable packed", "inflate"}, [&] {
    static_cast<void>(read_matrix(*file, file->require("packed"), 0));
  });
}

}  // namespace
}  // namespace dem
