#include <gtest/gtest.h>

#include "dem/base/version.h"
#include "dem/exchange/export.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "exchange/mindir_reader.h"
#include "exchange/mindir_run.h"
#include "exchange/runtimes/models.h"
#include "exchange/runtimes/oracles.h"
#include "support/files.h"

namespace dem {
namespace {

using test::example_network;
using test::expect_error;
using test::length_delimited;
using test::MindirFile;
using test::raw;
using test::read_bytes;
using test::Shape;
using test::TemporaryFolder;
using test::varint;

class Mindir : public ::testing::Test {
 protected:
  std::string exported(const NetworkSpec& spec, Index batch_size) {
    BareWeights weights;
    weights.map.network = example_network(spec);
    export_mindir(weights, {.batch_size = batch_size}, folder_.file("a.mindir"));
    return read_bytes(folder_.file("a.mindir"));
  }

  TemporaryFolder folder_;
};

NetworkSpec spec_with(Activation activation, Index hidden, std::vector<NetworkInput> inputs) {
  return {.inputs = std::move(inputs),
          .hidden_dim = hidden,
          .feature_dim = 4,
          .hidden_activation = activation};
}

NetworkSpec with_output(Activation output, std::vector<NetworkInput> inputs) {
  NetworkSpec spec = spec_with(Activation::kTanh, 6, std::move(inputs));
  spec.output_activation = output;
  return spec;
}

const std::vector<NetworkInput> kOne = {{"attribute", 3, 1.0f}};
const std::vector<NetworkInput> kScaledOne = {{"word", 3, -0.5f}};
const std::vector<NetworkInput> kFusion = {{"word", 5, 1.0f}, {"attribute", 3, 3.0f}};

const std::vector<NetworkInput> kThree = {
    {"word", 5, 1.0f}, {"attribute", 3, 3.0f}, {"sketch", 2, -1.0f}};

TEST_F(Mindir, AStrictReaderRunsEveryNetworkAsDemDoes) {
  const NetworkSpec kSpecs[] = {spec_with(Activation::kRelu, 0, kOne),
                                spec_with(Activation::kRelu, 6, kOne),
                                spec_with(Activation::kTanh, 6, kScaledOne),
                                spec_with(Activation::kScaledTanh, 6, kFusion),
                                spec_with(Activation::kTanh, 6, kFusion),
                                with_output(Activation::kIdentity, kFusion),
                                with_output(Activation::kScaledTanh, kThree)};
  for (const NetworkSpec& spec : kSpecs) {
    for (const Index batch : {1, 5}) {
      const MindirFile file(exported(spec, batch));
      std::vector<Matrix<float>> inputs;
      std::map<std::string, std::vector<double>> feeds;
      for (const NetworkInput& input : spec.inputs) {
        inputs.emplace_back(batch, input.dim);
        const auto count = static_cast<std::size_t>(inputs.back().size());
        test::fill({inputs.back().data(), count}, static_cast<float>(input.dim));
        feeds[input.space == "attribute" ? "att" : input.space] = {inputs.back().data(),
                                                                   inputs.back().data() + count};
      }
      const std::vector<MatrixView<const float>> views(inputs.begin(), inputs.end());
      const Matrix<float> expected = example_network(spec).forward(views);
      const std::vector<double> got = test::MindirRun::run(file, feeds);
      EXPECT_EQ(file.output_shape, (Shape{batch, 4})) << spec.to_string();
      ASSERT_EQ(static_cast<Index>(got.size()), expected.size()) << spec.to_string();
      double largest = 0.0;
      for (Index i = 0; i < expected.size(); ++i) {
        // Sums of at most six products of numbers below 4, through two layers.
        EXPECT_NEAR(got[static_cast<std::size_t>(i)], double{expected.data()[i]}, 64 * 0x1p-24 * 8)
            << spec.to_string() << ", value " << i;
        largest = std::max(largest, std::abs(double{expected.data()[i]}));
      }
      EXPECT_GT(largest, 0.1) << spec.to_string();  // not all units are dead
    }
  }
}

// The reference's networks for AwA: 85-700-1024, 1000-1024, and the fusion with 900 hidden units.
TEST_F(Mindir, NetworksOfTheReferencesWidthsRunAsInDem) {
  const std::pair<const char*, Index> kCases[] = {{"att", 1000}, {"word", 20}, {"fusion", 20}};
  for (const auto& [mode, batch] : kCases) {
    Rng rng(1, Purpose::kSynthetic);
    BareWeights weights;
    weights.map.network = test::network_of(mode, rng);
    const Network& network = weights.map.network;
    export_mindir(weights, {.batch_size = batch}, folder_.file("a.mindir"));
    const MindirFile file(read_bytes(folder_.file("a.mindir")));
    std::vector<Matrix<float>> inputs;
    std::map<std::string, std::vector<double>> feeds;
    for (const NetworkInput& input : network.spec().inputs) {
      inputs.push_back(test::normal_matrix(batch, input.dim, 1.0, rng));
      feeds[input.space == "attribute" ? "att" : input.space] = {
          inputs.back().data(), inputs.back().data() + inputs.back().size()};
    }
    const std::vector<MatrixView<const float>> views(inputs.begin(), inputs.end());
    const Matrix<float> expected = network.forward(views);
    const std::vector<double> got = test::MindirRun::run(file, feeds);
    EXPECT_EQ(file.output_shape, (Shape{batch, test::kFeatureDim})) << mode;
    ASSERT_EQ(static_cast<Index>(got.size()), expected.size()) << mode;
    const std::vector<double> tolerance = test::embed_tolerance(network, inputs);
    for (Index i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(got[static_cast<std::size_t>(i)],
                  double{expected.data()[i]},
                  tolerance[static_cast<std::size_t>(i / test::kFeatureDim)])
          << mode << ", value " << i;
    }
  }
}

TEST_F(Mindir, InputsAndParametersAreTheReferences) {
  const MindirFile file(exported(test::fusion_spec(), 0));
  ASSERT_EQ(file.inputs.size(), 2u);
  EXPECT_EQ(MindirFile::plain(file.inputs[0].name), "att");
  EXPECT_EQ(file.inputs[0].shape, (Shape{100, 3}));  // the reference's batch
  EXPECT_EQ(MindirFile::plain(file.inputs[1].name), "word");
  EXPECT_EQ(file.inputs[1].shape, (Shape{100, 4}));
  const std::vector<std::string> kNames = {
      "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"};
  ASSERT_EQ(file.parameters.size(), kNames.size());
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    EXPECT_EQ(MindirFile::plain(file.parameters[i].name), kNames[i]);
  }
}

// One layer, 2 -> 1, batch 1, every message written out.
TEST_F(Mindir, WrittenBytesAreThoseOfAnIndependentEncoder) {
  const auto number = [](int field, std::uint64_t value) {
    return varint(static_cast<std::uint64_t>(field) << 3) + varint(value);
  };
  const auto tensor = [&](const std::string& name,
                          const std::vector<std::uint64_t>& dims,
                          const std::vector<float>& values) {
    std::string bytes;
    for (const std::uint64_t dim : dims) bytes += number(1, dim);
    bytes += number(2, 1);
    if (!name.empty()) bytes += length_delimited(7, name);
    return values.empty() ? bytes : bytes + length_delimited(9, raw(values));
  };
  const auto shape = [&](const std::string& ref,
                         const std::vector<std::vector<std::uint64_t>>& all) {
    std::string bytes;
    for (std::size_t i = 0; i < all.size(); ++i) {
      bytes += length_delimited(12, tensor("shape" + std::to_string(i + 1), all[i], {}));
    }
    return length_delimited(5, bytes + length_delimited(15, ref));
  };
  const auto scalar = [&](const std::string& name, const std::string& value, std::uint64_t type) {
    return length_delimited(5,
                            length_delimited(1, name) + value +
                                length_delimited(15, "scalar:value0") + number(16, type));
  };
  const auto list = [&](const std::string& name, const std::vector<std::string>& values) {
    std::string bytes = length_delimited(1, name);
    std::string ref = "scalar:List[";
    for (std::size_t i = 0; i < values.size(); ++i) {
      bytes += length_delimited(11, values[i]);
      ref += "value" + std::to_string(i + 1) + ",";
    }
    return length_delimited(5, bytes + length_delimited(15, ref + "],") + number(16, 8));
  };
  const auto node = [&](const std::vector<std::string>& inputs,
                        const std::string& op,
                        int index,
                        const std::string& scope,
                        const std::string& attributes) {
    std::string bytes;
    for (const std::string& input : inputs) bytes += length_delimited(1, input);
    const std::string key = "dem:" + op + ":" + std::to_string(index);
    return length_delimited(
        1,
        bytes + length_delimited(2, key) + length_delimited(3, key) + length_delimited(4, op) +
            attributes +
            length_delimited(7, "Default/" + scope + op + "-op" + std::to_string(index)));
  };
  const std::string monad = length_delimited(
      1,
      length_delimited(2, "dem:U:1") + length_delimited(4, "Constant") +
          length_delimited(5, length_delimited(1, "value") + length_delimited(15, "Monad:UMonad")));
  const std::string fc1 = "fc1-Dense/";
  std::string nodes =
      monad + node({"dem:fc1.weight", "dem:U:1"}, "Load", 2, "", shape("shape:shape1,", {{1, 2}})) +
      node({"dem:fc1.bias", "dem:U:1"}, "Load", 3, "", shape("shape:shape1,", {{1}})) +
      node({"dem:att", "dem:Load:2"},
           "MatMul",
           4,
           fc1,
           shape("shape:shape1,", {{1, 1}}) + scalar("transpose_a", number(3, 0), 9) +
               scalar("transpose_x1", number(3, 0), 9) + scalar("transpose_b", number(3, 1), 9) +
               scalar("transpose_x2", number(3, 1), 9) + list("input_names", {"x1", "x2"}) +
               list("output_names", {"output"})) +
      node({"dem:MatMul:4", "dem:Load:3"},
           "BiasAdd",
           5,
           fc1,
           shape("shape:shape1,", {{1, 1}}) + scalar("format", length_delimited(5, "NCHW"), 8) +
               list("input_names", {"x", "b"}) + list("output_names", {"output"})) +
      node({"dem:BiasAdd:5"},
           "ReLU",
           6,
           fc1,
           shape("shape:shape1,", {{1, 1}}) + list("input_names", {"x"}) +
               list("output_names", {"output"})) +
      node({"dem:Load:2", "dem:Load:3"},
           "MakeTuple",
           7,
           "",
           shape("shape:Tuple[shape1,shape2,],", {{1, 2}, {1}})) +
      node({"dem:U:1", "dem:MakeTuple:7"}, "UpdateState", 8, "", shape("shape:UMonadType,", {})) +
      node({"dem:ReLU:6", "dem:UpdateState:8"},
           "Depend",
           9,
           "",
           shape("shape:shape1,", {{1, 1}}) + scalar("side_effect_propagate", number(3, 1), 7));
  const std::string graph =
      nodes + length_delimited(2, "dem") +
      length_delimited(3, tensor("dem:fc1.weight", {1, 2}, {1.0f, -2.0f})) +
      length_delimited(3, tensor("dem:fc1.bias", {1}, {0.5f})) +
      length_delimited(
          5, length_delimited(1, "dem:att") + length_delimited(2, tensor("", {1, 2}, {}))) +
      length_delimited(
          6, length_delimited(1, "dem:Depend:9") + length_delimited(2, tensor("", {1, 1}, {})));
  const std::string expected = length_delimited(1, "0.1.0") + length_delimited(2, "dem") +
                               length_delimited(3, std::string(version())) +
                               length_delimited(5, "1.6.1") + length_delimited(7, graph);
  BareWeights weights;
  weights.map.network =
      Network({.inputs = {{"attribute", 2, 1.0f}}, .hidden_dim = 0, .feature_dim = 1});
  const float values[] = {1.0f, -2.0f, 0.5f};
  std::copy(std::begin(values), std::end(values), weights.map.network.parameters().begin());
  export_mindir(weights, {.batch_size = 1}, folder_.file("a.mindir"));
  EXPECT_EQ(read_bytes(folder_.file("a.mindir")), expected);
}

// The reader itself: each change breaks one of the loader's rules.
TEST_F(Mindir, TheStrictReaderRefusesWhatMindSporesLoaderRefuses) {
  const std::string good = exported(spec_with(Activation::kTanh, 6, kFusion), 2);
  EXPECT_NO_THROW(MindirFile{good});
  const auto key = [](const std::string& name) {
    return length_delimited(2, name) + length_delimited(3, name);
  };
  const struct {
    std::string from, to;  // of equal length; the first occurrence is changed
    const char* message;
  } kCases[] = {
      {key("dem:Load:3"), key("dem:Load:2"), "name of its own"},
      {length_delimited(3, "dem:Load:3"), length_delimited(3, "dem:Load:2"), "key as its name"},
      {length_delimited(1, "dem:MatMul:4"), length_delimited(1, "dem:MatMul:9"), "declared before"},
      {length_delimited(4, "Constant"), length_delimited(4, "Constrnt"), "key as its name"},
      {length_delimited(2, "dem"), length_delimited(9, "dem"), "producer_name"},
      {length_delimited(5, "1.6.1"), length_delimited(6, "1.6.1"), "model_version"},
      {"dem:fc1.bias", "dem_fc1.bias", "declared before"},
      {"Monad:UMonad", "monad:UMonad", "a tensor or a monad"},
      {"shape:shape1,", "shape:shape2,", "the shape"},
      {"scalar:List[value1,value2,],", "scalar:List[value1,value3,],", "a list of strings"},
      {"scalar:value0", "scalar:value1", "an integer"},
      {length_delimited(2, "dem:U:1"), length_delimited(1, "dem:U:1"), "declared before"},
      {length_delimited(4, "MatMul"), length_delimited(8, "MatMul"), "op_type"},
  };
  for (const auto& [from, to, message] : kCases) {
    std::string bytes = good;
    const std::size_t at = bytes.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bytes.replace(at, from.size(), to);
    try {
      const MindirFile file(bytes);
      ADD_FAILURE() << "read in spite of " << from << " -> " << to;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos)
          << from << " -> " << to << ": " << error.what();
    }
  }
}

