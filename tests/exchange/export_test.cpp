#include "dem/exchange/export.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <map>

#include "dem/base/version.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "exchange/wire_reader.h"
#include "support/files.h"

namespace dem {
namespace {

using test::example_model;
using test::expect_error;
using test::length_delimited;
using test::raw;
using test::read_bytes;
using test::TemporaryFolder;
using test::varint;
using test::WireMessage;

// Exports are run in other runtimes by tests/exchange/runtimes; here is what those cannot see.
class OnnxExport : public ::testing::Test {
 protected:
  // Of a Model or BareWeights.
  template <class Exported>
  std::string exported(const Exported& model, const ExportOptions& options) {
    export_onnx(model, options, path_);
    return read_bytes(path_);
  }
  static BareWeights small_weights() {
    BareWeights weights;
    weights.map.network =
        Network({.inputs = {{"attribute", 2, 1.0f}}, .hidden_dim = 0, .feature_dim = 1});
    const float values[] = {1.0f, -2.0f, 0.5f};
    std::copy(std::begin(values), std::end(values), weights.map.network.parameters().begin());
    return weights;
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("a.onnx");
};

std::string number(int field, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3) + varint(value);
}

// Names of a graph's inputs (11) or outputs (12).
std::vector<std::string> names_of(const std::string& model, int field) {
  std::vector<std::string> names;
  for (const std::string& value : WireMessage(WireMessage(model).text(7)).all(field)) {
    names.push_back(WireMessage(value).text(1));
  }
  return names;
}

std::map<std::string, std::string> metadata_of(const std::string& model) {
  std::map<std::string, std::string> metadata;
  for (const std::string& entry : WireMessage(model).all(14)) {
    WireMessage message(entry);
    const std::string key = message.text(1);
    EXPECT_TRUE(metadata.emplace(key, message.text(2)).second) << key;
  }
  return metadata;
}

// One layer, 2 -> 1, every message written out.
TEST_F(OnnxExport, WrittenBytesAreThoseOfAnIndependentEncoder) {
  const auto tensor =
      [](const std::string& name, const std::string& dims, const std::vector<float>& values) {
        return length_delimited(
            5, dims + number(2, 1) + length_delimited(8, name) + length_delimited(9, raw(values)));
      };
  const auto value = [](int field, const std::string& name, int width, const std::string& doc) {
    const std::string shape = length_delimited(1, length_delimited(2, "batch")) +
                              length_delimited(1, number(1, static_cast<std::uint64_t>(width)));
    const std::string type = length_delimited(1, number(1, 1) + length_delimited(2, shape));
    return length_delimited(
        field, length_delimited(1, name) + length_delimited(2, type) + length_delimited(3, doc));
  };
  const std::string gemm =
      length_delimited(1, "att") + length_delimited(1, "fc1.weight") +
      length_delimited(1, "fc1.bias") + length_delimited(2, "fc1") + length_delimited(3, "fc1") +
      length_delimited(4, "Gemm") +
      length_delimited(5, length_delimited(1, "transB") + number(3, 1) + number(20, 2));
  const std::string relu = length_delimited(1, "fc1") + length_delimited(2, "prototypes") +
                           length_delimited(3, "prototypes") + length_delimited(4, "Relu");
  const std::string graph =
      length_delimited(1, gemm) + length_delimited(1, relu) + length_delimited(2, "dem_embed") +
      tensor("fc1.weight", number(1, 1) + number(1, 2), {1.0f, -2.0f}) +
      tensor("fc1.bias", number(1, 1), {0.5f}) +
      value(11, "att", 2, "Class descriptions, space attribute") +
      value(12,
            "prototypes",
            1,
            "Prototypes of the described classes in the space of mapped features");
  const auto fact = [](const std::string& key, const std::string& text) {
    return length_delimited(14, length_delimited(1, key) + length_delimited(2, text));
  };
  const std::string expected =
      number(1, 6) + length_delimited(2, "dem") + length_delimited(3, std::string(version())) +
      length_delimited(7, graph) + length_delimited(8, length_delimited(1, "") + number(2, 11)) +
      fact("format", "dem onnx") + fact("format_version", "2") + fact("graph", "embed") +
      fact("class_map",
           "{\"kind\":\"network\",\"network\":"
           "{\"inputs\":[{\"space\":\"attribute\",\"dim\":2,\"gain\":1.0}],\"hidden_dim\":0,"
           "\"feature_dim\":1,\"hidden_activation\":\"relu\"},"
           "\"float16_unseen_embeddings\":false}") +
      fact("classes", "{\"names\":[],\"seen\":[],\"spaces\":[]}");
  EXPECT_EQ(exported(small_weights(), {}), expected);
}

TEST_F(OnnxExport, TheSameModelGivesTheSameBytes) {
  for (const ExportGraph graph : {ExportGraph::kEmbed, ExportGraph::kClassify}) {
    for (const auto make : {example_model, test::linear_model, test::identity_model}) {
      const std::string first = exported(make(), {.graph = graph});
      EXPECT_EQ(exported(make(), {.graph = graph}), first) << to_string(graph);
    }
  }
}

TEST_F(OnnxExport, InputsComeInTheReferencesOrderUnderItsNames) {
  Model model = example_model();
  EXPECT_EQ(names_of(exported(model, {}), 11), (std::vector<std::string>{"att", "word"}));
  test::set_network(model,
                    test::example_network({.inputs = {{"sketch", 4, 1.0f}, {"word", 3, 1.0f}},
                                           .hidden_dim = 5,
                                           .feature_dim = 6,
                                           .hidden_activation = Activation::kTanh}));
  model.classes.spaces = {"sketch", "word"};
  EXPECT_EQ(names_of(exported(model, {}), 11), (std::vector<std::string>{"word", "sketch"}));
  test::set_network(model,
                    test::example_network({.inputs = {{"sketch", 4}, {"word", 3}, {"colour", 2}},
                                           .hidden_dim = 5,
                                           .feature_dim = 6}));
  model.classes.spaces.emplace_back("colour");
  model.classes.embeddings.push_back(test::filled_matrix(3, 2, 1.0f));
  EXPECT_EQ(names_of(exported(model, {}), 11),
            (std::vector<std::string>{"word", "sketch", "colour"}));
  EXPECT_EQ(names_of(exported(test::linear_model(), {}), 11), std::vector<std::string>{"att"});
  EXPECT_EQ(names_of(exported(test::identity_model(), {}), 11), std::vector<std::string>{"att"});
}

TEST_F(OnnxExport, TopKBoundsTheOutputs) {
  const Model model = example_model();  // three classes
  const ExportGraph graph = ExportGraph::kClassify;
  EXPECT_EQ(names_of(exported(model, {.graph = graph, .top_k = 0}), 12),
            std::vector<std::string>{"scores"});
  EXPECT_EQ(names_of(exported(model, {.graph = graph, .top_k = 2}), 12),
            (std::vector<std::string>{"scores", "top_scores", "top_ids"}));
  EXPECT_EQ(exported(model, {.graph = graph, .top_k = 100}),
            exported(model, {.graph = graph, .top_k = 3}));
}

TEST_F(OnnxExport, ProbabilitiesComeWithATemperatureOnly) {
  Model model = example_model();
  model.temperature = 0.25f;
  const std::string bytes = exported(model, {.graph = ExportGraph::kClassify, .top_k = 0});
  EXPECT_EQ(names_of(bytes, 12), (std::vector<std::string>{"scores", "probabilities"}));
  EXPECT_EQ(metadata_of(bytes).at("temperature"), "0.25");
}

// What runs of them gives tests/exchange/runtimes see.
TEST_F(OnnxExport, TheGraphOfSomeClassesIsThatOfAModelOfThese) {
  Model model = example_model();
  model.temperature = 0.25f;
  const std::string bytes = exported(
      model, {.graph = ExportGraph::kClassify, .candidates = {2, 1}, .reject_below = 0.75});
  EXPECT_EQ(
      names_of(bytes, 12),
      (std::vector<std::string>{"scores", "probabilities", "accepted", "top_scores", "top_ids"}));
  const auto metadata = metadata_of(bytes);
  EXPECT_EQ(metadata.at("classes"),
            "{\"names\":[\"ox\",\"B\xc3\xa4r \\\"brown\\\"\"],"
            "\"seen\":[true,false],\"spaces\":[\"word\",\"attribute\"]}");
  EXPECT_EQ(metadata.at("reject_below"), "0.75");
  EXPECT_EQ(metadata_of(exported(model, {.graph = ExportGraph::kClassify})).count("reject_below"),
            0);
  Model some = model.clone();
  some.prototypes = candidate_prototypes(model.prototypes, std::vector<ClassId>{2, 1});
  some.classes = {{"ox", "B\xc3\xa4r \"brown\""}, {true, false}, {"word", "attribute"}, {}};
  for (const Matrix<float>& all : model.classes.embeddings) {
    Matrix<float> rows(2, all.cols());
    std::copy(all.row(2).begin(), all.row(2).end(), rows.row(0).begin());
    std::copy(all.row(1).begin(), all.row(1).end(), rows.row(1).begin());
    some.classes.embeddings.push_back(std::move(rows));
  }
  EXPECT_EQ(bytes, exported(some, {.graph = ExportGraph::kClassify, .reject_below = 0.75}));
  EXPECT_EQ(exported(model, {.graph = ExportGraph::kClassify, .candidates = {0, 1, 2}}),
            exported(model, {.graph = ExportGraph::kClassify}));
}

TEST_F(OnnxExport, RejectionWithoutTopKHasNoIds) {
  Model model = example_model();
  model.temperature = 0.25f;
  const std::string bytes =
      exported(model, {.graph = ExportGraph::kClassify, .top_k = 0, .reject_below = 0.5});
  EXPECT_EQ(names_of(bytes, 12), (std::vector<std::string>{"scores", "probabilities", "accepted"}));
}

std::vector<std::string> operators_of(const std::string& model) {
  std::vector<std::string> operators;
  for (const std::string& node : WireMessage(WireMessage(model).text(7)).all(1)) {
    operators.push_back(WireMessage(node).text(4));
  }
  return operators;
}

// What other runtimes must have; OpenCV 4.6 has all but TopK.
TEST_F(OnnxExport, ClassifyIsMadeOfTheseOperators) {
  using Names = std::vector<std::string>;
  Model model = example_model();
  model.temperature = 0.25f;
  const Names standard = {"Sub", "Mul"};
  const Names unit = {"Abs", "ReduceMax", "Add", "Div", "Mul", "Gemm", "Sqrt", "Div"};
  const Names scores = {"Gemm", "Gemm", "Gemm", "Add"};
  const Names probabilities = {"ReduceMax", "Gemm", "Add", "Div", "Softmax"};
  const Names nearest = {"TopK", "Gemm", "Add"};
  const auto joined = [](std::initializer_list<Names> parts) {
    Names all;
    for (const Names& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  };
  const ExportOptions options{.graph = ExportGraph::kClassify, .top_k = 2};
  EXPECT_EQ(operators_of(exported(model, options)),
            joined({standard, unit, scores, probabilities, nearest}));
  ExportOptions rejecting = options;
  rejecting.reject_below = 0.5;
  const Names accepted = {"ReduceMax", "Greater", "Equal", "Or", "Squeeze"};
  EXPECT_EQ(operators_of(exported(model, rejecting)),
            joined({standard, unit, scores, probabilities, accepted, nearest, {"Where"}}));
  model.metric = Metric::kEuclidean;
  EXPECT_EQ(
      operators_of(exported(model, options)),
      joined({standard, {"Sub", "Mul", "Gemm", "Gemm", "Gemm", "Add"}, probabilities, nearest}));
}

TEST_F(OnnxExport, MetadataAreTheModelsFacts) {
  const auto metadata = metadata_of(exported(example_model(), {.graph = ExportGraph::kClassify}));
  EXPECT_EQ(metadata.at("graph"), "classify");
  EXPECT_EQ(metadata.at("metric"), "cosine");
  EXPECT_EQ(metadata.at("format_version"), "2");
  EXPECT_EQ(metadata.at("feature_map"), R"([{"kind":"standard"}])");
  EXPECT_TRUE(metadata.at("class_map").starts_with(R"({"kind":"network",)"));
  EXPECT_TRUE(metadata.at("class_map").ends_with(R"("float16_unseen_embeddings":true})"));
  EXPECT_EQ(metadata.at("classes"),
            "{\"names\":[\"zebra\",\"B\xc3\xa4r \\\"brown\\\"\",\"ox\"],"
            "\"seen\":[true,false,true],\"spaces\":[\"word\",\"attribute\"]}");
  EXPECT_EQ(metadata.at("provenance.seed"), "7");
  EXPECT_EQ(metadata.at("provenance.note"), "line\nbreak");
  const auto linear = metadata_of(exported(test::linear_model(), {}));
  EXPECT_EQ(linear.at("metric"), "dot");
  EXPECT_EQ(linear.at("feature_map"),
            R"([{"kind":"l2"},{"kind":"affine","in":6,"out":5},{"kind":"l2"}])");
  EXPECT_EQ(linear.at("class_map"),
            R"({"kind":"linear","space":"attribute","dim":3,"unit_rows":true,"prototype_dim":5})");
}

TEST_F(OnnxExport, WhatCannotBeExportedIsRefusedAndNothingIsWritten) {
  const ExportGraph classify = ExportGraph::kClassify;
  const struct {
    std::function<void(Model&)> change;
    ExportOptions options;
    ErrorKind kind;
    std::string_view named;
  } kCases[] = {
      {[](Model&) {}, {.batch_size = -1}, ErrorKind::kInvalidArgument, "batch_size"},
      {[](Model&) {}, {.top_k = -1}, ErrorKind::kInvalidArgument, "top_k"},
      {[](Model&) {},
       {.candidates = {1}},
       ErrorKind::kInvalidArgument,
       "candidates: expected graph"},
      {[](Model&) {}, {.reject_below = 0.5}, ErrorKind::kInvalidArgument, "reject_below: expected"},
      {[](Model&) {},
       {.graph = classify, .reject_below = 1.5},
       ErrorKind::kInvalidArgument,
       "a probability, got 1.5"},
      {[](Model&) {},
       {.graph = classify, .reject_below = 0.5},
       ErrorKind::kInvalidArgument,
       "a model with probabilities"},
      {[](Model&) {},
       {.graph = classify, .candidates = {0, 3}},
       ErrorKind::kInvalidArgument,
       "0 .. 2, got 3"},
      {[](Model&) {},
       {.graph = classify, .candidates = {1, 0, 1}},
       ErrorKind::kInvalidArgument,
       "each class once, got 1 twice"},
      {[](Model& m) { m.class_map = ClassMap(); }, {}, ErrorKind::kInvalidArgument, "inputs"},
      {[](Model& m) { m.classes = {}; }, {}, ErrorKind::kInvalidArgument, "classes: spaces"},
      {[](Model& m) {
         m.classes = {{}, {}, {"word", "attribute"}, {}};
         m.classes.embeddings.emplace_back(0, 4);
         m.classes.embeddings.emplace_back(0, 3);
         m.prototypes.rows = Matrix<float>(0, 6);
       },
       {.graph = classify},
       ErrorKind::kInvalidArgument,
       "a model with classes and prototypes, got none"},
      {[](Model& m) { m.prototypes.rows = Matrix<float>(2, 6); },
       {.graph = classify},
       ErrorKind::kInvalidArgument,
       "prototypes"},
      {[](Model& m) {
         m.feature_map.add(AffineMap{Matrix<float>(6, 5), std::vector<float>(6)});
       },
       {.graph = classify},
       ErrorKind::kInvalidArgument,
       "step 2 (affine 5 -> 6)"},
      {[](Model& m) {
         m.prototypes.scale = {1.0f, -1.0f, 1.0f};
       },
       {.graph = classify},
       ErrorKind::kInvalidArgument,
       "prototypes.scale"},
      {[](Model& m) {
         Network network = test::example_network(test::fusion_spec());
         network.parameters()[3] = std::numeric_limits<float>::quiet_NaN();
         test::set_network(m, std::move(network));
       },
       {},
       ErrorKind::kNumerical,
       "nan"},
  };
  for (const auto& [change, options, kind, named] : kCases) {
    Model model = example_model();
    change(model);
    expect_error(kind, {named}, [&, &wanted = options] { export_onnx(model, wanted, path_); });
    EXPECT_EQ(folder_.entries(), 0) << named;
  }
}

TEST_F(OnnxExport, BareWeightsThatCannotBeExportedAreRefused) {
  const auto weights_of = [](std::vector<NetworkInput> inputs) {
    BareWeights weights;
    weights.map.network = Network({.inputs = std::move(inputs), .hidden_dim = 5, .feature_dim = 6});
    return weights;
  };
  expect_error(ErrorKind::kInvalidArgument, {"classify", "bare weights"}, [&] {
    export_onnx(weights_of({{"att", 4}}), {.graph = ExportGraph::kClassify}, path_);
  });
  expect_error(
      ErrorKind::kInvalidArgument, {"inputs"}, [&] { export_onnx(BareWeights{}, {}, path_); });
  expect_error(ErrorKind::kInvalidArgument, {"\"att\" 2 times"}, [&] {
    export_onnx(weights_of({{"att", 4}, {"attribute", 3}}), {}, path_);
  });
  expect_error(ErrorKind::kInvalidArgument, {"fc1.weight"}, [&] {
    export_onnx(weights_of({{"fc1.weight", 4}}), {}, path_);
  });
  BareWeights weights = weights_of({{"att", 4}});
  weights.map.network.parameters()[3] = std::numeric_limits<float>::quiet_NaN();
  expect_error(ErrorKind::kNumerical, {"nan"}, [&] { export_onnx(weights, {}, path_); });
  EXPECT_EQ(folder_.entries(), 0);
}

// Its prototypes hang on names, too; those of the model's own classes are in the other graph.
TEST_F(OnnxExport, AKernelMapGoesIntoGraphClassifyAlone) {
  const Model model = test::kernel_model();
  expect_error(ErrorKind::kUnsupported,
               {"graph embed", "kernel centred, 2 classes of 3 -> 13", "graph classify takes any"},
               [&] { export_onnx(model, {}, path_); });
  EXPECT_EQ(folder_.entries(), 0);
  const std::string bytes = exported(model, {.graph = ExportGraph::kClassify});
  const auto metadata = metadata_of(bytes);
  EXPECT_EQ(metadata.at("gamma"), "0.5");
  EXPECT_NE(metadata.at("class_map").find("centred"), std::string::npos);
  EXPECT_EQ(names_of(bytes, 11), std::vector<std::string>{"features"});
}

TEST_F(OnnxExport, MapsSideBySideWithAKernelMapGoIntoGraphClassifyAlone) {
  const Model model = test::ensemble_model();
  expect_error(ErrorKind::kUnsupported,
               {"graph embed", "side by side (network", "graph classify takes any"},
               [&] { export_onnx(model, {}, path_); });
  EXPECT_EQ(folder_.entries(), 0);
  const auto metadata = metadata_of(exported(model, {.graph = ExportGraph::kClassify}));
  EXPECT_NE(metadata.at("class_map").find("side_by_side"), std::string::npos);
}

TEST_F(OnnxExport, AHubCorrectionIsInOffsets) {
  const std::string bytes = exported(test::corrected_model(), {});
  EXPECT_EQ(names_of(bytes, 12), (std::vector<std::string>{"prototypes", "offsets"}));
  EXPECT_NE(metadata_of(bytes).at("hub_correction").find("\"nearest\":2"), std::string::npos);
}

TEST_F(OnnxExport, AnMlpIsALayerBehindTheOther) {
  const std::string bytes = exported(test::mlp_model(), {});
  EXPECT_EQ(operators_of(bytes),
            (std::vector<std::string>{"Abs",
                                      "ReduceMax",
                                      "Add",
                                      "Div",
                                      "Mul",
                                      "Gemm",
                                      "Sqrt",
                                      "Div",
                                      "Gemm",
                                      "Relu",
                                      "Gemm",
                                      "Tanh",
                                      "Gemm",
                                      "Identity"}));
  EXPECT_EQ(names_of(bytes, 11), std::vector<std::string>{"att"});
  EXPECT_NE(metadata_of(bytes).at("class_map").find(R"("kind":"mlp")"), std::string::npos);
}

// Names of spaces come from users.
TEST_F(OnnxExport, ASpaceOfAConstantsNameIsRefused) {
  for (const char* space : {"class_map.weight", "prototypes", "description.unit"}) {
    Model model = test::linear_model();
    model.classes.spaces = {space};
    model.class_map = ClassMap(
        LinearMap{{space, 3}, true, test::filled_matrix(5, 3, 6.0f), test::filled_vector(5, 7.0f)});
    expect_error(ErrorKind::kInvalidArgument, {space}, [&] { export_onnx(model, {}, path_); });
    EXPECT_EQ(folder_.entries(), 0);
  }
}

TEST_F(OnnxExport, NamesOfGraphsReadBack) {
  for (const ExportGraph graph : {ExportGraph::kEmbed, ExportGraph::kClassify}) {
    EXPECT_EQ(export_graph_from_string(to_string(graph)), graph);
  }
  expect_error(ErrorKind::kInvalidArgument, {"embed or classify", "both"}, [] {
    (void)export_graph_from_string("both");
  });
}

}  // namespace
}  // namespace dem
