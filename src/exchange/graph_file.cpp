#include "exchange/graph_file.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "dem/base/error.h"
#include "exchange/graph_values.h"

namespace dem {
namespace {

using Bytes = std::span<const std::byte>;

class GraphReader {
 public:
  GraphReader(GraphFormat format, FileReport& report)
      : onnx_(format == GraphFormat::kOnnx), fields_(graph_fields(onnx_)), report_(report) {}

  void read(Bytes bytes) {
    report_.format = onnx_ ? "ONNX" : "MINDIR";
    WireFields model(bytes, report_.path);
    std::string producer;
    Bytes graph;
    bool has_graph = false;
    while (model.next()) {
      if (model.field() == 1) {
        fact("ir_version", onnx_ ? concat(model.number()) : model.text(), model);
      } else if (model.field() == 2) {
        producer = model.text();
      } else if (model.field() == 3) {
        producer += (producer.empty() ? "" : " ") + model.text();
      } else if (model.field() == 5) {
        fact("model_version", onnx_ ? concat(model.number()) : model.text(), model);
      } else if (model.field() == 7) {
        if (has_graph) model.fail("one graph", "two");
        has_graph = true;
        graph = model.bytes();
      } else if (onnx_ && model.field() == 8) {
        operators_.push_back(operator_set(model));
      } else if (onnx_ && model.field() == 14) {
        add_property(model);
      }
    }
    if (!has_graph) model.fail("a graph", "none: truncated?");
    if (facts_.count("ir_version") == 0) model.fail("ir_version, field 1", "none");
    if (onnx_ && operators_.empty()) model.fail("opset_import, field 8", "none: truncated?");
    if (onnx_) fact("opset", join(operators_), model);
    if (!producer.empty()) fact("producer", producer, model);
    read_graph(graph, model);
    count_classes(model);
    for (auto& [key, value] : properties_) {
      const bool is_taken = facts_.count(key) > 0;
      report_.metadata.emplace_back(is_taken ? "metadata." + key : key, std::move(value));
    }
  }

 private:
  // What the file says of itself, each once.
  void fact(const std::string& key, std::string value, const WireFields& from) {
    if (!facts_.insert(key).second) from.fail(concat("one ", shown(key)), "two");
    report_.metadata.emplace_back(key, std::move(value));
  }

  static std::string shown(const std::string& text) { return concat('"', text, '"'); }

  static std::string operator_set(const WireFields& model) {
    WireFields entry(model.bytes(), model.where() + ": opset_import");
    std::string domain;
    std::int64_t version = 0;
    while (entry.next()) {
      if (entry.field() == 1) domain = entry.text();
      if (entry.field() == 2) version = entry.number();
    }
    if (version <= 0) entry.fail("a version", concat(version));
    return domain.empty() ? concat(version) : concat(domain, " ", version);
  }

  void add_property(const WireFields& model) {
    WireFields entry(model.bytes(), model.where() + ": metadata_props");
    std::pair<std::string, std::string> property;
    while (entry.next()) {
      if (entry.field() == 1) property.first = entry.text();
      if (entry.field() == 2) property.second = entry.text();
    }
    if (property.first.empty()) entry.fail("a key", "none");
    if (!keys_.insert(property.first).second) {
      entry.fail(concat("one ", shown(property.first)), "two");
    }
    properties_.push_back(std::move(property));
  }

  void read_graph(Bytes bytes, const WireFields& model) {
    WireFields graph(bytes, model.where() + ": graph");
    std::vector<GraphValue> inputs, outputs;
    Index nodes = 0;
    std::string name;
    while (graph.next()) {
      if (graph.field() == 1) {
        static_cast<void>(graph.bytes());
        ++nodes;
      } else if (graph.field() == 2) {
        name = graph.text();
      } else if (graph.field() == fields_.weight) {
        add_weight(graph);
      } else if (graph.field() == fields_.input) {
        inputs.push_back(read_graph_value(graph, onnx_, "input"));
      } else if (graph.field() == fields_.output) {
        outputs.push_back(read_graph_value(graph, onnx_, "output"));
      }
    }
    if (outputs.empty()) graph.fail("an output", "none");
    fact("graph_name", name, model);
    fact("operators", concat(nodes), model);
    for (const GraphValue& input : inputs) {
      if (weights_.count(input.name) == 0) add_value("input", input, graph);
    }
    for (const GraphValue& output : outputs) add_value("output", output, graph);
  }

