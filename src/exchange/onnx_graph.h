// An ONNX graph under construction.
#pragma once

#include <onnx_model.pb.h>

#include <set>
#include <span>
#include <string>
#include <vector>

#include "dem/base/types.h"

namespace dem {

// A whole number or a list of them; the attributes that dem's operators need have no other type.
struct OnnxAttribute {
  std::string name;
  std::vector<Index> values;
  bool is_list = false;
};

// Every value is known by its name, which is given once. A name that is taken throws
// Error{kInvalidArgument}: names of semantic spaces come from users.
class OnnxGraph {
 public:
  // The batch is the first dimension of inputs and outputs; 0: any.
  OnnxGraph(const std::string& name, Index batch_size);

  // [batch, width] float32.
  std::string input(const std::string& name, Index width, const std::string& meaning);
  std::string constant(const std::string& name,
                       const std::vector<Index>& shape,
                       std::span<const float> values);
  std::string constant(const std::string& name, std::span<const Index> values);
  // An operator of one output, which gives the node its name.
  std::string apply(const std::string& op_type,
                    const std::vector<std::string>& inputs,
                    const std::string& output,
                    const std::vector<OnnxAttribute>& attributes = {});
  // `values` and `indices` [n, k] of the largest of each row, largest first.
  void top_k(const std::string& input,
             Index k,
             const std::string& values,
             const std::string& indices);
  // inputs [n, in] * weight^T [in, out] + bias.
  std::string gemm(const std::string& input,
                   const std::string& weight,
                   const std::string& bias,
                   const std::string& output);
  std::string gemm(const std::string& input, const std::string& weight, const std::string& output);

  // Declares a value [batch, width] as an output of the graph.
  void output(const std::string& name,
              onnx_pb::DataType type,
              Index width,
              const std::string& meaning);

  // The same of a value [batch]: bool, one a row.
  void flags(const std::string& name, const std::string& meaning);

  // Whether a value of this name is there.
  [[nodiscard]] bool has(const std::string& name) const { return names_.contains(name); }

  void metadata(const std::string& key, const std::string& value);
  [[nodiscard]] const onnx_pb::ModelProto& model() const { return model_; }

 private:
  const std::string& claim(const std::string& name);
  onnx_pb::TensorProto& add_tensor(const std::string& name, const std::vector<Index>& shape);
  // A width of 0: [batch] alone.
  void describe(onnx_pb::ValueInfoProto& info,
                const std::string& name,
                onnx_pb::DataType type,
                Index width,
                const std::string& meaning) const;

  onnx_pb::ModelProto model_;
  onnx_pb::GraphProto& graph_;
  Index batch_size_;
  std::set<std::string> names_;
};

}  // namespace dem
