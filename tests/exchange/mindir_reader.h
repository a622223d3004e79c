// A strict reader of MINDIR files for tests: it refuses whatever MindSpore's loader refuses or logs
// as an error, by the rules in docs/formats.md, and every field that is not part of the dialect. No
// code is shared with the library.
#pragma once

#include <cstring>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "exchange/wire_reader.h"

namespace dem::test {

using Shape = std::vector<std::int64_t>;

struct MindirTensor {
  std::string name;
  Shape shape;
  std::vector<double> values;
  bool has_values = false;
};

inline std::size_t elements(const Shape& shape) {
  std::size_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
  return count;
}

struct MindirAttribute {
  std::string name, ref, text;
  std::int64_t number = 0;
  std::int64_t type = 0;
  std::vector<std::string> texts;
  std::vector<MindirTensor> tensors;
};

struct MindirNode {
  std::string op_type, key;
  std::vector<std::string> inputs;
  std::vector<MindirAttribute> attributes;

  [[nodiscard]] const MindirAttribute& attribute(const std::string& name) const {
    for (const MindirAttribute& a : attributes) {
      if (a.name == name) return a;
    }
    throw std::runtime_error(key + ": no attribute " + name);
  }
};

inline void require(bool good, const std::string& expected) {
  if (!good) throw std::runtime_error("expected " + expected);
}

class MindirFile {
 public:
  std::string graph_name, output;
  Shape output_shape;
  std::vector<MindirTensor> inputs, parameters;
  std::vector<MindirNode> nodes;

  explicit MindirFile(const std::string& bytes) {
    WireMessage model(bytes);
    require(model.has(2), "producer_name");
    require(model.has(5), "model_version");
    require(!model.has(13), "no mind_ir_version: this dialect is older");
    for (const int field : {1, 2, 3, 5}) (void)model.text(field);
    require(model.all(7).size() == 1, "one graph");
    read_graph(model.text(7));
    model.require_all_read("model");
  }

  // MindSpore's name of a parameter or input: what follows the first colon.
  static std::string plain(const std::string& name) { return name.substr(name.find(':') + 1); }

 private:
  static MindirTensor read_tensor(const std::string& bytes, bool has_values) {
    WireMessage message(bytes);
    MindirTensor tensor;
    tensor.name = message.text(7);
    tensor.shape = message.numbers(1);
    require(message.number(2) == 1, "data_type FLOAT");
    require(message.has(9) == has_values, has_values ? "raw_data" : "no raw_data");
    tensor.has_values = has_values;
    const std::string raw = message.text(9);
    if (has_values) require(raw.size() == 4 * elements(tensor.shape), "raw_data of that shape");
    for (std::size_t i = 0; i < raw.size(); i += 4) {
      float value = 0.0f;
      std::memcpy(&value, raw.data() + i, 4);
      tensor.values.push_back(double{value});
    }
    message.require_all_read("tensor " + tensor.name);
    return tensor;
  }

  MindirTensor read_value_info(const std::string& bytes) {
    WireMessage message(bytes);
    const std::vector<std::string> tensors = message.all(2);
    require(tensors.size() == 1, "one tensor");
    MindirTensor tensor = read_tensor(tensors[0], false);
    tensor.name = message.text(1);
    message.require_all_read("value " + tensor.name);
    return tensor;
  }

  void declare(const std::string& key) {
    require(!key.empty() && declared_.insert(key).second, "a name of its own, got " + key);
  }
  void declare_named(const std::string& key) {
    declare(key);
    require(key.find(':') != std::string::npos && plain(key).find(':') == std::string::npos,
            "GRAPH:NAME, got " + key);
  }

  void read_graph(const std::string& bytes) {
    WireMessage graph(bytes);
    graph_name = graph.text(2);
    require(!graph_name.empty(), "a name of the graph");
    for (const std::string& input : graph.all(5)) {
      inputs.push_back(read_value_info(input));
      declare_named(inputs.back().name);
    }
    for (const std::string& parameter : graph.all(3)) {
      parameters.push_back(read_tensor(parameter, true));
      declare_named(parameters.back().name);
    }
    for (const std::string& node : graph.all(1)) nodes.push_back(read_node(node));
    const std::vector<std::string> outputs = graph.all(6);
    require(outputs.size() == 1, "one output");
    const MindirTensor info = read_value_info(outputs[0]);
    output = info.name;
    output_shape = info.shape;
    require(!nodes.empty() && nodes.back().key == output, "the last node as the output");
    graph.require_all_read("graph");
  }

