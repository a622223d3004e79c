// Small files that claim to be large must not cost memory: each is read or refused with at most its
// own size and a bound, whatever it says. What C libraries ask malloc for (HDF5, zlib) is not seen
// here; the fuzz targets limit it.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/text.h"
#include "dem/exchange/inspect.h"
#include "dem/exchange/model_file.h"
#include "dem/io/feature_stream.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "io/formats.h"
#include "io/safetensors.h"
#include "io/zip_builder.h"
#include "support/allocations.h"
#include "support/files.h"

namespace dem {
namespace {

using test::deflated_entry;
using test::encode_floats;
using test::encode_value;
using test::length_delimited;
using test::little_endian;
using test::npy_bytes;
using test::stored_entry;
using test::varint;
using test::zip_archive;

constexpr std::size_t kBound = std::size_t{1} << 20;

struct HostileCase {
  const char* what;
  std::string bytes;
};

std::string npy_of(const std::string& shape,
                   const std::string& type = "<f4",
                   std::size_t data_bytes = 64) {
  return npy_bytes(
      concat("{'descr': '", type, "', 'fortran_order': False, 'shape': ", shape, ", }"),
      data_bytes);
}

std::string safetensors_of(const std::string& header, std::uint64_t length, std::size_t data) {
  return little_endian(length, 8) + header + std::string(data, '\0');
}

// A checkpoint's tensor with this many packed dimensions of one.
std::string many_dimensions(std::size_t count) {
  const std::string tensor = length_delimited(1, std::string(count, '\1')) +
                             length_delimited(2, "Float32") + length_delimited(3, "1234");
  return length_delimited(1, length_delimited(1, "x") + length_delimited(2, tensor));
}

std::string mat4_of(std::uint32_t rows, std::uint32_t cols) {
  return little_endian(0, 4) + little_endian(rows, 4) + little_endian(cols, 4) +
         little_endian(0, 4) + little_endian(2, 4) + std::string("a\0", 2) + std::string(64, '\0');
}

std::string mat5_of(const std::string& elements) {
  std::string header = "MATLAB 5.0 MAT-file";
  header.resize(124, ' ');
  return header + little_endian(0x0100, 2) + "IM" + elements;
}

// A double matrix `a` that says it is rows x cols and has the 64 bytes that follow.
std::string mat5_matrix(std::uint32_t rows, std::uint32_t cols, std::uint32_t data_bytes) {
  const std::string inside = little_endian(6, 4) + little_endian(8, 4) + little_endian(6, 8) +
                             little_endian(5, 4) + little_endian(8, 4) + little_endian(rows, 4) +
                             little_endian(cols, 4) + little_endian(0x00010001, 4) +
                             std::string("a\0\0\0", 4) + little_endian(9, 4) +
                             little_endian(data_bytes, 4) + std::string(64, '\0');
  return little_endian(14, 4) + little_endian(inside.size(), 4) + inside;
}

std::string zip_that_claims(std::uint64_t size) {
  auto entry = deflated_entry("a.npy", npy_of("(2000000000,)"));
  entry.local.size = entry.listed.size = size;
  return zip_archive({entry});
}

std::string zip_of_header_length(std::uint32_t length) {
  return zip_archive(
      {deflated_entry("a.npy", std::string("\x93NUMPY\2\0", 8) + little_endian(length, 4) + "{")});
}

std::vector<HostileCase> hostile_files() {
  test::ZipEnd end;
  end.offset = 0xffffffff;
  end.before = "PK\6\6" + little_endian(44, 8) + std::string(12, '\0') +
               little_endian(1ull << 60, 8) + little_endian(1ull << 60, 8) + little_endian(0, 8) +
               little_endian(0, 8) + "PK\6\7" + little_endian(0, 4) + little_endian(0, 8) +
               little_endian(1, 4);
  const std::string wide = R"({"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,64]}})";
  const std::string tiny =
      R"({"a":{"dtype":"F32","shape":[0,1000000000000],"data_offsets":[0,0]}})";
  return {
      {".npy of a terabyte", npy_of("(1000000000000,)")},
      {".npy of a terabyte in rows of features", npy_of("(16000000000, 16)")},
      {".npy of a terabyte in columns of features",
       npy_bytes("{'descr': '<f4', 'fortran_order': True, 'shape': (16000000000, 16), }", 64)},
      {".npy of no rows and a trillion columns", npy_of("(0, 1000000000000)", "<f4", 0)},
      {".npy of strings of a gigabyte", npy_of("(16,)", "<U250000000")},
      {".npy header of four gigabytes",
       std::string("\x93NUMPY\2\0", 8) + little_endian(0xffffffff, 4) + "{"},
      {".npz of a terabyte", zip_archive({stored_entry("a.npy", npy_of("(1000000000000,)"))})},
      {".npz of all that deflate could hold", zip_that_claims(150000)},
      {".npz of more than deflate could hold", zip_that_claims(0xfffffff0)},
      {".npz header of four gigabytes", zip_of_header_length(0xffffffff)},
      {".npz header of a megabyte", zip_of_header_length(1 << 20)},
      {".npz of 2^60 entries", zip_archive({stored_entry("a.npy", npy_of("(16,)"))}, end)},
      {"safetensors header of 100 MB", safetensors_of("{}", 99'999'999, 0)},
      {"safetensors of four terabytes", safetensors_of(wide, wide.size(), 64)},
      {"safetensors of no rows and a trillion columns", safetensors_of(tiny, tiny.size(), 0)},
      {"checkpoint value of two gigabytes", "\x0a" + varint(0x7fffffff) + "\x0a\1x"},
      {"checkpoint value of 2^63 bytes", "\x0a" + varint(1ull << 63) + "\x0a\1x"},
      {"checkpoint tensor of a terabyte",
       encode_value("x", {1'000'000'000'000}, "Float32", std::string(64, '\0'))},
      {"checkpoint tensor of slices that never come",
       encode_value("fc1.weight", {1000, 1000}, "Float32", "1234")},
      {"MAT v4 of eight exabytes", mat4_of(0x7fffffff, 0x7fffffff)},
      {"MAT v5 element of four gigabytes",
       mat5_of(little_endian(14, 4) + little_endian(0xfffffff8, 4) + std::string(64, '\0'))},
      {"MAT v5 matrix of eight exabytes", mat5_of(mat5_matrix(0x7fffffff, 0x7fffffff, 64))},
      {"MAT v5 numbers of four gigabytes", mat5_of(mat5_matrix(0x10000, 0x2000, 0xfffffff8))},
  };
}

