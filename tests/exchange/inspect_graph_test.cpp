// What dem inspect shows of ONNX and MINDIR files.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "dem/base/version.h"
#include "dem/exchange/export.h"
#include "dem/exchange/inspect.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "exchange/wire_reader.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using test::expect_error;
using test::length_delimited;
using test::TemporaryFolder;
using test::varint;
using test::WireMessage;

using Metadata = std::map<std::string, std::string>;

std::string number(int field, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3) + varint(value);
}

std::vector<std::string> weights_of(const FileReport& report) {
  std::vector<std::string> lines;
  for (const ArrayInfo& info : report.arrays) lines.push_back(info.name + " " + to_string(info));
  return lines;
}

Metadata metadata_of(const FileReport& report) {
  return {report.metadata.begin(), report.metadata.end()};
}

TEST(InspectGraph, OnnxShowsWhatTheExportWrote) {
  const TemporaryFolder folder;
  const Model model = test::example_model();
  export_onnx(model, {.graph = ExportGraph::kEmbed}, folder.file("a.onnx"));
  const FileReport report = inspect_file(folder.file("a.onnx"));
  EXPECT_EQ(report.format, "ONNX");
  const auto weights = weights_of(report);
  for (const char* line : {"fc1.weight float32 [5, 4]",
                           "fc1.bias float32 [5]",
                           "fc2.weight float32 [5, 3]",
                           "fc3.weight float32 [6, 5]"}) {
    EXPECT_EQ(std::count(weights.begin(), weights.end(), line), 1) << line;
  }
  Metadata facts = metadata_of(report);
  EXPECT_EQ(facts.size(), report.metadata.size());
  EXPECT_EQ(facts["ir_version"], "6");
  EXPECT_EQ(facts["opset"], "11");
  EXPECT_EQ(facts["producer"], "dem " + std::string(version()));
  EXPECT_EQ(facts["graph_name"], "dem_embed");
  EXPECT_EQ(facts["num_classes"], "3");
  EXPECT_TRUE(facts["input att"].starts_with("float32 [batch, 3]")) << facts["input att"];
  EXPECT_TRUE(facts["input word"].starts_with("float32 [batch, 4]")) << facts["input word"];
  EXPECT_EQ(facts["provenance.seed"], "7");
  EXPECT_EQ(facts["provenance.note"], "line\nbreak");
  EXPECT_EQ(facts["metric"], "cosine");
  WireMessage file(test::read_bytes(folder.file("a.onnx")));
  WireMessage graph(file.text(7));
  EXPECT_EQ(facts["operators"], std::to_string(graph.all(1).size()));
  EXPECT_EQ(report.arrays.size(), graph.all(5).size());
}

TEST(InspectGraph, OnnxOfAFixedBatchThatClassifiesShowsItsOutputs) {
  const TemporaryFolder folder;
  const ExportOptions options{.graph = ExportGraph::kClassify, .batch_size = 9, .top_k = 2};
  export_onnx(test::example_model(), options, folder.file("any_name"));
  const FileReport report = inspect_file(folder.file("any_name"));
  EXPECT_EQ(report.format, "ONNX");
  std::string values;
  for (const auto& [key, value] : report.metadata) {
    if (key.starts_with("input ") || key.starts_with("output ")) {
      values += value.substr(0, value.find(':')) + "\n";
    }
  }
  EXPECT_NE(values.find("float32 [9, 6]\n"), std::string::npos) << values;
  EXPECT_NE(values.find("float32 [9, 3]\n"), std::string::npos) << values;
  EXPECT_NE(values.find("int64 [9, 2]\n"), std::string::npos) << values;
}

TEST(InspectGraph, MindirShowsWhatTheExportWrote) {
  const TemporaryFolder folder;
  export_mindir(test::example_model(), {.batch_size = 7}, folder.file("any_name"));
  const FileReport report = inspect_file(folder.file("any_name"));
  EXPECT_EQ(report.format, "MINDIR");
  EXPECT_EQ(report.arrays.size(), 6u);
  EXPECT_TRUE(report.arrays[0].name.ends_with(":fc1.weight")) << report.arrays[0].name;
  EXPECT_EQ(to_string(report.arrays[0]), "float32 [5, 4]");
  EXPECT_EQ(to_string(report.arrays[5]), "float32 [6]");
  Metadata facts = metadata_of(report);
  EXPECT_EQ(facts["producer"], "dem " + std::string(version()));
  EXPECT_NE(facts["ir_version"], "");
  EXPECT_NE(facts["model_version"], "");
  std::vector<std::string> values;
  for (const auto& [key, value] : facts) {
    if (key.starts_with("input ") || key.starts_with("output ")) values.push_back(value);
  }
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values,
            (std::vector<std::string>{"float32 [7, 3]", "float32 [7, 4]", "float32 [7, 6]"}));
}

// Pieces of a small ONNX file, written from the wire format alone.
std::string value_info(const std::string& name, const std::string& dimensions) {
  const std::string tensor = number(1, 1) + length_delimited(2, dimensions);
  return length_delimited(1, name) + length_delimited(2, length_delimited(1, tensor));
}