  void add_value(const std::string& kind, const GraphValue& value, const WireFields& graph) {
    fact(concat(kind, " ", value.name),
         concat(to_string(value.type),
                " [",
                value.shape,
                "]",
                value.doc.empty() ? "" : ": ",
                value.doc),
         graph);
  }

  void add_weight(const WireFields& graph) {
    ArrayInfo info = read_graph_tensor(graph, onnx_);
    if (info.name.empty()) graph.fail("a name of each weight", "none");
    if (!weights_.insert(info.name).second) {
      graph.fail("weights with names of their own", concat(shown(info.name), " twice"));
    }
    report_.arrays.push_back(std::move(info));
  }

  void count_classes(const WireFields& model) {
    const auto property = [&](const std::string& key) -> const std::string* {
      for (const auto& [name, value] : properties_) {
        if (name == key) return &value;
      }
      return nullptr;
    };
    const std::string* const format = property("format");
    if (format == nullptr || *format != "dem onnx") return;
    const std::string* const classes = property("classes");
    if (classes == nullptr) model.fail("metadata \"classes\" in a file of dem", "none: truncated?");
    const auto table = nlohmann::json::parse(*classes, nullptr, false);
    const bool has_names =
        table.is_object() && table.contains("names") && table["names"].is_array();
    if (!has_names) model.fail("metadata \"classes\" with a list of names", "other text");
    fact("num_classes", concat(table["names"].size()), model);
  }

  bool onnx_;
  GraphFields fields_;
  FileReport& report_;
  std::set<std::string> facts_, keys_, weights_;
  std::vector<std::string> operators_;
  std::vector<std::pair<std::string, std::string>> properties_;
};

// A header's length in 8 bytes, then a header that fits: such a length can look like ONNX.
bool may_be_safetensors(Bytes bytes) {
  std::uint64_t length = 0;
  if (bytes.size() <= sizeof length || bytes[sizeof length] != std::byte{'{'}) return false;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length <= bytes.size() - sizeof length;
}

}  // namespace

GraphFormat graph_format_of(Bytes bytes, const std::string& path) {
  if (may_be_safetensors(bytes)) return GraphFormat::kNone;
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? std::to_integer<unsigned>(bytes[i]) : 0u;
  };
  // A string of digits and dots, then another string: "0.1.0", a producer.
  const std::size_t length = byte(1);
  bool is_version = byte(0) == 0x0a && length > 0 && length < 32 && byte(2 + length) == 0x12;
  for (std::size_t i = 2; is_version && i < 2 + length; ++i) {
    is_version = byte(i) == '.' || (byte(i) >= '0' && byte(i) <= '9');
  }
  if (is_version) return GraphFormat::kMindir;
  // A small number, then any of the fields of a model: producer's name to graph, or operator sets.
  constexpr unsigned kFollowing[] = {0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42};
  if (byte(0) == 0x08 && byte(1) > 0 && byte(1) < 0x80 &&
      std::find(std::begin(kFollowing), std::end(kFollowing), byte(2)) != std::end(kFollowing)) {
    return GraphFormat::kOnnx;
  }
  const std::string ending = std::filesystem::path(path).extension().string();
  if (!bytes.empty() && ending == ".onnx") return GraphFormat::kOnnx;
  return !bytes.empty() && ending == ".mindir" ? GraphFormat::kMindir : GraphFormat::kNone;
}

void describe_graph_file(Bytes bytes, GraphFormat format, FileReport& report) {
  GraphReader(format, report).read(bytes);
}

}  // namespace dem
