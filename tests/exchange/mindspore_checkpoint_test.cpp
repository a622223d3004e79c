#include <gtest/gtest.h>

#include "dem/exchange/model_file.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using test::encode_floats;
using test::encode_value;
using test::expect_error;
using test::from_hex;
using test::length_delimited;
using test::raw;
using test::read_bytes;
using test::TemporaryFolder;
using test::with_crc;

class Checkpoint : public ::testing::Test {
 protected:
  std::vector<NamedTensor> load(const std::string& bytes) {
    return load_mindspore_checkpoint(folder_.write("a.ckpt", bytes));
  }

  void expect_refused(const std::string& bytes,
                      std::initializer_list<std::string_view> parts,
                      ErrorKind kind = ErrorKind::kFormat) {
    expect_error(kind, parts, [&] { (void)load(bytes); });
    expect_error(kind, {folder_.file("a.ckpt")}, [&] { (void)load(bytes); });
  }

  TemporaryFolder folder_;
};

NetworkSpec plain_spec(Index in, Index hidden, Index out) {
  return {.inputs = {{"attribute", in, 1.0f}}, .hidden_dim = hidden, .feature_dim = out};
}

TEST_F(Checkpoint, WrittenBytesAreThoseWorkedOutByHand) {
  // 2 inputs, 1 output, no hidden layer; weight {1, -2}, bias {0.5}.
  //   0a 25                 Checkpoint.value, 37 bytes = 12 + 2 + 23
  //     0a 0a fc1.weight    Value.tag, 10 bytes
  //     12 17               Value.tensor, 23 bytes = 4 + 9 + 10
  //       08 01 08 02       TensorProto.dims 1, 2, each with its key
  //       12 07 Float32     TensorProto.tensor_type
  //       1a 08 ...         TensorProto.tensor_content, 8 bytes
  //   0a 1d                 the next message: 29 bytes = 10 + 2 + 17
  //     0a 08 fc1.bias
  //     12 11               17 bytes = 2 + 9 + 6
  //       08 01, 12 07 Float32, 1a 04 ...
  const std::string expected = from_hex(
      "0a25 0a0a 6663312e776569676874 1217 0801 0802 1207 466c6f61743332 1a08 0000803f 000000c0"
      "0a1d 0a08 6663312e62696173     1211 0801      1207 466c6f61743332 1a04 0000003f");
  Network network(plain_spec(2, 0, 1));
  network.parameters()[0] = 1.0f;
  network.parameters()[1] = -2.0f;
  network.parameters()[2] = 0.5f;
  save_mindspore_checkpoint(network, folder_.file("train.ckpt"));
  EXPECT_EQ(read_bytes(folder_.file("train.ckpt")), expected);
}

TEST_F(Checkpoint, WrittenBytesAreThoseOfAnIndependentEncoder) {
  const Network network = test::example_network(test::fusion_spec());
  save_mindspore_checkpoint(network, folder_.file("train.ckpt"));
  std::string expected;
  for (Index i = 0; i < network.num_layers(); ++i) {
    const LayerView<const float> layer = network.layer(i);
    const std::string name = "fc" + std::to_string(i + 1);
    const std::vector<float> weight(
        layer.weight.data(), layer.weight.data() + layer.weight.rows() * layer.weight.cols());
    const std::vector<float> bias(layer.bias.begin(), layer.bias.end());
    expected += encode_value(
        name + ".weight", {layer.weight.rows(), layer.weight.cols()}, "Float32", raw(weight));
    expected += encode_value(name + ".bias", {layer.weight.rows()}, "Float32", raw(bias));
  }
  EXPECT_EQ(read_bytes(folder_.file("train.ckpt")), expected);
}

