#include "exchange/onnx_graph.h"

#include <bit>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/version.h"

namespace dem {

static_assert(std::endian::native == std::endian::little, "numbers are written as memory has them");

namespace {

// ONNX 1.6. Later operator sets move the axes of reductions from attributes to inputs, which OpenCV
// 4.6 does not read; earlier ones lack TopK's promise about order.
constexpr Index kOnnxIrVersion = 6;
constexpr Index kOperatorSet = 11;

}  // namespace

OnnxGraph::OnnxGraph(const std::string& name, Index batch_size)
    : graph_(*model_.mutable_graph()), batch_size_(batch_size) {
  model_.set_ir_version(kOnnxIrVersion);
  model_.set_producer_name("dem");
  model_.set_producer_version(std::string(version()));
  onnx_pb::OperatorSetIdProto& operators = *model_.add_opset_import();
  operators.set_domain("");
  operators.set_version(kOperatorSet);
  graph_.set_name(name);
}

const std::string& OnnxGraph::claim(const std::string& name) {
  if (!names_.insert(name).second) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("ONNX graph: expected names of their own, got \"", name, "\" twice"));
  }
  return name;
}

void OnnxGraph::describe(onnx_pb::ValueInfoProto& info,
                         const std::string& name,
                         onnx_pb::DataType type,
                         Index width,
                         const std::string& meaning) const {
  info.set_name(name);
  info.set_doc_string(meaning);
  onnx_pb::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  if (batch_size_ > 0) {
    tensor.mutable_shape()->add_dim()->set_dim_value(batch_size_);
  } else {
    tensor.mutable_shape()->add_dim()->set_dim_param("batch");
  }
  if (width > 0) tensor.mutable_shape()->add_dim()->set_dim_value(width);
}

std::string OnnxGraph::input(const std::string& name, Index width, const std::string& meaning) {
  describe(*graph_.add_input(), claim(name), onnx_pb::FLOAT, width, meaning);
  return name;
}

void OnnxGraph::output(const std::string& name,
                       onnx_pb::DataType type,
                       Index width,
                       const std::string& meaning) {
  describe(*graph_.add_output(), name, type, width, meaning);
}

void OnnxGraph::flags(const std::string& name, const std::string& meaning) {
  describe(*graph_.add_output(), name, onnx_pb::BOOL, 0, meaning);
}

onnx_pb::TensorProto& OnnxGraph::add_tensor(const std::string& name,
                                            const std::vector<Index>& shape) {
  onnx_pb::TensorProto& tensor = *graph_.add_initializer();
  for (const Index extent : shape) tensor.add_dims(extent);
  tensor.set_name(claim(name));
  return tensor;
}

std::string OnnxGraph::constant(const std::string& name,
                                const std::vector<Index>& shape,
                                std::span<const float> values) {
  onnx_pb::TensorProto& tensor = add_tensor(name, shape);
  tensor.set_data_type(onnx_pb::FLOAT);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return name;
}

std::string OnnxGraph::constant(const std::string& name, std::span<const Index> values) {
  onnx_pb::TensorProto& tensor = add_tensor(name, {static_cast<Index>(values.size())});
  tensor.set_data_type(onnx_pb::INT64);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return name;
}

std::string OnnxGraph::apply(const std::string& op_type,
                             const std::vector<std::string>& inputs,
                             const std::string& output,
                             const std::vector<OnnxAttribute>& attributes) {
  onnx_pb::NodeProto& node = *graph_.add_node();
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(claim(output));
  node.set_name(output);
  node.set_op_type(op_type);
  for (const OnnxAttribute& attribute : attributes) {
    onnx_pb::AttributeProto& written = *node.add_attribute();
    written.set_name(attribute.name);
    if (attribute.is_list) {
      for (const Index value : attribute.values) written.add_ints(value);
    } else {
      written.set_i(attribute.values.at(0));
    }
    written.set_type(attribute.is_list ? onnx_pb::AttributeProto::INTS
                                       : onnx_pb::AttributeProto::INT);
  }
  return output;
}

void OnnxGraph::top_k(const std::string& input,
                      Index k,
                      const std::string& values,
                      const std::string& indices) {
  const std::string count = constant(values + ".k", std::span<const Index>(&k, 1));
  apply("TopK", {input, count}, values, {{"axis", {1}}, {"largest", {1}}, {"sorted", {1}}});
  graph_.mutable_node(graph_.node_size() - 1)->add_output(claim(indices));
}

std::string OnnxGraph::gemm(const std::string& input,
                            const std::string& weight,
                            const std::string& bias,
                            const std::string& output) {
  return apply("Gemm", {input, weight, bias}, output, {{"transB", {1}}});
}

std::string OnnxGraph::gemm(const std::string& input,
                            const std::string& weight,
                            const std::string& output) {
  return apply("Gemm", {input, weight}, output, {{"transB", {1}}});
}

void OnnxGraph::metadata(const std::string& key, const std::string& value) {
  onnx_pb::StringStringEntryProto& entry = *model_.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

}  // namespace dem
