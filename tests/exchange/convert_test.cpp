#include "dem/exchange/convert.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "dem/exchange/model_file.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "exchange/mindspore/checkpoint_writer.h"
#include "exchange/tensor_file.h"
#include "io/npy_writer.h"
#include "support/files.h"

namespace dem {
namespace {

using test::encode_floats;
using test::encode_value;
using test::expect_error;
using test::from_hex;
using test::raw;
using test::read_bytes;
using test::TemporaryFolder;

const std::vector<std::string> kEndings = {"ckpt", "safetensors", "npz"};

// Everything of a file that conversion must keep, as text.
std::vector<std::string> contents_of(const std::string& path) {
  const TensorFile file(path);
  std::vector<std::string> lines;
  for (const RawTensor& tensor : file.tensors()) {
    std::string line =
        tensor.name + " " + to_string(ArrayInfo{tensor.name, tensor.type, tensor.shape, ""}) + " ";
    for (const std::byte byte : tensor.bytes)
      line += std::to_string(std::to_integer<int>(byte)) + " ";
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> names_of(const std::string& path) {
  std::vector<std::string> names;
  const TensorFile file(path);
  for (const RawTensor& tensor : file.tensors()) names.push_back(tensor.name);
  return names;
}

std::map<std::string, std::string> metadata_of(const std::string& path) {
  const SafetensorsFile file(path);
  return {file.metadata().begin(), file.metadata().end()};
}

// A tensor a type, bits of every kind in it (negative zero, NaNs with a payload, the largest
// integers), in an order that no rule of sorting gives; scalars, an empty one, three dimensions.
std::string every_type() {
  using std::string;
  const string bits = from_hex("00000080 ffffffff 0100f07f 0000c07f");
  string bytes = encode_value("z.half", {4}, "Float16", bits.substr(0, 8)) +
                 encode_value("fc1.weight", {2, 2}, "Float32", bits) +
                 encode_value("fc1.bias", {2}, "Float32", bits.substr(8)) +
                 encode_value("a.double", {1, 2, 1}, "Float64", bits) +
                 encode_value("epoch_num", {}, "Int64", bits.substr(8)) +
                 encode_value("learning_rate", {0}, "Float32", bits.substr(0, 4)) +
                 encode_value("flags", {3}, "Bool", from_hex("010001")) +
                 encode_value("none", {0, 3}, "Float32", "") + encode_value("nil", {0}, "Int8", "");
  for (const char* type :
       {"Int8", "UInt8", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64"}) {
    const std::int64_t size = type[std::string(type).size() - 1] == '8' ? 1 : 2;
    const bool wide = std::string(type).find("32") != string::npos;
    const bool wider = std::string(type).find("64") != string::npos;
    const std::int64_t count = 16 / (wider ? 8 : wide ? 4 : size);
    bytes += encode_value(std::string("of ") + type, {count}, type, bits);
  }
  return bytes;
}

class Convert : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.file(name); }
  void write(const std::string& name, const std::string& bytes) {
    EXPECT_EQ(folder_.write(name, bytes), path(name));
  }
  // Converts FROM to TO, which lie in the folder.
  ConvertSummary convert(const std::string& from,
                         const std::string& to,
                         const ConvertOptions& options = {}) {
    return convert_tensors(path(from), path(to), options);
  }
  static ConvertOptions weights_only() {
    ConvertOptions options;
    options.weights_only = true;
    return options;
  }

  TemporaryFolder folder_;
};

TEST_F(Convert, EveryPairOfFormatsKeepsNamesOrderTypesShapesAndBits) {
  const std::string origin = folder_.write("origin.ckpt", every_type());
  const std::vector<std::string> expected = contents_of(origin);
  ASSERT_EQ(expected.size(), 17u);
  for (const std::string& from : kEndings) {
    (void)convert("origin.ckpt", "from." + from);
    EXPECT_EQ(contents_of(path("from." + from)), expected) << from;
    for (const std::string& to : kEndings) {
      const ConvertSummary summary = convert("from." + from, "to." + to);
      EXPECT_EQ(contents_of(path("to." + to)), expected) << from << " to " << to;
      EXPECT_EQ(summary.written.size(), expected.size());
      EXPECT_TRUE(summary.left_out.empty());
      EXPECT_EQ(summary.bytes, std::filesystem::file_size(path("to." + to)));
      // Not the way there decides the bytes, but the content.
      (void)convert("origin.ckpt", "direct." + to);
      EXPECT_EQ(read_bytes(path("to." + to)), read_bytes(path("direct." + to)));
    }
  }
}

TEST_F(Convert, Bfloat16GoesWhereItIsKnown) {
  write("a.ckpt", encode_value("w", {2}, "BFloat16", from_hex("803fc0ff")));
  (void)convert("a.ckpt", "a.safetensors");
  (void)convert("a.safetensors", "b.ckpt");
  EXPECT_EQ(read_bytes(path("b.ckpt")), read_bytes(path("a.ckpt")));
  for (const char* from : {"a.ckpt", "a.safetensors"}) {
    expect_error(ErrorKind::kUnsupported, {path(from), "w", "NumPy archive", "bfloat16"}, [&] {
      (void)convert(from, "c.npz");
    });
  }
  EXPECT_FALSE(std::filesystem::exists(path("c.npz")));
}

TEST_F(Convert, ACheckpointIsWrittenByteForByteAsMindSporeDoes) {
  const Network network = test::example_network(test::fusion_spec());
  save_mindspore_checkpoint(network, path("train.ckpt"));
  (void)convert("train.ckpt", "a.npz");
  (void)convert("a.npz", "b.safetensors");
  (void)convert("b.safetensors", "c.ckpt");
  EXPECT_EQ(read_bytes(path("c.ckpt")), read_bytes(path("train.ckpt")));
}

TEST_F(Convert, AScalarIsWrittenWithTheShapeThatEveryVersionReads) {
  write("a.ckpt", encode_value("x", {}, "Float32", from_hex("0000803f")));
  (void)convert("a.ckpt", "b.ckpt");
  EXPECT_EQ(read_bytes(path("b.ckpt")), encode_value("x", {0}, "Float32", from_hex("0000803f")));
}

TEST_F(Convert, LargeTensorsAreCutAsMindSporeCutsThem) {
  const std::vector<float> values = {1, 2, 3, 4, 5};
  const RawTensor tensor{"x", ElementType::kFloat32, {5, 1}, std::as_bytes(std::span(values))};
  write_checkpoint(path("a.ckpt"), std::vector{tensor}, 8);
  EXPECT_EQ(read_bytes(path("a.ckpt")),
            encode_value("x", {5, 1}, "Float32", raw(std::vector<float>{1, 2})) +
                encode_value("x", {5, 1}, "Float32", raw(std::vector<float>{3, 4})) +
                encode_value("x", {5, 1}, "Float32", raw(std::vector<float>{5})));
  EXPECT_EQ(load_mindspore_checkpoint(path("a.ckpt")).at(0).values, values);
}

// What MindSpore's distributed training leaves, as formats.md has it.
std::string distributed_checkpoint() {
  return encode_floats("fc1.weight", {2, 3}, 1) + encode_floats("fc1.bias", {2}, 9) +
         encode_value("global_step", {1}, "Int32", std::string(4, '\0')) +
         encode_value("learning_rate", {}, "Float32", std::string(4, '\0')) +
         encode_floats("beta1_power", {1}, 1) + encode_floats("beta2_power", {1}, 1) +
         encode_floats("moment1.fc1.weight", {2, 3}, 1) +
         encode_floats("moment1.fc1.bias", {2}, 9) +
         encode_floats("moment2.fc1.weight", {2, 3}, 1) +
         encode_floats("moment2.fc1.bias", {2}, 9) +
         encode_value("epoch_num", {}, "Int64", std::string(8, '\0')) +
         encode_value("step_num", {}, "Int64", std::string(8, '\0'));
}

TEST_F(Convert, WeightsOnlyLeavesOutWhatTheOptimiserKept) {
  write("a.ckpt", distributed_checkpoint());
  for (const std::string& to : kEndings) {
    const ConvertSummary all = convert("a.ckpt", "all." + to);
    EXPECT_EQ(all.written.size(), 12u);
    const ConvertSummary summary = convert("all." + to, "weights.ckpt", weights_only());
    EXPECT_EQ(read_bytes(path("weights.ckpt")),
              encode_floats("fc1.weight", {2, 3}, 1) + encode_floats("fc1.bias", {2}, 9));
    EXPECT_EQ(summary.left_out.size(), 10u);
  }
}

TEST_F(Convert, WeightsOnlyOfNothingButStateIsAnError) {
  write("a.ckpt", encode_floats("moment1.fc1.weight", {2}, 1));
  expect_error(ErrorKind::kFormat, {"a.ckpt", "expected weights", "moment1.fc1.weight"}, [&] {
    (void)convert("a.ckpt", "b.ckpt", weights_only());
  });
}

TEST_F(Convert, EntriesThatAreNoTensorsAreRefusedOrLeftOut) {
  const std::string weight = encode_floats("fc1.weight", {2}, 1);
  write("a.ckpt",
        weight + encode_value("note", {4}, "str", "x") +
            encode_value("generator", {4}, "random_op", "x"));
  expect_error(ErrorKind::kUnsupported, {"a.ckpt", "note", "weights alone"}, [&] {
    (void)convert("a.ckpt", "b.npz");
  });
  EXPECT_EQ(convert("a.ckpt", "b.ckpt", weights_only()).left_out,
            (std::vector<std::string>{"note", "generator"}));
  EXPECT_EQ(read_bytes(path("b.ckpt")), weight);
  // Weights that no format here can hold are not left out in silence.
  write("c.ckpt", weight + encode_value("packed", {4}, "Int4", "xy"));
  expect_error(ErrorKind::kUnsupported, {"c.ckpt", "packed", "4-bit"}, [&] {
    (void)convert("c.ckpt", "d.ckpt", weights_only());
  });
}

TEST_F(Convert, MetadataStaysWithinSafetensors) {
  const std::vector<float> w = {1, 2};
  write_safetensors(path("a.safetensors"),
                    {{"w", ElementType::kFloat32, {2}, std::as_bytes(std::span(w))}},
                    {{"author", "x"}, {"crc_num", "17"}});
  EXPECT_EQ(convert("a.safetensors", "b.safetensors").lost_metadata,
            std::vector<std::string>{"crc_num"});
  EXPECT_EQ(metadata_of(path("b.safetensors")),
            (std::map<std::string, std::string>{{"author", "x"}}));
  EXPECT_EQ(convert("a.safetensors", "b.npz").lost_metadata,
            (std::vector<std::string>{"author", "crc_num"}));
}

TEST_F(Convert, AModelOfDemStaysOneWithinSafetensors) {
  const Model model = test::example_model();
  save_model(model, path("model.safetensors"));
  EXPECT_TRUE(convert("model.safetensors", "b.safetensors").lost_metadata.empty());
  EXPECT_EQ(read_bytes(path("b.safetensors")), read_bytes(path("model.safetensors")));
  const ConvertSummary summary = convert("model.safetensors", "w.safetensors", weights_only());
  EXPECT_FALSE(summary.left_out.empty());
  EXPECT_TRUE(metadata_of(path("w.safetensors")).empty());
  for (const std::string& name : names_of(path("w.safetensors"))) {
    EXPECT_EQ(name.substr(0, 2), "fc") << name;
  }
}

// A class map's own numbers are its weights; what stands around it is not.
TEST_F(Convert, OfOtherClassMapsTheMapAloneIsWeights) {
  save_model(test::linear_model(), path("model.safetensors"));
  const ConvertSummary summary = convert("model.safetensors", "w.safetensors", weights_only());
  EXPECT_EQ(names_of(path("w.safetensors")),
            (std::vector<std::string>{"class_map.bias", "class_map.weight"}));
  EXPECT_EQ(std::set<std::string>(summary.left_out.begin(), summary.left_out.end()),
            (std::set<std::string>{"classes.attribute",
                                   "feature_map.1.bias",
                                   "feature_map.1.weight",
                                   "prototypes",
                                   "prototypes.offset",
                                   "prototypes.scale"}));
  save_model(test::identity_model(), path("identity.safetensors"));
  expect_error(ErrorKind::kFormat, {"identity.safetensors", "expected weights"}, [&] {
    (void)convert("identity.safetensors", "i.safetensors", weights_only());
  });
}

TEST_F(Convert, WeightsOfDemsOwnFilesServeAsCheckpoints) {
  const Model model = test::example_model();
  save_model(model, path("model.safetensors"));
  for (const std::string& to : kEndings) {
    (void)convert("model.safetensors", "w." + to, weights_only());
    Network network(model.class_map.network()->spec());
    load_weights(network, path("w." + to));
    EXPECT_TRUE(std::equal(network.parameters().begin(),
                           network.parameters().end(),
                           model.class_map.network()->parameters().begin()))
        << to;
  }
}

TEST_F(Convert, OneFileIsNotBothEnds) {
  const std::string origin = folder_.write("a.ckpt", encode_floats("w", {2}, 1));
  const std::string before = read_bytes(origin);
  std::filesystem::create_symlink(origin, path("link.ckpt"));
  std::filesystem::create_hard_link(origin, path("twin.ckpt"));
  for (const char* output : {"a.ckpt", "./a.ckpt", "link.ckpt", "twin.ckpt"}) {
    expect_error(ErrorKind::kInvalidArgument, {output, "another file"}, [&] {
      (void)convert("a.ckpt", output);
    });
  }
  EXPECT_EQ(read_bytes(origin), before);
}

TEST_F(Convert, TheOutputsFormatComesFromItsEndingOrTheOption) {
  write("a.bin", encode_floats("w", {2}, 1));
  expect_error(
      ErrorKind::kInvalidArgument, {"b.bin", ".bin"}, [&] { (void)convert("a.bin", "b.bin"); });
  expect_error(
      ErrorKind::kInvalidArgument, {"b", "no ending"}, [&] { (void)convert("a.bin", "b"); });
  ConvertOptions options;
  options.format = tensor_format_from_string("npz");
  EXPECT_EQ(to_string(convert("a.bin", "b.ckpt", options).to), "NumPy archive");
  EXPECT_EQ(read_bytes(path("b.ckpt")).substr(0, 2), "PK");
  EXPECT_EQ(to_string(convert("b.ckpt", "c.CKPT").from), "NumPy archive");
  EXPECT_EQ(read_bytes(path("c.CKPT")), read_bytes(path("a.bin")));
  expect_error(
      ErrorKind::kInvalidArgument, {"onnx"}, [] { (void)tensor_format_from_string("onnx"); });
}

TEST_F(Convert, NamesThatAFormatCannotSpellAreRefused) {
  const char* kUtf8 = "\xff";
  write("bytes.ckpt", encode_floats(kUtf8, {2}, 1));
  write("key.ckpt", encode_floats("__metadata__", {2}, 1));
  write("long.ckpt", encode_floats(std::string(65532, 'x'), {2}, 1));
  const auto expect_refused = [&](const char* from, const char* to, const char* message) {
    expect_error(ErrorKind::kUnsupported, {from, message}, [&] { (void)convert(from, to); });
    EXPECT_FALSE(std::filesystem::exists(path(to)));
  };
  expect_refused("bytes.ckpt", "x.safetensors", "UTF-8");
  expect_refused("bytes.ckpt", "x.npz", "UTF-8");
  expect_refused("key.ckpt", "x.safetensors", "this name");
  expect_refused("long.ckpt", "x.npz", "that long");
  EXPECT_NO_THROW((void)convert("bytes.ckpt", "x.ckpt"));
  EXPECT_NO_THROW((void)convert("key.ckpt", "x.npz"));
  EXPECT_NO_THROW((void)convert("long.ckpt", "x.safetensors"));
}

TEST_F(Convert, WhatCannotBeReadIsAnErrorAndLeavesTheOutputAsItWas) {
  const std::string output = folder_.write("out.npz", "before");
  const float numbers[2] = {};
  write_npy(path("a.npy"), MatrixView<const float>(numbers, 1, 2));
  write("empty", "");
  write("cut.ckpt", encode_floats("w", {2}, 1).substr(0, 20));
  const std::ptrdiff_t entries = folder_.entries();
  expect_error(ErrorKind::kIo, {"none.ckpt"}, [&] { (void)convert("none.ckpt", "out.npz"); });
  expect_error(
      ErrorKind::kFormat, {"a.npy", "got NumPy"}, [&] { (void)convert("a.npy", "out.npz"); });
  expect_error(ErrorKind::kFormat, {"empty"}, [&] { (void)convert("empty", "out.npz"); });
  expect_error(ErrorKind::kFormat, {"cut.ckpt"}, [&] { (void)convert("cut.ckpt", "out.npz"); });
  EXPECT_EQ(read_bytes(output), "before");
  EXPECT_EQ(folder_.entries(), entries);
}

TEST_F(Convert, AFileOfNoTensorsIsRefused) {
  write_npz(path("none.npz"), {});
  expect_error(ErrorKind::kFormat, {"none.npz", "expected tensors, got none"}, [&] {
    (void)convert("none.npz", "a.ckpt");
  });
}

TEST_F(Convert, TheSummarySaysWhatWasDone) {
  write("a.ckpt", encode_floats("w", {2, 1}, 1) + encode_floats("beta1_power", {1}, 1));
  const ConvertSummary summary = convert("a.ckpt", "b.npz", weights_only());
  EXPECT_EQ(summary.to_string(),
            path("b.npz") + ": NumPy archive, 1 tensors, " + std::to_string(summary.bytes) +
                " bytes (from MindSpore checkpoint)\nleft out: beta1_power\n");
  const nlohmann::json json = nlohmann::json::parse(summary.to_json());
  EXPECT_EQ(json.at("input"), path("a.ckpt"));
  EXPECT_EQ(json.at("output"), path("b.npz"));
  EXPECT_EQ(json.at("from"), "MindSpore checkpoint");
  EXPECT_EQ(json.at("to"), "NumPy archive");
  EXPECT_EQ(json.at("bytes"), summary.bytes);
  EXPECT_EQ(json.at("tensors").dump(), R"([{"name":"w","shape":[2,1],"type":"float32"}])");
  EXPECT_EQ(json.at("left_out").dump(), R"(["beta1_power"])");
  EXPECT_EQ(json.at("lost_metadata").dump(), "[]");
}

// Written by torch.save; shared.pt has a transposed view and a part of another tensor.
TEST_F(Convert, FilesOfPyTorchGoToEachFormatAndNotBack) {
  const std::string fixtures = std::string(DEM_SOURCE_DIR) + "/tests/data/io/";
  for (const char* name : {"torch/shared.pt", "torch/state_dict.pt", "pickle/dict_4.pkl"}) {
    const std::string input = fixtures + name;
    for (const std::string& ending : kEndings) {
      const std::string output = path("out." + ending);
      const ConvertSummary summary = convert_tensors(input, output);
      EXPECT_EQ(to_string(summary.from), input.ends_with(".pt") ? "PyTorch" : "pickle");
      EXPECT_EQ(contents_of(output), contents_of(input)) << name << " " << ending;
    }
  }
  EXPECT_EQ(names_of(fixtures + "torch/shared.pt"),
            (std::vector<std::string>{"whole", "turned", "part", "again"}));
  expect_error(ErrorKind::kInvalidArgument, {"out.pt", ".safetensors"}, [&] {
    convert_tensors(fixtures + "torch/shared.pt", path("out.pt"));
  });
  ConvertOptions options;
  options.format = TensorFormat::kTorch;
  expect_error(ErrorKind::kInvalidArgument, {"out.npz", "read, not written"}, [&] {
    convert_tensors(fixtures + "torch/shared.pt", path("out.npz"), options);
  });
}

TEST_F(Convert, TextAndNoneOfPyTorchAreLeftOutWhereWeightsAloneAreWanted) {
  const std::string input = std::string(DEM_SOURCE_DIR) + "/tests/data/io/torch/plain.pt";
  const std::string output = path("out.npz");
  expect_error(ErrorKind::kUnsupported, {"nothing", "None", "weights alone"}, [&] {
    convert_tensors(input, output);
  });
  EXPECT_FALSE(std::filesystem::exists(output));
  ConvertOptions options;
  options.weights_only = true;
  EXPECT_EQ(convert_tensors(input, output, options).left_out,
            (std::vector<std::string>{"nothing", "note"}));
}

}  // namespace
}  // namespace dem