// All that dem does with files, errors and all.
void read_in_every_way(const std::string& path) {
  const auto attempt = [](const std::function<void()>& body) {
    try {
      body();
    } catch (const Error& error) {
      EXPECT_NE(to_string(error.kind()), to_string(ErrorKind::kInternal)) << error.what();
    }
  };
  attempt([&] {
    const auto file = ArrayFile::open(path);
    for (const ArrayInfo& info : file->arrays()) {
      attempt([&] { (void)file->read_integers(info); });
      attempt([&] { (void)file->read_strings(info); });
      if (info.shape.size() != 2) continue;
      // A matrix of no rows may have any width.
      attempt([&] { (void)read_matrix(*file, info, 0); });
      for (const int axis : {0, 1}) attempt([&] { (void)file->open_rows(info, axis); });
    }
  });
  attempt([&] { (void)FeatureStream(path, {.feature_dim = 16}); });
  attempt([&] { (void)load_mindspore_checkpoint(path); });
  attempt([&] { (void)load_model(path); });
  attempt([&] { (void)inspect_file(path); });
  attempt([&] {
    Network network({.inputs = {{"attribute", 3, 1.0f}}, .hidden_dim = 4, .feature_dim = 5});
    load_weights(network, path);
  });
}

TEST(Allocation, TheCounterSeesWhatIsAskedFor) {
  const std::size_t peak = test::peak_of([] {
    const std::vector<char> one(3'000'000);
    const Matrix<float> two(1000, 1000);
  });
  EXPECT_GE(peak, 7'000'000u);
  EXPECT_LE(peak, 7'100'000u);
}

