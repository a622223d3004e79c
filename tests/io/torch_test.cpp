// PyTorch's files and NumPy's pickles that are right: read as Python reads them.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/rng.h"
#include "io/convert.h"
#include "io/pickle_builder.h"
#include "io/pickled_file.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::PickledTensor;
using test::read_bytes;
using test::TemporaryFolder;

std::string pickled_fixture(const std::string& name) {
  return std::string(DEM_SOURCE_DIR) + "/tests/data/" + name;
}

std::vector<double> all_numbers(PickledFile& file, const ArrayInfo& info) {
  std::vector<std::byte> storage;
  const auto bytes = file.plain_numbers(info, storage);
  const std::size_t size = element_size(info.type);
  std::vector<double> values;
  for (std::size_t i = 0; i < bytes.size(); i += size) {
    values.push_back(element_to_double(info.type, bytes.data() + i, false));
  }
  return values;
}

// A matrix at once, and in blocks of two rows, along either axis.
void expect_rows_both_ways(ArrayFile& file,
                           const ArrayInfo& info,
                           const std::vector<double>& values) {
  for (const int axis : {0, 1}) {
    const Matrix<float> whole = read_matrix(file, info, axis);
    const auto reader = file.open_rows(info, axis);
    Matrix<float> blocks(whole.rows(), whole.cols());
    for (Index first = 0; first < blocks.rows(); first += 2) {
      const Index count = std::min<Index>(2, blocks.rows() - first);
      ASSERT_EQ(reader->read(blocks.view().row_block(first, count)), count);
    }
    for (Index i = 0; i < whole.rows(); ++i) {
      for (Index j = 0; j < whole.cols(); ++j) {
        const Index at = axis == 0 ? i * info.shape[1] + j : j * info.shape[1] + i;
        const auto expected = static_cast<float>(values[static_cast<std::size_t>(at)]);
        EXPECT_EQ(whole(i, j), expected) << i << " " << j << " axis " << axis;
        EXPECT_EQ(blocks(i, j), expected) << i << " " << j << " axis " << axis;
      }
    }
  }
}

void expect_array(PickledFile& file, const ArrayInfo& info, const nlohmann::json& expected) {
  SCOPED_TRACE(info.name);
  EXPECT_EQ(info.name, expected.at("name").get<std::string>());
  EXPECT_EQ(to_string(info.type), expected.at("type").get<std::string>());
  EXPECT_EQ(info.shape, expected.at("shape").get<std::vector<Index>>());
  if (info.type == ElementType::kOther) {
    EXPECT_NE(info.note, "");
    return;
  }
  if (info.type == ElementType::kText) {
    EXPECT_EQ(file.read_strings(info), expected.at("values").get<std::vector<std::string>>());
    return;
  }
  const auto values = expected.at("values").get<std::vector<double>>();
  EXPECT_EQ(all_numbers(file, info), values);
  if (info.shape.size() == 2) expect_rows_both_ways(file, info, values);
  const bool whole =
      std::all_of(values.begin(), values.end(), [](double v) { return v == std::floor(v); });
  if (info.shape.size() < 2 && whole) {
    EXPECT_EQ(file.read_integers(info), std::vector<std::int64_t>(values.begin(), values.end()));
  }
}

// What Python wrote down of its own files.
void expect_folder(const std::string& folder, FileFormat format, std::size_t at_least) {
  const auto expected =
      nlohmann::json::parse(read_bytes(pickled_fixture("pickled/" + folder + ".json")));
  EXPECT_GE(expected.size(), at_least);
  for (const auto& [name, arrays] : expected.items()) {
    SCOPED_TRACE(name);
    const auto opened = ArrayFile::open(pickled_fixture("io/" + folder + "/" + name));
    EXPECT_EQ(opened->format(), format);
    auto* file = dynamic_cast<PickledFile*>(opened.get());
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(file->arrays().size(), arrays.size());
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      expect_array(*file, file->arrays()[i], arrays[i]);
    }
  }
}

TEST(Torch, EveryKindOfFileIsReadAsTorchLoadReadsIt) {
  expect_folder("torch", FileFormat::kTorch, 16);
}

TEST(Pickle, ArraysOfNumpyAreReadAsPythonReadsThem) {
  expect_folder("pickle", FileFormat::kPickle, 30);
}

TEST(Torch, WhatNeedsACallIsRefusedByItsName) {
  const std::pair<const char*, const char*> kCases[] = {
      {"module.pt", "torch.nn.modules.linear.Linear"},
      {"sparse.pt", "torch.serialization._get_layout"},
      {"set.pt", "set; nothing was executed"},
      {"script.pt", "TorchScript"},
      {"old.pt", "before 1.6"}};
  for (const auto& [name, message] : kCases) {
    expect_error(ErrorKind::kUnsupported, {name, message, "torch.save("}, [&, file = name] {
      (void)ArrayFile::open(pickled_fixture(std::string("pickled/refused/") + file));
    });
  }
}

// --- Archives put together here ---

