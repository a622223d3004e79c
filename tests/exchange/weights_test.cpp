#include <gtest/gtest.h>

#include <limits>

#include "dem/exchange/model_file.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "io/pickle_builder.h"
#include "io/safetensors.h"
#include "support/files.h"

namespace dem {
namespace {

using test::encode_floats;
using test::encode_value;
using test::expect_error;
using test::TemporaryFolder;

// 2 inputs, 1 hidden unit, 2 outputs: fc1.weight [1, 2], fc1.bias [1], fc2.weight [2, 1], fc2.bias
// [2], seven parameters.
NetworkSpec small_spec() {
  return {.inputs = {{"attribute", 2, 1.0f}}, .hidden_dim = 1, .feature_dim = 2};
}

// A file whose parameters are 1 .. 7 in the network's order.
std::string counting_checkpoint(const std::string& prefix) {
  return encode_floats(prefix + "fc1.weight", {1, 2}, 1) +
         encode_floats(prefix + "fc1.bias", {1}, 3) +
         encode_floats(prefix + "fc2.weight", {2, 1}, 4) +
         encode_floats(prefix + "fc2.bias", {2}, 6);
}

const std::vector<float> kCounting = {1, 2, 3, 4, 5, 6, 7};

class Weights : public ::testing::Test {
 protected:
  std::vector<float> load(const std::string& bytes) {
    load_weights(network_, folder_.write("a.ckpt", bytes));
    return {network_.parameters().begin(), network_.parameters().end()};
  }

  void expect_refused(const std::string& bytes,
                      std::initializer_list<std::string_view> parts,
                      ErrorKind kind = ErrorKind::kFormat) {
    test::fill(network_.parameters(), 5.0f);
    const std::vector<float> before(network_.parameters().begin(), network_.parameters().end());
    expect_error(kind, parts, [&] { (void)load(bytes); });
    expect_error(kind, {folder_.file("a.ckpt")}, [&] { (void)load(bytes); });
    EXPECT_EQ(std::vector<float>(network_.parameters().begin(), network_.parameters().end()),
              before);
  }

