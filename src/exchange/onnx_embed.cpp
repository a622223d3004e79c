#include "base/text.h"
#include "exchange/export_parts.h"
#include "exchange/layer_tensors.h"
#include "exchange/onnx_graphs.h"
#include "model/activation.h"

namespace dem {
namespace {

class EmbedBuilder {
 public:
  EmbedBuilder(const Network& network, OnnxGraph& graph)
      : network_(network),
        spec_(network.spec()),
        graph_(graph),
        tensors_(layer_tensors(network.spec())) {}

  void build() {
    const std::vector<ExportInput> inputs = export_inputs(spec_);
    std::vector<std::string> names(inputs.size());
    for (const ExportInput& input : inputs) {
      const NetworkInput& described = spec_.inputs[input.index];
      names[input.index] = graph_.input(
          input.name, described.dim, concat("Class descriptions, space ", described.space));
    }
    const std::string last = spec_.hidden_dim > 0 ? linear(hidden(names)) : linear(names[0]);
    graph_.apply("Relu", {last}, "prototypes");
    graph_.output("prototypes",
                  onnx_pb::FLOAT,
                  spec_.feature_dim,
                  "Prototypes of the described classes in visual feature space");
  }

 private:
  // The next layer, in the network's order.
  std::string linear(const std::string& input) {
    const std::string weight = parameter(tensors_[next_]);
    const std::string bias = parameter(tensors_[next_ + 1]);
    next_ += 2;
    return graph_.gemm(input, weight, bias, concat("fc", next_ / 2));
  }

  std::string parameter(const LayerTensor& tensor) {
    return graph_.constant(tensor.name,
                           tensor.shape,
                           network_.parameters().subspan(static_cast<std::size_t>(tensor.offset),
                                                         static_cast<std::size_t>(tensor.size)));
  }

  std::string hidden(const std::vector<std::string>& inputs) {
    std::string sum;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::string branch = linear(inputs[i]);
      const std::string scaled = times(activated(branch), spec_.inputs[i].gain, branch + ".gain");
      sum = i == 0 ? scaled : graph_.apply("Add", {sum, scaled}, "hidden");
    }
    return sum;
  }

  std::string activated(const std::string& layer) {
    switch (spec_.hidden_activation) {
      case Activation::kRelu:
        return graph_.apply("Relu", {layer}, layer + ".relu");
      case Activation::kTanh:
        return graph_.apply("Tanh", {layer}, layer + ".tanh");
      case Activation::kScaledTanh:
        break;
    }
    const std::string slope = times(layer, kScaledTanhSlope, layer + ".slope");
    const std::string bounded = graph_.apply("Tanh", {slope}, layer + ".tanh");
    return times(bounded, kScaledTanhHeight, layer + ".height");
  }

  std::string times(const std::string& value, float factor, const std::string& name) {
    if (factor == 1.0f) return value;
    const std::string constant = graph_.constant(name, {1}, std::span<const float>(&factor, 1));
    return graph_.apply("Mul", {value, constant}, name + ".product");
  }

  const Network& network_;
  const NetworkSpec& spec_;
  OnnxGraph& graph_;
  std::vector<LayerTensor> tensors_;
  std::size_t next_ = 0;
};

}  // namespace

void build_embed_graph(const Network& network, OnnxGraph& graph) {
  EmbedBuilder(network, graph).build();
}

}  // namespace dem