const std::string kDimensions =
    length_delimited(1, length_delimited(2, "n")) + length_delimited(1, number(1, 3));
const std::string kOpset = length_delimited(8, number(2, 17));
const std::string kOutput = length_delimited(12, value_info("y", kDimensions));

std::string weight(const std::string& name, int type, std::size_t bytes) {
  return length_delimited(
      5,
      number(1, 2) + number(1, 3) + number(2, static_cast<std::uint64_t>(type)) +
          length_delimited(8, name) + length_delimited(9, std::string(bytes, '\0')));
}

std::string onnx_of(const std::string& graph, const std::string& rest = kOpset) {
  return number(1, 8) + length_delimited(2, "torch") + length_delimited(7, graph) + rest;
}

TEST(InspectGraph, OnnxOfOthersIsRead) {
  const std::string graph =
      length_delimited(1, "a node, not looked into") + length_delimited(2, "main") +
      weight("w", 10, 12) + length_delimited(5, number(2, 1) + length_delimited(8, "scalar")) +
      length_delimited(5,
                       length_delimited(1, "\2\3") + number(2, 11) + length_delimited(8, "far") +
                           number(14, 1)) +
      length_delimited(5, number(1, 2) + number(2, 99) + length_delimited(8, "new")) +
      length_delimited(11, value_info("x", kDimensions)) +
      length_delimited(11, value_info("w", kDimensions)) + kOutput +
      length_delimited(12, value_info("z", length_delimited(1, ""))) +
      length_delimited(12, value_info("u", length_delimited(1, number(1, ~0ull)))) + number(99, 1) +
      std::string(
          "\x9d\x06"
          "four") +
      std::string(
          "\x99\x06"
          "eight by");
  const std::string rest =
      kOpset + length_delimited(8, length_delimited(1, "ai.x") + number(2, 3)) +
      length_delimited(14, length_delimited(1, "k") + length_delimited(2, "v")) +
      length_delimited(14, length_delimited(1, "opset") + length_delimited(2, "own"));
  const TemporaryFolder folder;
  const FileReport report = inspect_file(folder.write("model", onnx_of(graph, rest)));
  EXPECT_EQ(weights_of(report),
            (std::vector<std::string>{"w float16 [2, 3]",
                                      "scalar float32 []",
                                      "far float64 [2, 3] (in a file of its own)",
                                      "new other [2] (type 99)"}));
  EXPECT_EQ(metadata_of(report),
            (Metadata{{"ir_version", "8"},
                      {"producer", "torch"},
                      {"opset", "17, ai.x 3"},
                      {"graph_name", "main"},
                      {"operators", "1"},
                      {"input x", "float32 [n, 3]"},  // w is a weight
                      {"output y", "float32 [n, 3]"},
                      {"output z", "float32 [?]"},
                      {"output u", "float32 [?]"},
                      {"k", "v"},
                      {"metadata.opset", "own"}}));
}

TEST(InspectGraph, MindirExtentsThatAreNotKnownAndValuesThatAreNoTensorsAreShown) {
  const std::string dynamic = number(1, ~0ull) + number(1, 3) + number(2, 1);
  const std::string graph =
      length_delimited(5, length_delimited(1, "x") + length_delimited(2, dynamic)) +
      length_delimited(6, length_delimited(1, "pair"));
  const TemporaryFolder folder;
  const FileReport report = inspect_file(
      folder.write("model.mindir", length_delimited(1, "0.1.0") + length_delimited(7, graph)));
  Metadata metadata = metadata_of(report);
  EXPECT_EQ(metadata["input x"], "float32 [?, 3]");
  EXPECT_EQ(metadata["output pair"], "other []");
}

// The length of its header, 0x122008, begins as an ONNX file does.
TEST(InspectGraph, SafetensorsWhoseLengthLooksLikeOnnxIsSafetensors) {
  constexpr std::size_t kLength = 0x122008;
  std::string header = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  header.resize(kLength, ' ');
  const std::string length("\x08\x20\x12\0\0\0\0\0", 8);
  const TemporaryFolder folder;
  const FileReport report =
      inspect_file(folder.write("m.safetensors", length + header + std::string(4, '\0')));
  EXPECT_EQ(report.format, "safetensors");
  EXPECT_EQ(weights_of(report), (std::vector<std::string>{"w float32 [1]"}));
}