  Network network_{small_spec()};
  TemporaryFolder folder_;
};

TEST_F(Weights, PlainNamesAreRead) {
  EXPECT_EQ(load(counting_checkpoint("")), kCounting);
}

TEST_F(Weights, TheOrderInTheFileDoesNotMatter) {
  EXPECT_EQ(load(encode_floats("fc2.bias", {2}, 6) + encode_floats("fc2.weight", {2, 1}, 4) +
                 encode_floats("fc1.bias", {1}, 3) + encode_floats("fc1.weight", {1, 2}, 1)),
            kCounting);
}

TEST_F(Weights, ACommonPrefixIsFound) {
  for (const char* prefix : {"network.", "_backbone.", "network._backbone."}) {
    EXPECT_EQ(load(counting_checkpoint(prefix)), kCounting) << prefix;
  }
}

// All four on one storage 0, 1, 2, ..., as the state of a network, and within a dictionary.
TEST_F(Weights, FilesOfPyTorchAreRead) {
  const auto tensor = [](std::int64_t offset, const std::vector<std::int64_t>& shape) {
    test::PickledTensor made;
    made.count = 8;
    made.offset = offset;
    made.shape = shape;
    made.strides =
        shape.size() == 1 ? std::vector<std::int64_t>{1} : std::vector<std::int64_t>{shape[1], 1};
    return made.bytes();
  };
  const std::string state = test::pickled_dict({{"fc1.weight", tensor(1, {1, 2})},
                                                {"fc1.bias", tensor(3, {1})},
                                                {"fc2.weight", tensor(4, {2, 1})},
                                                {"fc2.bias", tensor(6, {2})}});
  for (const std::string& root : {state, test::pickled_dict({{"state_dict", state}})}) {
    EXPECT_EQ(
        load(test::torch_archive(test::pickle_of(root), {{"data/0", test::counted_floats(8)}})),
        kCounting);
  }
}

TEST_F(Weights, OptimiserStateIsPassedOver) {
  // In the order of a distributed run, whose checkpoint holds the whole training cell.
  const std::string state = encode_floats("learning_rate", {}, 0.1f) +
                            encode_floats("beta1_power", {1}, 0.9f) +
                            encode_value("global_step", {1}, "Int32", std::string(4, '\1')) +
                            counting_checkpoint("moment1.") + counting_checkpoint("moment2.");
  EXPECT_EQ(
      load(encode_floats("fc1.weight", {1, 2}, 1) + encode_floats("fc1.bias", {1}, 3) +
           encode_floats("fc2.weight", {2, 1}, 4) + encode_floats("fc2.bias", {2}, 6) + state),
      kCounting);
  EXPECT_EQ(load(counting_checkpoint("network.") + counting_checkpoint("moment1.network.")),
            kCounting);
}

TEST_F(Weights, OnesAtTheEndOfAShapeDoNotMatter) {
  EXPECT_EQ(load(encode_floats("fc1.weight", {1, 2}, 1) + encode_floats("fc1.bias", {1, 1}, 3) +
                 encode_floats("fc2.weight", {2}, 4) + encode_floats("fc2.bias", {2, 1}, 6)),
            kCounting);
}

TEST_F(Weights, ModelFilesOfDemAreRead) {
  const Model model = test::example_model();
  save_model(model, folder_.file("model.safetensors"));
  Network network(test::fusion_spec());
  load_weights(network, folder_.file("model.safetensors"));
  EXPECT_TRUE(std::equal(network.parameters().begin(),
                         network.parameters().end(),
                         model.class_map.network()->parameters().begin()));
}

TEST_F(Weights, ForeignSafetensorsOfAnyNumberTypeAreRead) {
  const std::vector<double> weight1 = {1, 2};
  const std::vector<std::uint16_t> bias1 = {0x4040};            // 3 as bfloat16
  const std::vector<std::uint16_t> weight2 = {0x4400, 0x4500};  // 4 and 5 as float16
  const std::vector<std::int32_t> bias2 = {6, 7};
  const auto bytes = [](const auto& values) { return std::as_bytes(std::span(values)); };
  write_safetensors(folder_.file("a.safetensors"),
                    {{"net.fc1.weight", ElementType::kFloat64, {1, 2}, bytes(weight1)},
                     {"net.fc1.bias", ElementType::kBfloat16, {1}, bytes(bias1)},
                     {"net.fc2.weight", ElementType::kFloat16, {2, 1}, bytes(weight2)},
                     {"net.fc2.bias", ElementType::kInt32, {2}, bytes(bias2)}},
                    {{"crc_num", "1"}});
  load_weights(network_, folder_.file("a.safetensors"));
  EXPECT_EQ(std::vector<float>(network_.parameters().begin(), network_.parameters().end()),
            kCounting);
}

TEST_F(Weights, AWrongShapeIsNamedWithTheExpectedOne) {
  expect_refused(encode_floats("fc1.weight", {1, 2}, 1) + encode_floats("fc1.bias", {1}, 3) +
                     encode_floats("fc2.weight", {2, 3}, 4) + encode_floats("fc2.bias", {2}, 6),
                 {"fc2.weight", "expected [2, 1]", "got [2, 3]"},
                 ErrorKind::kShapeMismatch);
  // The transpose has as many numbers.
  expect_refused(encode_floats("fc1.weight", {2, 1}, 1) + encode_floats("fc1.bias", {1}, 3) +
                     encode_floats("fc2.weight", {2, 1}, 4) + encode_floats("fc2.bias", {2}, 6),
                 {"fc1.weight", "expected [1, 2]", "got [2, 1]"},
                 ErrorKind::kShapeMismatch);
}

TEST_F(Weights, AMissingTensorIsNamedWithWhatThereIs) {
  expect_refused(encode_floats("fc1.weight", {1, 2}, 1) + encode_floats("fc2.weight", {2, 1}, 4),
                 {"expected a tensor fc1.bias [1]", "fc1.weight, fc2.weight"});
  expect_refused(encode_floats("conv1.weight", {1, 2}, 1), {"fc1.weight [1, 2]", "conv1.weight"});
  expect_refused(counting_checkpoint("moment1."), {"expected a tensor fc1.weight", "moment1.fc1"});
  // A name that merely ends alike is no prefix.
  expect_refused(counting_checkpoint("x"), {"expected a tensor fc1.weight", "xfc1.weight"});
}

TEST_F(Weights, TwoNetworksInOneFileAreAmbiguous) {
  expect_refused(counting_checkpoint("teacher.") + counting_checkpoint("student."),
                 {"one network", "student.fc1.weight", "teacher.fc1.weight"});
}

TEST_F(Weights, ANetworkWithMoreLayersIsRefused) {
  expect_refused(counting_checkpoint("") + encode_floats("fc3.weight", {2, 2}, 1),
                 {"fc3.weight", "expected 2 layers"},
                 ErrorKind::kShapeMismatch);
}

TEST_F(Weights, WeightsThatAreNotFiniteAreRefused) {
  const std::string nan = test::raw(std::vector<float>{std::numeric_limits<float>::quiet_NaN()});
  expect_refused(encode_floats("fc1.weight", {1, 2}, 1) +
                     encode_value("fc1.bias", {1}, "Float32", nan) +
                     encode_floats("fc2.weight", {2, 1}, 4) + encode_floats("fc2.bias", {2}, 6),
                 {"fc1.bias", "nan"},
                 ErrorKind::kFormat);
}

TEST_F(Weights, OtherFilesAreCalledByTheirNames) {
  const std::string path = folder_.write("a.csv", "1,2\n");
  expect_error(ErrorKind::kFormat, {path, "CSV"}, [&] { load_weights(network_, path); });
}

}  // namespace
}  // namespace dem