TEST_F(Mindir, ClassifyIsRefusedWithTheFormatThatHasIt) {
  const std::string path = folder_.file("a.mindir");
  expect_error(ErrorKind::kUnsupported, {path, "classify", "ONNX"}, [&] {
    export_mindir(test::example_model(), {.graph = ExportGraph::kClassify}, path);
  });
  expect_error(ErrorKind::kUnsupported, {path, "classify", "ONNX"}, [&] {
    export_mindir(BareWeights{}, {.graph = ExportGraph::kClassify}, path);
  });
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(Mindir, AModelGivesWhatItsNetworkGives) {
  const Model model = test::example_model();
  export_mindir(model, {.batch_size = 2}, folder_.file("model"));
  EXPECT_EQ(read_bytes(folder_.file("model")), exported(test::fusion_spec(), 2));
}

TEST_F(Mindir, OtherClassMapsAreRefusedWithTheFormatThatHasThem) {
  const std::string path = folder_.file("a.mindir");
  expect_error(ErrorKind::kUnsupported, {path, "networks only", "linear 3 -> 5", "ONNX"}, [&] {
    export_mindir(test::linear_model(), {}, path);
  });
  expect_error(ErrorKind::kUnsupported, {path, "networks only", "identity 3", "ONNX"}, [&] {
    export_mindir(test::identity_model(), {}, path);
  });
  EXPECT_EQ(folder_.entries(), 0);
}

}  // namespace
}  // namespace dem