TEST(InspectGraph, BrokenFilesAreRefusedInWords) {
  const std::string property = length_delimited(1, "k") + length_delimited(2, "v");
  const std::string good = weight("w", 1, 24) + kOutput;
  const struct {
    const char* what;
    std::string bytes;
    const char* message;
  } cases[] = {
      {"no graph", number(1, 8) + length_delimited(2, "torch") + kOpset, "a graph"},
      {"two graphs", onnx_of(good, kOpset + length_delimited(7, good)), "one graph"},
      {"no operator sets", onnx_of(good, ""), "opset_import"},
      {"no version of an operator set", onnx_of(good, length_delimited(8, "")), "a version"},
      {"no version", length_delimited(7, good) + kOpset, "ir_version"},
      {"two versions", onnx_of(good) + number(1, 8), "one \"ir_version\""},
      {"a version of another kind", length_delimited(1, "8") + length_delimited(7, good), "number"},
      {"a graph of another kind", number(1, 8) + number(7, 3) + kOpset, "bytes as field 7"},
      {"no output", onnx_of(weight("w", 1, 24)), "an output"},
      {"an output without a name", onnx_of(length_delimited(12, "")), "a name"},
      {"an output without a type",
       onnx_of(length_delimited(12, length_delimited(1, "y"))),
       "a type of \"y\""},
      {"an output twice", onnx_of(kOutput + kOutput), "one \"output y\""},
      {"a weight without a name", onnx_of(weight("", 1, 24) + kOutput), "a name of each weight"},
      {"a weight twice", onnx_of(weight("w", 1, 24) + good), "\"w\" twice"},
      {"a weight of no type", onnx_of(weight("w", 0, 24) + kOutput), "tensor w: expected a type"},
      {"a weight cut short", onnx_of(weight("w", 1, 23) + kOutput), "24 bytes for float32 [2, 3]"},
      {"a weight too long", onnx_of(weight("w", 7, 49) + kOutput), "48 bytes for int64 [2, 3]"},
      {"a weight of a negative shape",
       onnx_of(length_delimited(5, number(1, ~0ull) + number(2, 1) + length_delimited(8, "w"))),
       "tensor w"},
      {"a weight beyond memory",
       onnx_of(length_delimited(5,
                                number(1, 1ull << 40) + number(1, 1ull << 40) + number(2, 1) +
                                    length_delimited(8, "w"))),
       "tensor w"},
      {"a field beyond its message", onnx_of("\x2a\x7fxx"), "127 bytes, got 2: truncated?"},
      {"a group", onnx_of(good) + "\x0b", "wire type 3"},
      {"field 0", onnx_of(good) + std::string("\0\1", 2), "number 0"},
      {"a number without end", onnx_of(good) + std::string(11, '\xff'), "64 bits"},
      {"a property without a key",
       onnx_of(good, kOpset + length_delimited(14, length_delimited(2, "v"))),
       "a key"},
      {"a property twice",
       onnx_of(good, kOpset + length_delimited(14, property) + length_delimited(14, property)),
       "one \"k\""},
      {"classes of dem that are missing",
       onnx_of(good,
               kOpset + length_delimited(
                            14, length_delimited(1, "format") + length_delimited(2, "dem onnx"))),
       "\"classes\""},
      {"text", "hello", "expected"},
  };
  const TemporaryFolder folder;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const std::string path = folder.write("a.onnx", c.bytes);
    expect_error(ErrorKind::kFormat, {path, c.message}, [&] { (void)inspect_file(path); });
  }
  EXPECT_NO_THROW((void)inspect_file(folder.write("a.onnx", onnx_of(good))));
  const std::string text = folder.write("a.mindir", "hello");
  expect_error(ErrorKind::kFormat, {text}, [&] { (void)inspect_file(text); });
}

// What dem exports, damaged: MINDIR and ONNX.
class DamagedGraph : public ::testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] std::string good() const {
    const std::string path = folder_.file(GetParam());
    if (path.ends_with(".onnx")) {
      export_onnx(test::example_model(), {}, path);
    } else {
      export_mindir(test::example_model(), {}, path);
    }
    return test::read_bytes(path);
  }
  void inspect(const std::string& bytes) const {
    (void)inspect_file(folder_.write(GetParam(), bytes)).to_json();
  }

  TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(InspectGraph, DamagedGraph, ::testing::Values("a.onnx", "a.mindir"));

TEST_P(DamagedGraph, IsReadOrRefused) {
  test::expect_read_or_refused(good(), 3000, [&](const std::string& bytes) { inspect(bytes); });
}

// Protocol Buffers have no end mark: a file cut between two fields of the model is whole but for
// the fields that are missing. Nothing else is read, and never without a graph.
TEST_P(DamagedGraph, TruncatedWithinAFieldIsRefused) {
  const std::string whole = good();
  std::vector<std::size_t> ends;  // of the fields behind the graph, with what follows it
  std::size_t at = 0;
  for (const test::WireField& field : test::WireReader(whole).fields()) {
    const std::string key = varint(static_cast<std::uint64_t>(field.number) << 3);
    at += key.size() + (field.is_bytes ? varint(field.bytes.size()).size() + field.bytes.size()
                                       : varint(field.value).size());
    if (field.number >= 7) ends.push_back(at);
  }
  ASSERT_EQ(at, whole.size());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    if (std::find(ends.begin(), ends.end(), length) != ends.end()) continue;
    EXPECT_THROW(inspect(whole.substr(0, length)), Error) << length;
  }
}

}  // namespace
}  // namespace dem
