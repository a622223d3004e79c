// A MINDIR graph under construction, in the dialect of MindSpore 1.1 to 1.6: attributes lie on the
// nodes, each with a ref_attr_name that says how to read it.
#pragma once

#include <mindir.pb.h>

#include <span>
#include <string>
#include <vector>

#include "dem/base/types.h"

namespace dem {

// A tensor of the graph: the key by which nodes take it, and its shape.
struct MindirValue {
  std::string key;
  std::vector<Index> shape;
};

class MindirGraph {
 public:
  explicit MindirGraph(const std::string& name);

  MindirValue input(const std::string& name, const std::vector<Index>& shape);
  // A parameter as operators take it: loaded from memory once.
  MindirValue parameter(const std::string& name,
                        const std::vector<Index>& shape,
                        std::span<const float> values);
  // A number as a tensor without dimensions.
  MindirValue scalar(float value);
  // A node that gives one tensor; attribute() then adds to it. `scope` names
  // the cell that it belongs to, "" the network itself.
  MindirValue apply(const std::string& op_type,
                    const std::vector<MindirValue>& inputs,
                    const std::vector<Index>& shape,
                    const std::string& scope);
  void attribute(const std::string& name, bool value);
  void attribute(const std::string& name, Index value);
  void attribute(const std::string& name, const std::string& value);
  void attribute(const std::string& name, const std::vector<std::string>& values);
  // Makes the value the graph's only output, to be read after all parameters were loaded.
  void finish(const MindirValue& value);

  [[nodiscard]] const mindir_pb::ModelProto& model() const { return model_; }

 private:
  std::string key_for(const std::string& label);
  mindir_pb::NodeProto& add_node(const std::string& op_type,
                                 const std::vector<std::string>& inputs,
                                 const std::string& scope);
  mindir_pb::AttributeProto& add_constant(const std::string& label, std::string& key);
  mindir_pb::AttributeProto& add_attribute(const std::string& name);

  mindir_pb::ModelProto model_;
  mindir_pb::GraphProto& graph_;
  mindir_pb::NodeProto* last_node_ = nullptr;
  Index next_ = 1;
  std::string monad_;  // key of the state before the parameters are read
  std::vector<MindirValue> loaded_;
};

}  // namespace dem