  MindirNode read_node(const std::string& bytes) {
    WireMessage message(bytes);
    MindirNode node;
    node.op_type = message.text(4);
    require(!node.op_type.empty(), "op_type");
    require(node.op_type.find("REF::") == std::string::npos, "an operator of the older dialect");
    node.inputs = message.all(1);
    for (const std::string& input : node.inputs) {
      require(declared_.contains(input), "an input declared before, got " + input);
    }
    const std::vector<std::string> outputs = message.all(2);
    require(outputs.size() == 1, "one output");
    node.key = outputs[0];
    declare(node.key);
    for (const std::string& attribute : message.all(5)) {
      node.attributes.push_back(read_attribute(attribute, node.op_type == "Constant"));
    }
    const std::string name = message.text(3);
    const std::string domain = message.text(7);
    message.require_all_read("node " + node.key);
    if (node.op_type == "Constant") {
      require(node.attributes.size() == 1 && node.inputs.empty(), "one attribute of a constant");
      return node;
    }
    require(name == node.key, "the node's key as its name");
    require(domain.starts_with("Default/") && scopes_.insert(domain).second, "a scope of its own");
    check_attributes(node);
    return node;
  }

  static MindirAttribute read_attribute(const std::string& bytes, bool is_constant) {
    WireMessage message(bytes);
    MindirAttribute attribute;
    attribute.name = message.text(1);
    attribute.number = message.number(3);
    attribute.text = message.text(5);
    attribute.texts = message.all(11);
    attribute.ref = message.text(15);
    attribute.type = message.number(16);
    require(!attribute.ref.empty(), "ref_attr_name");
    const bool has_values = is_constant;
    for (const std::string& tensor : message.all(12)) {
      attribute.tensors.push_back(read_tensor(tensor, has_values));
    }
    message.require_all_read("attribute " + attribute.name);
    if (is_constant) {
      require(attribute.name == "value", "the attribute value of a constant");
      const bool is_tensor = attribute.ref == "tensor:value0" && attribute.type == 19 &&
                             attribute.tensors.size() == 1 && attribute.tensors[0].name == "value0";
      require(is_tensor || (attribute.ref == "Monad:UMonad" && attribute.tensors.empty()),
              "a tensor or a monad");
    }
    return attribute;
  }

  // First the shape, without a name; then scalars and lists of strings.
  static void check_attributes(const MindirNode& node) {
    require(!node.attributes.empty() && node.attributes[0].name.empty(), "a shape first");
    for (std::size_t i = 0; i < node.attributes.size(); ++i) {
      const MindirAttribute& a = node.attributes[i];
      if (i == 0) {
        check_shape(a, node);
        continue;
      }
      require(!a.name.empty(), "a name of the attribute");
      if (!a.texts.empty()) {
        std::string ref = "scalar:List[";
        for (std::size_t t = 1; t <= a.texts.size(); ++t) ref += "value" + std::to_string(t) + ",";
        require(a.ref == ref + "]," && a.type == 8, "a list of strings, got " + a.ref);
      } else {
        require(a.ref == "scalar:value0" && (a.type == 7 || a.type == 8 || a.type == 9),
                "an integer, a string or a boolean");
      }
    }
  }

  static void check_shape(const MindirAttribute& shape, const MindirNode& node) {
    std::string names;
    for (std::size_t t = 1; t <= shape.tensors.size(); ++t) {
      const std::string name = "shape" + std::to_string(t);
      require(shape.tensors[t - 1].name == name, "a tensor " + name);
      names += name + ",";
    }
    const std::string expected = node.op_type == "MakeTuple"     ? "shape:Tuple[" + names + "],"
                                 : node.op_type == "UpdateState" ? "shape:UMonadType,"
                                                                 : "shape:" + names;
    require(shape.ref == expected && shape.type == 0, "the shape " + expected);
    const bool is_tensor = node.op_type != "MakeTuple" && node.op_type != "UpdateState";
    if (is_tensor) require(shape.tensors.size() == 1, "one shape");
  }

  std::set<std::string> declared_, scopes_;
};

}  // namespace dem::test