TEST_F(Checkpoint, SizesAreThoseOfTheReferencesPublishedModels) {
  NetworkSpec fusion{.inputs = {{"word", 1000, 1.0f}, {"attribute", 85, 3.0f}},
                     .hidden_dim = 900,
                     .feature_dim = 1024,
                     .hidden_activation = Activation::kScaledTanh};
  const std::pair<NetworkSpec, double> kCases[] = {{plain_spec(312, 700, 1024), 3659.9},
                                                   {plain_spec(85, 700, 1024), 3039.2},
                                                   {plain_spec(1000, 0, 1024), 4004.0},
                                                   {fusion, 7425.5}};
  for (const auto& [spec, kibibytes] : kCases) {
    save_mindspore_checkpoint(Network(spec), folder_.file("train.ckpt"));
    const auto bytes = static_cast<double>(std::filesystem::file_size(folder_.file("train.ckpt")));
    // Names, shapes and lengths take some 40 bytes for each of at most six tensors.
    EXPECT_NEAR(bytes / 1024, kibibytes + 0.12, 0.17) << spec.to_string();
  }
}

TEST_F(Checkpoint, WhatWasWrittenReadsBack) {
  const Network network = test::example_network(test::fusion_spec());
  save_mindspore_checkpoint(network, folder_.file("train.ckpt"));
  const std::vector<NamedTensor> tensors = load_mindspore_checkpoint(folder_.file("train.ckpt"));
  ASSERT_EQ(tensors.size(), 6u);
  EXPECT_EQ(tensors[2].name, "fc2.weight");
  EXPECT_EQ(tensors[2].shape, (std::vector<Index>{5, 3}));
  std::vector<float> all;
  for (const NamedTensor& t : tensors) all.insert(all.end(), t.values.begin(), t.values.end());
  EXPECT_EQ(all, std::vector<float>(network.parameters().begin(), network.parameters().end()));
}

TEST_F(Checkpoint, TheWriterLeavesNothingBehindWhereItFails) {
  const Network network(plain_spec(2, 0, 1));
  const std::string path = folder_.file("missing/train.ckpt");
  expect_error(ErrorKind::kIo, {path}, [&] { save_mindspore_checkpoint(network, path); });
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(Checkpoint, EveryNumberTypeBecomesFloatInEitherSpelling) {
  const struct {
    const char* dtype;
    std::string content;
    std::vector<float> expected;
  } kCases[] = {
      {"Int8", raw(std::vector<std::int8_t>{-3, 4}), {-3, 4}},
      {"UInt8", raw(std::vector<std::uint8_t>{200, 4}), {200, 4}},
      {"Uint8", raw(std::vector<std::uint8_t>{200, 4}), {200, 4}},
      {"Int16", raw(std::vector<std::int16_t>{-300, 4}), {-300, 4}},
      {"UInt16", raw(std::vector<std::uint16_t>{60000, 4}), {60000, 4}},
      {"Uint16", raw(std::vector<std::uint16_t>{60000, 4}), {60000, 4}},
      {"Int32", raw(std::vector<std::int32_t>{-70000, 4}), {-70000, 4}},
      {"UInt32", raw(std::vector<std::uint32_t>{3000000000u, 4}), {3e9f, 4}},
      {"Int64", raw(std::vector<std::int64_t>{-5, std::int64_t{1} << 40}), {-5, 0x1p40f}},
      {"UInt64", raw(std::vector<std::uint64_t>{5, std::uint64_t{1} << 63}), {5, 0x1p63f}},
      {"Uint64", raw(std::vector<std::uint64_t>{5, std::uint64_t{1} << 63}), {5, 0x1p63f}},
      {"Float16", from_hex("003c 00c1"), {1.0f, -2.5f}},
      {"BFloat16", from_hex("803f 20c0"), {1.0f, -2.5f}},
      {"Float32", raw(std::vector<float>{0.1f, -2.5f}), {0.1f, -2.5f}},
      {"Float64", raw(std::vector<double>{0.1, -2.5}), {0.1f, -2.5f}},
      {"Bool", from_hex("01 00"), {1, 0}},
  };
  for (const auto& c : kCases) {
    const std::vector<NamedTensor> tensors = load(encode_value("x", {2}, c.dtype, c.content));
    ASSERT_EQ(tensors.size(), 1u) << c.dtype;
    EXPECT_EQ(tensors[0].values, c.expected) << c.dtype;
    EXPECT_EQ(tensors[0].shape, (std::vector<Index>{2})) << c.dtype;
  }
}

TEST_F(Checkpoint, ScalarsOfOlderAndNewerVersionsAreScalars) {
  const std::string one = raw(std::vector<float>{0.25f});
  for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{0}, {}}) {
    const std::vector<NamedTensor> tensors = load(encode_value("lr", dims, "Float32", one));
    ASSERT_EQ(tensors.size(), 1u);
    EXPECT_TRUE(tensors[0].shape.empty());
    EXPECT_EQ(tensors[0].values, std::vector<float>{0.25f});
  }
  const std::vector<NamedTensor> empty = load(encode_value("none", {0}, "Float32", ""));
  EXPECT_EQ(empty.at(0).shape, std::vector<Index>{0});
  EXPECT_TRUE(empty.at(0).values.empty());
}