class TorchArchiveTest : public ::testing::Test {
 protected:
  std::string write(const std::string& bytes) {
    const std::string path = folder_.file("a.pt");
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::unique_ptr<PickledFile> open(const std::string& bytes) {
    return std::make_unique<PickledFile>(write(bytes), FileFormat::kTorch);
  }

  TemporaryFolder folder_;
};

TEST_F(TorchArchiveTest, StridesOfEveryKindGiveTheNumbersThatTheyMean) {
  // Of a storage 0, 1, 2, ... a[i, j] is its own place, so that the formula is the test.
  Rng rng(7, Purpose::kSynthetic);
  for (int round = 0; round < 200; ++round) {
    PickledTensor tensor;
    tensor.count = 60;
    tensor.offset = static_cast<std::int64_t>(rng.below(8));
    tensor.shape = {static_cast<std::int64_t>(rng.below(5)),
                    static_cast<std::int64_t>(rng.below(5))};
    tensor.strides = {static_cast<std::int64_t>(rng.below(7)),
                      static_cast<std::int64_t>(rng.below(7))};
    const auto file = open(test::torch_archive(test::pickle_of(tensor.bytes()),
                                               {{"data/0", test::counted_floats(60)}}));
    const ArrayInfo& info = file->arrays().at(0);
    std::vector<double> expected;
    for (std::int64_t i = 0; i < tensor.shape[0]; ++i) {
      for (std::int64_t j = 0; j < tensor.shape[1]; ++j) {
        expected.push_back(
            static_cast<double>(tensor.offset + i * tensor.strides[0] + j * tensor.strides[1]));
      }
    }
    ASSERT_EQ(info.type, ElementType::kFloat32) << info.note;
    EXPECT_EQ(all_numbers(*file, info), expected);
    expect_rows_both_ways(*file, info, expected);
  }
}

TEST_F(TorchArchiveTest, NumbersInTheOtherByteOrderAreTurned) {
  PickledTensor tensor;
  tensor.storage = "ShortStorage";
  tensor.count = 2;
  tensor.shape = {2};
  tensor.strides = {1};
  const test::ArchiveParts parts = {{"byteorder", "big"}, {"data/0", std::string("\0\1\2\3", 4)}};
  const auto file = open(test::torch_archive(test::pickle_of(tensor.bytes()), parts));
  EXPECT_EQ(file->read_integers(file->arrays()[0]), (std::vector<std::int64_t>{1, 0x0203}));
}

TEST_F(TorchArchiveTest, TypesWithoutAStorageOfTheirOwnComeFromBytes) {
  const std::string reference =
      test::pickled_tuple({test::pickled_text("storage"),
                           test::pickled_name("torch.storage", "UntypedStorage"),
                           test::pickled_text("0"),
                           test::pickled_text("cpu"),
                           test::pickled_int(4)}) +
      "Q";
  const std::string tensor = test::pickled_name("torch._utils", "_rebuild_tensor_v3") +
                             test::pickled_tuple({reference,
                                                  test::pickled_int(0),
                                                  test::pickled_ints({2}),
                                                  test::pickled_ints({1}),
                                                  "\x89",
                                                  "N",
                                                  test::pickled_name("torch", "uint16")}) +
                             "R";
  const auto file =
      open(test::torch_archive(test::pickle_of(tensor), {{"data/0", "\1\2\xff\xff"}}));
  EXPECT_EQ(file->arrays()[0].type, ElementType::kUint16);
  EXPECT_EQ(file->read_integers(file->arrays()[0]), (std::vector<std::int64_t>{0x0201, 0xffff}));
}

TEST_F(TorchArchiveTest, WhatIsNoArrayOfNumbersIsListedWithAReason) {
  PickledTensor repeated;
  repeated.shape = {1000, 1000};
  repeated.strides = {0, 0};
  PickledTensor complex;
  complex.storage = "ComplexFloatStorage";
  PickledTensor negative;
  negative.further = test::pickled_dict({{"neg", "\x88"}});
  const std::string body = test::pickled_dict({{"repeated", repeated.bytes()},
                                               {"complex", complex.bytes()},
                                               {"negative", negative.bytes()},
                                               {"name", test::pickled_name("os", "system")},
                                               {"none", "N"}});
  const auto file =
      open(test::torch_archive(test::pickle_of(body), {{"data/0", test::counted_floats(15)}}));
  const std::pair<const char*, const char*> kNotes[] = {{"repeated", "contiguous()"},
                                                        {"complex", "complex"},
                                                        {"negative", "negative view"},
                                                        {"name", "os.system"},
                                                        {"none", "None"}};
  for (const auto& [name, note] : kNotes) {
    const ArrayInfo& info = file->require(name);
    EXPECT_EQ(info.type, ElementType::kOther) << name;
    EXPECT_NE(info.note.find(note), std::string::npos) << name << ": " << info.note;
  }
}

TEST_F(TorchArchiveTest, ADamagedStorageIsSeenWhereItIsRead) {
  PickledTensor part;
  part.shape = {2, 5};
  const std::string body =
      test::pickled_dict({{"whole", PickledTensor().bytes()}, {"part", part.bytes()}});
  std::string bytes =
      test::torch_archive(test::pickle_of(body), {{"data/0", test::counted_floats(15)}});
  bytes[bytes.find(test::counted_floats(15)) + 7] ^= 1;
  const auto file = open(bytes);
  for (const char* name : {"whole", "part"}) {
    const ArrayInfo& info = file->require(name);
    expect_error(ErrorKind::kFormat, {"CRC-32"}, [&] { (void)read_matrix(*file, info, 0); });
    for (const int axis : {0, 1}) {
      expect_error(ErrorKind::kFormat, {"CRC-32"}, [&] {
        Matrix<float> rows(info.shape[static_cast<std::size_t>(axis)],
                           info.shape[static_cast<std::size_t>(1 - axis)]);
        (void)file->open_rows(info, axis)->read(rows);
      });
    }
  }
}

}  // namespace
}  // namespace dem
