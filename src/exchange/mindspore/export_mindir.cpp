#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/export.h"
#include "exchange/export_parts.h"
#include "exchange/layer_tensors.h"
#include "exchange/mindspore/mindir_graph.h"
#include "model/activation.h"

namespace dem {
namespace {

// The batch of the reference's export where no other is asked for.
constexpr Index kReferenceBatch = 100;

// The reference's network, operator by operator.
class MindirBuilder {
 public:
  MindirBuilder(const Network& network, Index batch_size, MindirGraph& graph)
      : network_(network),
        spec_(network.spec()),
        batch_size_(batch_size),
        graph_(graph),
        tensors_(layer_tensors(network.spec())) {}

  void build() {
    const std::vector<ExportInput> inputs = export_inputs(input_spaces_of(spec_));
    std::vector<MindirValue> values(inputs.size());
    for (const ExportInput& input : inputs) {
      values[input.index] = graph_.input(input.name, {batch_size_, spec_.inputs[input.index].dim});
    }
    const MindirValue last = spec_.hidden_dim > 0 ? dense(hidden(values)) : dense(values[0]);
    graph_.finish(activated(last, spec_.output_activation));
  }

 private:
  // The next layer, in the network's order.
  MindirValue dense(const MindirValue& input) {
    const MindirValue weight = parameter(tensors_[next_]);
    const MindirValue bias = parameter(tensors_[next_ + 1]);
    next_ += 2;
    scope_ = concat("fc", next_ / 2, "-Dense");
    const std::vector<Index> shape{batch_size_, weight.shape[0]};
    const MindirValue product = graph_.apply("MatMul", {input, weight}, shape, scope_);
    for (const char* name : {"transpose_a", "transpose_x1"}) graph_.attribute(name, false);
    for (const char* name : {"transpose_b", "transpose_x2"}) graph_.attribute(name, true);
    name_ends({"x1", "x2"});
    MindirValue sum = graph_.apply("BiasAdd", {product, bias}, shape, scope_);
    graph_.attribute("format", std::string("NCHW"));
    name_ends({"x", "b"});
    return sum;
  }

  MindirValue parameter(const LayerTensor& tensor) {
    return graph_.parameter(tensor.name,
                            tensor.shape,
                            network_.parameters().subspan(static_cast<std::size_t>(tensor.offset),
                                                          static_cast<std::size_t>(tensor.size)));
  }

  MindirValue hidden(const std::vector<MindirValue>& inputs) {
    MindirValue sum;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const MindirValue branch =
          times(activated(dense(inputs[i]), spec_.hidden_activation), spec_.inputs[i].gain);
      sum = i == 0 ? branch : binary("Add", sum, branch);
    }
    return sum;
  }

  MindirValue activated(const MindirValue& layer, Activation activation) {
    switch (activation) {
      case Activation::kRelu:
        return unary("ReLU", "x", layer);
      case Activation::kTanh:
        return unary("Tanh", "input_x", layer);
      case Activation::kIdentity:
        return layer;
      case Activation::kScaledTanh:
        break;
    }
    return times(unary("Tanh", "input_x", times(layer, kScaledTanhSlope)), kScaledTanhHeight);
  }

  MindirValue times(const MindirValue& value, float factor) {
    return factor == 1.0f ? value : binary("Mul", value, graph_.scalar(factor));
  }

  // The result has the shape of `a`.
  MindirValue binary(const std::string& op_type, const MindirValue& a, const MindirValue& b) {
    MindirValue result = graph_.apply(op_type, {a, b}, a.shape, scope_);
    name_ends({"x", "y"});
    return result;
  }

  MindirValue unary(const std::string& op_type, const std::string& end, const MindirValue& value) {
    MindirValue result = graph_.apply(op_type, {value}, value.shape, scope_);
    name_ends({end});
    return result;
  }

  void name_ends(const std::vector<std::string>& inputs) {
    graph_.attribute("input_names", inputs);
    graph_.attribute("output_names", std::vector<std::string>{"output"});
  }

  const Network& network_;
  const NetworkSpec& spec_;
  Index batch_size_;
  MindirGraph& graph_;
  std::vector<LayerTensor> tensors_;
  std::size_t next_ = 0;
  std::string scope_;
};

void require_embed(const ExportOptions& options, const std::string& path) {
  if (options.graph == ExportGraph::kEmbed) return;
  throw Error(ErrorKind::kUnsupported,
              concat(path,
                     ": MINDIR holds graph embed only, got ",
                     to_string(options.graph),
                     "; ONNX holds both"));
}

void write_network(const Network& network, const ExportOptions& options, const std::string& path) {
  MindirGraph graph("dem");
  const Index batch = options.batch_size > 0 ? options.batch_size : kReferenceBatch;
  MindirBuilder(network, batch, graph).build();
  write_message(graph.model(), path);
}

}  // namespace

void export_mindir(const Model& model, const ExportOptions& options, const std::string& path) {
  options.validate();
  require_embed(options, path);
  check_for_export(model, path);
  const Network* network = model.class_map.network();
  if (network == nullptr) {
    throw Error(ErrorKind::kUnsupported,
                concat(path,
                       ": MINDIR holds the reference's networks only, got a class map of another "
                       "kind (",
                       model.class_map.to_string(),
                       "); ONNX holds all"));
  }
  write_network(*network, options, path);
}

void export_mindir(const BareWeights& weights,
                   const ExportOptions& options,
                   const std::string& path) {
  options.validate();
  require_embed(options, path);
  check_for_export(weights, path);
  write_network(weights.map.network, options, path);
}

}  // namespace dem