TEST_F(Checkpoint, DimensionsMayBePacked) {
  const std::string tensor = length_delimited(1, from_hex("0201")) +
                             length_delimited(2, "Float32") +
                             length_delimited(3, raw(std::vector<float>{3, 4}));
  const std::vector<NamedTensor> tensors =
      load(length_delimited(1, length_delimited(1, "x") + length_delimited(2, tensor)));
  EXPECT_EQ(tensors.at(0).shape, (std::vector<Index>{2, 1}));
}

TEST_F(Checkpoint, SlicesOfATensorAreJoined) {
  const std::string a = raw(std::vector<float>{1, 2});
  const std::string b = raw(std::vector<float>{3});
  const std::vector<NamedTensor> tensors =
      load(encode_value("x", {3, 1}, "Float32", a) + encode_value("x", {3, 1}, "Float32", b) +
           encode_floats("y", {1}, 9));
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors[0].values, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(tensors[1].values, (std::vector<float>{9}));
}

TEST_F(Checkpoint, AChecksumIsVerifiedWhereThereIsOne) {
  ASSERT_EQ(test::slow_crc32("123456789"), 0xcbf43926u);  // the standard's check value
  const std::string plain = encode_floats("x", {3}, 1);
  EXPECT_EQ(load(with_crc(plain)).at(0).values, (std::vector<float>{1, 2, 3}));
  std::string damaged = with_crc(plain);
  damaged[damaged.size() - 20] ^= 1;  // the last number
  expect_refused(damaged, {"CRC-32"});
  std::string high = with_crc(plain);
  high[high.size() - 10] = 1;  // the first of ten digits: beyond 64 bits
  expect_refused(high, {"CRC-32"});
  expect_refused(with_crc(""), {"empty"});
}

TEST_F(Checkpoint, EncryptedFilesAreUnsupportedWithTheReason) {
  for (const auto& [magic, cipher] : {std::pair("d85e3a7f", "AES-GCM"),
                                      std::pair("d95e3a7f", "AES-CBC"),
                                      std::pair("da5e3a7f", "SM4-CBC")}) {
    expect_refused(
        from_hex(magic) + std::string(60, 'x'), {"encrypted", cipher}, ErrorKind::kUnsupported);
  }
}

TEST_F(Checkpoint, ValuesThatAreNoWeightsArePassedOver) {
  const std::string map = length_delimited(
      1,
      length_delimited(1, "table") +
          length_delimited(
              3, length_delimited(1, test::encode_tensor({1}, "Int32", std::string(4, '\0')))));
  const std::vector<NamedTensor> tensors =
      load(encode_value("note", {5}, "str", std::string(20, 'x')) +
           encode_value("random_op", {0}, "random_op", "any bytes") + map +
           encode_value("packed", {3}, "Int4", "xy") +
           encode_value("epoch_num", {0}, "Int64", raw(std::vector<std::int64_t>{46})) +
           encode_value("step_num", {}, "Int64", raw(std::vector<std::int64_t>{506})) +
           encode_floats("x", {1}, 1));
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors[0].name, "x");
}