TEST(Allocation, SmallFilesThatClaimMuchCostLittle) {
  const test::TemporaryFolder folder;
  for (const HostileCase& c : hostile_files()) {
    const std::string path = folder.write("hostile", c.bytes);
    const std::size_t peak = test::peak_of([&] { read_in_every_way(path); });
    EXPECT_LE(peak, c.bytes.size() + kBound) << c.what;
  }
}

// One number of a fact of the model's file exchanged for a thousand million.
struct ModelClaim {
  Model (*model)();
  const char* fact;
  std::string from;
};

void expect_claim_costs_little(const ModelClaim& claim) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  save_model(claim.model(), path);
  const SafetensorsFile file(path);
  std::vector<RawTensor> tensors;
  for (const ArrayInfo& info : file.arrays()) {
    tensors.push_back({info.name, info.type, info.shape, file.bytes(info)});
  }
  std::map<std::string, std::string> facts(file.metadata().begin(), file.metadata().end());
  std::string& fact = facts.at(claim.fact);
  const std::size_t place = fact.find(claim.from);
  ASSERT_NE(place, std::string::npos) << fact;
  const std::size_t digits = claim.from.find(':') + 1;
  fact.replace(place, claim.from.size(), claim.from.substr(0, digits) + "1000000000");
  const std::string hostile = folder.file("hostile.safetensors");
  write_safetensors(hostile, tensors, facts);
  const std::size_t peak = test::peak_of([&] {
    try {
      (void)load_model(hostile);
    } catch (const Error& error) {
      EXPECT_EQ(to_string(error.kind()), to_string(ErrorKind::kFormat)) << error.what();
    }
  });
  EXPECT_LE(peak, std::filesystem::file_size(hostile) + kBound) << claim.from;
}

TEST(Allocation, AModelThatClaimsLargeMapsCostsLittle) {
  const ModelClaim claims[] = {
      {test::example_model, "class_map", "\"hidden_dim\":5"},
      {test::example_model, "class_map", "\"feature_dim\":6"},
      {test::example_model, "class_map", "\"dim\":4"},
      {test::linear_model, "class_map", "\"dim\":3"},
      {test::linear_model, "class_map", "\"prototype_dim\":5"},
      {test::linear_model, "feature_map", "\"in\":6"},
      {test::linear_model, "feature_map", "\"out\":5"},
      {test::identity_model, "class_map", "\"dim\":3"},
  };
  for (const ModelClaim& claim : claims) expect_claim_costs_little(claim);
}

// Files that are as large as they say: what reading them takes besides the file.
TEST(Allocation, MemoryGrowsWithTheFileByAStatedFactor) {
  constexpr std::size_t kTimes = 100'000;
  std::string entries, row;
  for (std::size_t i = 0; i < kTimes / 10; ++i) entries += encode_floats(std::to_string(i), {1}, 1);
  for (std::size_t i = 0; i < kTimes; ++i) row += "1,";
  std::vector<test::ZipTestEntry> members;
  for (std::size_t i = 0; i < 2000; ++i) {
    members.push_back(stored_entry(std::to_string(i) + ".npy", npy_of("(16,)")));
  }
  const struct {
    const char* what;
    std::string bytes;
    std::size_t factor;
  } kCases[] = {{"checkpoint of many tensors", entries, 24},
                {"checkpoint of many dimensions", many_dimensions(kTimes), 32},
                {"CSV of many columns", row + "1\n" + row + "2\n", 4},
                {"CSV of many rows",
                 [] {
                   std::string rows;
                   for (std::size_t i = 0; i < kTimes; ++i) rows += "1\n";
                   return rows;
                 }(),
                 24},
                {".npz of many arrays", zip_archive(members), 4}};
  const test::TemporaryFolder folder;
  for (const auto& c : kCases) {
    const std::string path = folder.write("large.csv", c.bytes);
    const std::size_t peak = test::peak_of([&] { read_in_every_way(path); });
    EXPECT_LE(peak, c.factor * c.bytes.size() + kBound) << c.what;
  }
}

}  // namespace
}  // namespace dem
