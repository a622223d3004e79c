#include "io/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "io/formats.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using test::expect_error;
using test::from_hex;
using test::read_bytes;
using test::TemporaryFolder;

// A file of this header and so many bytes of data, each its own position.
std::string file_bytes(const std::string& header, std::size_t data_bytes) {
  std::string bytes(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  bytes += header;
  for (std::size_t i = 0; i < data_bytes; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

template <typename T>
RawTensor tensor_of(std::string name,
                    ElementType type,
                    std::vector<Index> shape,
                    const std::vector<T>& values) {
  return {std::move(name), type, std::move(shape), std::as_bytes(std::span(values))};
}

TEST(Safetensors, WrittenBytesAreThoseWorkedOutByHand) {
  // Two tensors: "w" F32 [1, 2] = {1, -2} and "n" I64 [] = 3. The 8-byte type goes first, so n is
  // bytes 0 to 8 of the buffer and w bytes 8 to 16.
  const std::string header = R"({"__metadata__":{"a":"x","b":"\n"},)"
                             R"("n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                             R"("w":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}})";
  ASSERT_EQ(header.size(), 143u);  // 35 + 52 + 56; the next multiple of 8 is 144 = 0x90
  const std::string expected = from_hex("90 00 00 00 00 00 00 00") + header + " " +
                               from_hex("03 00 00 00 00 00 00 00  00 00 80 3f  00 00 00 c0");
  const std::vector<float> w = {1.0f, -2.0f};
  const std::vector<std::int64_t> n = {3};
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  write_safetensors(path,
                    {tensor_of("w", ElementType::kFloat32, {1, 2}, w),
                     tensor_of("n", ElementType::kInt64, {}, n)},
                    {{"b", "\n"}, {"a", "x"}});
  EXPECT_EQ(read_bytes(path), expected);
}

TEST(Safetensors, ADocumentedFileIsRead) {
  // The layout of the format's description, written out by hand: a space-padded header, a tensor
  // that is not in the order of the buffer, and an empty one.
  const std::string header = R"({ "b" : {"data_offsets":[4,6],"shape":[1,1,1],"dtype":"BF16"},)"
                             R"("a":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},)"
                             R"("e":{"dtype":"F64","shape":[0,7],"data_offsets":[4,4]} }   )";
  const TemporaryFolder folder;
  const SafetensorsFile file(folder.write("a.safetensors", file_bytes(header, 6)));
  ASSERT_EQ(file.arrays().size(), 3u);
  EXPECT_EQ(file.arrays()[0].name, "b");
  EXPECT_EQ(file.arrays()[0].type, ElementType::kBfloat16);
  EXPECT_EQ(file.arrays()[0].shape, (std::vector<Index>{1, 1, 1}));
  EXPECT_EQ(file.bytes(file.require("b"))[0], std::byte{4});
  EXPECT_EQ(file.bytes(file.require("a")).size(), 4u);
  EXPECT_EQ(file.bytes(file.require("e")).size(), 0u);
  EXPECT_TRUE(file.metadata().empty());
}

TEST(Safetensors, NumbersAreReadAlongEitherAxis) {
  const std::string header = R"({"labels":{"dtype":"U8","shape":[2,3],"data_offsets":[0,6]},)"
                             R"("v":{"dtype":"I16","shape":[2,1],"data_offsets":[6,10]}})";
  const TemporaryFolder folder;
  const auto file = open_safetensors(folder.write("a.safetensors", file_bytes(header, 10)));
  const ArrayInfo& info = file->require("labels");
  const Matrix<float> rows = read_matrix(*file, info, 0);
  const Matrix<float> columns = read_matrix(*file, info, 1);
  for (Index i = 0; i < 2; ++i) {
    for (Index j = 0; j < 3; ++j) {
      EXPECT_EQ(rows(i, j), static_cast<float>(3 * i + j));
      EXPECT_EQ(columns(j, i), static_cast<float>(3 * i + j));
    }
  }
  // Bytes 6 7 and 8 9, little-endian.
  EXPECT_EQ(file->read_integers(file->require("v")), (std::vector<std::int64_t>{0x0706, 0x0908}));
  expect_error(
      ErrorKind::kShapeMismatch, {"labels", "[2, 3]"}, [&] { (void)file->read_integers(info); });
  expect_error(ErrorKind::kFormat, {"labels", "text"}, [&] { (void)file->read_strings(info); });
}

TEST(Safetensors, TensorsAndMetadataRoundTrip) {
  const std::vector<float> a = {0.1f, -0.0f, 3e38f, 1e-45f};
  const std::vector<double> b = {0.1};
  const std::vector<std::uint16_t> c = {1, 2, 3};
  const std::map<std::string, std::string> metadata = {
      {"quote", "a \"b\" \\ \x01 \t"}, {"", "B\xc3\xa4r"}, {"empty", ""}};
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  write_safetensors(path,
                    {tensor_of("one \"quoted\"", ElementType::kFloat32, {2, 2}, a),
                     tensor_of("b", ElementType::kFloat64, {}, b),
                     tensor_of("c", ElementType::kFloat16, {3}, c)},
                    metadata);
  const SafetensorsFile file(path);
  const auto same = [&](const char* name, const auto& values) {
    const auto got = file.bytes(file.require(name));
    return got.size() == values.size() * sizeof(values[0]) &&
           std::memcmp(got.data(), values.data(), got.size()) == 0;
  };
  EXPECT_TRUE(same("one \"quoted\"", a));
  EXPECT_TRUE(same("b", b));
  EXPECT_TRUE(same("c", c));
  EXPECT_EQ((std::map<std::string, std::string>(file.metadata().begin(), file.metadata().end())),
            metadata);
}

TEST(Safetensors, TheOrderGivenDoesNotChangeTheBytes) {
  const std::vector<float> a = {1.0f};
  const auto x = tensor_of("x", ElementType::kFloat32, {1}, a);
  const auto y = tensor_of("y", ElementType::kFloat32, {1}, a);
  const TemporaryFolder folder;
  write_safetensors(folder.file("1"), {x, y}, {});
  write_safetensors(folder.file("2"), {y, x}, {});
  EXPECT_EQ(read_bytes(folder.file("1")), read_bytes(folder.file("2")));
}

TEST(Safetensors, AnEmptyFileOfTensorsRoundTrips) {
  const TemporaryFolder folder;
  write_safetensors(folder.file("none"), {}, {});
  EXPECT_EQ(read_bytes(folder.file("none")), from_hex("0800000000000000") + "{}      ");
  EXPECT_TRUE(SafetensorsFile(folder.file("none")).arrays().empty());
}

struct BrokenCase {
  const char* what;
  const char* header;
  const char* message;
};

// All with 8 bytes of data.
const BrokenCase kBrokenCases[] = {
    {"a hole at the start",
     R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
     "data_offsets from 0"},
    {"a hole between",
     R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
     R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
     "data_offsets from 2"},
    {"an overlap",
     R"({"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},)"
     R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
     "data_offsets from 6"},
    {"bytes left over", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "got 8"},
    {"beyond the file", R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})", "at most 8"},
    {"backwards", R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[8,0]}})", "got [8, 0]"},
    {"too few bytes for the shape",
     R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})",
     "at most 2"},
    {"too many bytes for the shape",
     R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})",
     "expected 4 bytes"},
    {"a product beyond 64 bits",
     R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})",
     "4294967296"},
    {"an extent beyond 63 bits",
     R"({"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}})",
     "9223372036854775808"},
    {"a negative extent", R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", "-2"},
    {"a fraction", R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", "2.0"},
    {"a tensor twice",
     R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
     R"("a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
     "second time"},
    {"dtype twice",
     R"({"a":{"dtype":"F64","dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
     "second time"},
    {"metadata twice",
     R"({"__metadata__":{},"__metadata__":{},)"
     R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
     "second time"},
    {"a metadata key twice",
     R"({"__metadata__":{"x":"1","x":"2"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
     "second time"},
    {"metadata of numbers",
     R"({"__metadata__":{"x":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
     "of strings"},
    {"metadata of objects",
     R"({"__metadata__":{"x":{}},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
     "of strings"},
    {"metadata as text",
     R"({"__metadata__":"x","a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
     "got \"x\""},
    {"no dtype", R"({"a":{"shape":[2],"data_offsets":[0,8]}})", "only 2"},
    {"no offsets", R"({"a":{"dtype":"F32","shape":[2]}})", "only 2"},
    {"one offset", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}})", "list of 1"},
    {"three offsets", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}})", "number 8"},
    {"another key",
     R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})",
     "the key \"x\""},
    {"dtype as a number", R"({"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}})", "number 1"},
    {"dtype as a list", R"({"a":{"dtype":["F32"],"shape":[2],"data_offsets":[0,8]}})", "a list"},
    {"an unknown dtype", R"({"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}})", "F31"},
    {"a shape of lists", R"({"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}})", "a list"},
    {"null", R"({"a":null})", "null"},
    {"a tensor as a list", R"({"a":[1,2]})", "a list"},
    {"no JSON", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})", "syntax error"},
    {"text behind", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x)", "syntax error"},
    {"no UTF-8", "{\"\xff\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "syntax"},
    {"leading blank", R"( {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "'{'"},
    {"a list", R"([])", "'{'"},
};

TEST(Safetensors, BrokenHeadersAreRefusedAndTheirValidTwinIsRead) {
  const TemporaryFolder folder;
  for (const BrokenCase& c : kBrokenCases) {
    SCOPED_TRACE(c.what);
    const std::string path = folder.write("a.safetensors", file_bytes(c.header, 8));
    expect_error(ErrorKind::kFormat, {path, c.message}, [&] { (void)SafetensorsFile(path); });
  }
  const char* kValid = R"({"__metadata__":{"x":"1"},)"
                       R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_NO_THROW((void)SafetensorsFile(folder.write("a.safetensors", file_bytes(kValid, 8))));
}

TEST(Safetensors, DeepNestingIsRefusedWithoutFollowingIt) {
  const TemporaryFolder folder;
  const std::string header = "{\"a\":" + std::string(1'000'000, '[');
  const std::string path = folder.write("a.safetensors", file_bytes(header, 0));
  expect_error(ErrorKind::kFormat, {path, "a list"}, [&] { (void)SafetensorsFile(path); });
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const char* kHeader = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const std::string whole = file_bytes(kHeader, 8);
  const TemporaryFolder folder;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string path = folder.write("a.safetensors", whole.substr(0, length));
    expect_error(ErrorKind::kFormat, {path}, [&] { (void)SafetensorsFile(path); });
  }
}