TEST_F(Checkpoint, BrokenFilesAreRefusedAndTheirValidTwinIsRead) {
  const std::string good = encode_value("x", {2}, "Float32", std::string(8, '\0'));
  const auto wrap = [](const std::string& inner) { return length_delimited(1, inner); };
  const struct {
    const char* what;
    std::string bytes;
    const char* message;
  } kCases[] = {
      {"empty", "", "empty file"},
      {"other field", length_delimited(2, "x"), "byte 18"},
      {"text", "hello", "byte 104"},
      {"length beyond the file", from_hex("0a05 0a01 78"), "at most 3"},
      {"endless length", from_hex("0a") + std::string(11, '\xff'), "no length"},
      {"no length", from_hex("0a"), "no length"},
      {"no tag", wrap(length_delimited(2, test::encode_tensor({}, "Float32", "1234"))), "name"},
      {"no tensor", wrap(length_delimited(1, "x")), "variable x"},
      {"no type",
       wrap(length_delimited(1, "x") + length_delimited(2, length_delimited(3, "1234"))),
       "variable x"},
      {"no content",
       wrap(length_delimited(1, "x") + length_delimited(2, length_delimited(2, "Float32"))),
       "variable x"},
      {"broken inside", wrap(length_delimited(1, "x") + from_hex("12ff01")), "are none"},
      {"unknown type", encode_value("x", {2}, "Float31", std::string(8, '\0')), "Float31"},
      {"too few bytes", encode_value("x", {3}, "Float32", std::string(8, '\0')), "12 bytes"},
      {"too many bytes", encode_value("x", {1}, "Float32", std::string(8, '\0')), "4 bytes"},
      {"half a number", encode_value("x", {2}, "Float32", std::string(7, '\0')), "8 bytes"},
      {"two numbers in a scalar",
       encode_value("x", {0}, "Float32", std::string(8, '\0')),
       "0 bytes"},
      {"negative dimension", encode_value("x", {-2}, "Float32", std::string(8, '\0')), "-2"},
      {"dimensions beyond 64 bits",
       encode_value("x", {std::int64_t{1} << 62, 4}, "Float32", std::string(8, '\0')),
       "4611686018427387904"},
      {"twice in a row", good + good, "twice"},
      {"twice apart", good + encode_floats("y", {1}, 1) + good, "twice"},
      {"slices of two shapes",
       encode_value("x", {3}, "Float32", std::string(4, '\0')) +
           encode_value("x", {2}, "Float32", std::string(8, '\0')),
       "12 bytes"},
      {"a slice too many",
       encode_value("x", {3}, "Float32", std::string(8, '\0')) +
           encode_value("x", {3}, "Float32", std::string(8, '\0')),
       "12 bytes"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.what);
    expect_refused(c.bytes, {c.message});
  }
  EXPECT_EQ(load(good).size(), 1u);
}

TEST_F(Checkpoint, EveryTruncationLosesAMessageOrIsRefused) {
  const std::string first = encode_floats("fc1.weight", {1, 2}, 1);
  const std::string whole = first + encode_floats("fc1.bias", {1}, 5);
  Network network(plain_spec(2, 0, 1));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string path = folder_.write("cut.ckpt", whole.substr(0, length));
    EXPECT_THROW(load_weights(network, path), Error) << length;
    // Between two messages the file is a whole one of fewer tensors.
    if (length == first.size()) continue;
    EXPECT_THROW((void)load_mindspore_checkpoint(path), Error) << length;
  }
  const std::string checked = with_crc(whole);
  for (std::size_t length = whole.size() + 1; length < checked.size(); ++length) {
    EXPECT_THROW((void)load(checked.substr(0, length)), Error) << length;
  }
  EXPECT_NO_THROW((void)load(checked));
}

TEST_F(Checkpoint, AMissingFileIsAnIoError) {
  const std::string path = folder_.file("none.ckpt");
  expect_error(ErrorKind::kIo, {path}, [&] { (void)load_mindspore_checkpoint(path); });
}

TEST_F(Checkpoint, DamagedFilesAreReadOrRefused) {
  const std::string bytes = encode_floats("fc1.weight", {2, 2}, 1) +
                            encode_value("lr", {0}, "Float16", "ab") +
                            encode_value("note", {1}, "str", "abcd");
  test::expect_read_or_refused(bytes, 3000, [&](const std::string& b) { (void)load(b); });
  test::expect_read_or_refused(with_crc(bytes), 500, [&](const std::string& b) { (void)load(b); });
}

}  // namespace
}  // namespace dem
