#include "exchange/mindspore/mindir_graph.h"

#include <bit>

#include "base/text.h"
#include "dem/base/version.h"

namespace dem {

static_assert(std::endian::native == std::endian::little, "numbers are written as memory has them");

namespace {

constexpr const char* kMindirVersion = "0.1.0";
constexpr const char* kModelVersion = "1.6.1";

void set_type(mindir_pb::TensorProto& tensor, const std::vector<Index>& shape) {
  for (const Index extent : shape) tensor.add_dims(extent);
  tensor.set_data_type(mindir_pb::FLOAT);
}

// The node's shape: tensors "shape1", "shape2", ... within the text of ref_attr_name.
void add_shapes(mindir_pb::NodeProto& node,
                const std::vector<std::vector<Index>>& shapes,
                bool is_tuple) {
  mindir_pb::AttributeProto& attribute = *node.add_attribute();
  std::string names;
  for (const std::vector<Index>& shape : shapes) {
    mindir_pb::TensorProto& tensor = *attribute.add_tensors();
    set_type(tensor, shape);
    tensor.set_name(concat("shape", attribute.tensors_size()));
    names += tensor.name() + ",";
  }
  attribute.set_ref_attr_name(is_tuple ? "shape:Tuple[" + names + "]," : "shape:" + names);
}

}  // namespace

MindirGraph::MindirGraph(const std::string& name) : graph_(*model_.mutable_graph()) {
  model_.set_ir_version(kMindirVersion);
  model_.set_producer_name("dem");
  model_.set_producer_version(std::string(version()));
  model_.set_model_version(kModelVersion);
  graph_.set_name(name);
}

// Unique through the number; MindSpore shows what stands between the first and the last colon.
std::string MindirGraph::key_for(const std::string& label) {
  return concat(graph_.name(), ":", label, ":", next_++);
}

mindir_pb::NodeProto& MindirGraph::add_node(const std::string& op_type,
                                            const std::vector<std::string>& inputs,
                                            const std::string& scope) {
  mindir_pb::NodeProto& node = *graph_.add_node();
  for (const std::string& input : inputs) node.add_input(input);
  const Index number = next_;
  const std::string key = key_for(op_type);
  node.add_output(key);
  node.set_name(key);
  node.set_op_type(op_type);
  node.set_domain(concat("Default/", scope.empty() ? "" : scope + "/", op_type, "-op", number));
  last_node_ = &node;
  return node;
}

mindir_pb::AttributeProto& MindirGraph::add_constant(const std::string& label, std::string& key) {
  mindir_pb::NodeProto& node = *graph_.add_node();
  key = key_for(label);
  node.add_output(key);
  node.set_op_type("Constant");
  mindir_pb::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name("value");
  return attribute;
}

MindirValue MindirGraph::input(const std::string& name, const std::vector<Index>& shape) {
  mindir_pb::ValueInfoProto& info = *graph_.add_input();
  info.set_name(concat(graph_.name(), ":", name));
  set_type(*info.add_tensor(), shape);
  return {info.name(), shape};
}

MindirValue MindirGraph::parameter(const std::string& name,
                                   const std::vector<Index>& shape,
                                   std::span<const float> values) {
  mindir_pb::TensorProto& tensor = *graph_.add_parameter();
  set_type(tensor, shape);
  tensor.set_name(concat(graph_.name(), ":", name));
  tensor.set_raw_data(values.data(), values.size_bytes());
  if (monad_.empty()) add_constant("U", monad_).set_ref_attr_name("Monad:UMonad");
  loaded_.push_back(apply("Load", {{tensor.name(), shape}, {monad_, {}}}, shape, ""));
  return loaded_.back();
}

MindirValue MindirGraph::scalar(float value) {
  MindirValue constant;
  mindir_pb::AttributeProto& attribute = add_constant("Tensor", constant.key);
  mindir_pb::TensorProto& tensor = *attribute.add_tensors();
  set_type(tensor, {});
  tensor.set_name("value0");
  tensor.set_raw_data(&value, sizeof(value));
  attribute.set_type(mindir_pb::AttributeProto::TENSORS);
  attribute.set_ref_attr_name("tensor:value0");
  return constant;
}

MindirValue MindirGraph::apply(const std::string& op_type,
                               const std::vector<MindirValue>& inputs,
                               const std::vector<Index>& shape,
                               const std::string& scope) {
  std::vector<std::string> keys;
  for (const MindirValue& input : inputs) keys.push_back(input.key);
  mindir_pb::NodeProto& node = add_node(op_type, keys, scope);
  add_shapes(node, {shape}, false);
  return {node.output(0), shape};
}

mindir_pb::AttributeProto& MindirGraph::add_attribute(const std::string& name) {
  mindir_pb::AttributeProto& attribute = *last_node_->add_attribute();
  attribute.set_name(name);
  attribute.set_ref_attr_name("scalar:value0");
  return attribute;
}

void MindirGraph::attribute(const std::string& name, bool value) {
  mindir_pb::AttributeProto& attribute = add_attribute(name);
  attribute.set_i(value ? 1 : 0);
  attribute.set_type(mindir_pb::AttributeProto::BOOL);
}

void MindirGraph::attribute(const std::string& name, Index value) {
  mindir_pb::AttributeProto& attribute = add_attribute(name);
  attribute.set_i(value);
  attribute.set_type(mindir_pb::AttributeProto::INT64);
}

void MindirGraph::attribute(const std::string& name, const std::string& value) {
  mindir_pb::AttributeProto& attribute = add_attribute(name);
  attribute.set_s(value);
  attribute.set_type(mindir_pb::AttributeProto::STRING);
}

void MindirGraph::attribute(const std::string& name, const std::vector<std::string>& values) {
  mindir_pb::AttributeProto& attribute = add_attribute(name);
  std::string names;
  for (const std::string& value : values) {
    attribute.add_strings(value);
    names += concat("value", attribute.strings_size(), ",");
  }
  attribute.set_type(mindir_pb::AttributeProto::STRING);
  attribute.set_ref_attr_name("scalar:List[" + names + "],");
}

void MindirGraph::finish(const MindirValue& value) {
  std::vector<std::string> keys;
  std::vector<std::vector<Index>> shapes;
  for (const MindirValue& parameter : loaded_) {
    keys.push_back(parameter.key);
    shapes.push_back(parameter.shape);
  }
  mindir_pb::NodeProto& tuple = add_node("MakeTuple", keys, "");
  add_shapes(tuple, shapes, true);
  mindir_pb::NodeProto& update = add_node("UpdateState", {monad_, tuple.output(0)}, "");
  update.add_attribute()->set_ref_attr_name("shape:UMonadType,");
  const MindirValue result = apply("Depend", {value, {update.output(0), {}}}, value.shape, "");
  attribute("side_effect_propagate", Index{1});
  mindir_pb::ValueInfoProto& info = *graph_.add_output();
  info.set_name(result.key);
  set_type(*info.add_tensor(), value.shape);
}

}  // namespace dem