TEST(Safetensors, AHeaderLengthBeyondTheFileOrTheLimitIsRefused) {
  const TemporaryFolder folder;
  for (const char* length : {"ffffffffffffffff", "01e1f50500000000", "0300000000000000"}) {
    const std::string path = folder.write("a.safetensors", from_hex(length) + "{}");
    expect_error(
        ErrorKind::kFormat, {path, "expected a length"}, [&] { (void)SafetensorsFile(path); });
  }
}

TEST(Safetensors, TheWriterRefusesWhatItCannotWrite) {
  const TemporaryFolder folder;
  const std::vector<float> a = {1.0f, 2.0f};
  const auto write = [&](std::vector<RawTensor> tensors,
                         const std::map<std::string, std::string>& metadata) {
    write_safetensors(folder.file("a"), std::move(tensors), metadata);
  };
  const auto good = tensor_of("x", ElementType::kFloat32, {2}, a);
  const auto kind = ErrorKind::kInvalidArgument;
  expect_error(kind, {"x", "twice"}, [&] { write({good, good}, {}); });
  expect_error(kind, {"x"}, [&] { write({tensor_of("x", ElementType::kText, {2}, a)}, {}); });
  expect_error(kind, {"x"}, [&] { write({tensor_of("x", ElementType::kFloat32, {1}, a)}, {}); });
  expect_error(kind, {"UTF-8"}, [&] { write({good}, {{"k", "\xff"}}); });
  expect_error(kind, {"__metadata__"}, [&] {
    write({tensor_of("__metadata__", ElementType::kFloat32, {2}, a)}, {});
  });
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Safetensors, AMissingFolderIsAnIoErrorThatLeavesNothingBehind) {
  const TemporaryFolder folder;
  const std::string path = folder.file("missing/a");
  expect_error(ErrorKind::kIo, {path}, [&] { write_safetensors(path, {}, {}); });
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Safetensors, DamagedFilesAreReadOrRefused) {
  const TemporaryFolder folder;
  const char* kHeader = R"({"__metadata__":{"x":"1"},)"
                        R"("a":{"dtype":"I16","shape":[2,2],"data_offsets":[0,8]},)"
                        R"("b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}})";
  test::expect_read_or_refused(file_bytes(kHeader, 12), 3000, [&](const std::string& bytes) {
    SafetensorsFile file(folder.write("a.safetensors", bytes));
    for (const ArrayInfo& info : file.arrays()) {
      if (info.shape.size() == 2) (void)read_matrix(file, info, 1);
    }
  });
}

}  // namespace
}  // namespace dem
