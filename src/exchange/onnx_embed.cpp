#include "base/text.h"
#include "exchange/export_parts.h"
#include "exchange/layer_tensors.h"
#include "exchange/onnx_graphs.h"
#include "exchange/onnx_steps.h"
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
    const std::vector<ExportInput> inputs = export_inputs(input_spaces_of(spec_));
    std::vector<std::string> names(inputs.size());
    for (const ExportInput& input : inputs) {
      const NetworkInput& described = spec_.inputs[input.index];
      names[input.index] = graph_.input(
          input.name, described.dim, concat("Class descriptions, space ", described.space));
    }
    const std::string last = spec_.hidden_dim > 0 ? linear(hidden(names)) : linear(names[0]);
    output(last);
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
      const std::string scaled =
          times(activated(branch, spec_.hidden_activation), spec_.inputs[i].gain, branch + ".gain");
      // The last sum is the hidden layer.
      const std::string name = i + 1 == inputs.size() ? "hidden" : concat("hidden.", i);
      sum = i == 0 ? scaled : graph_.apply("Add", {sum, scaled}, name);
    }
    return sum;
  }

  void output(const std::string& last) {
    if (spec_.output_activation == Activation::kRelu) {
      graph_.apply("Relu", {last}, "prototypes");
    } else {
      graph_.apply("Identity", {activated(last, spec_.output_activation)}, "prototypes");
    }
  }

  std::string activated(const std::string& layer, Activation activation) {
    switch (activation) {
      case Activation::kRelu:
        return graph_.apply("Relu", {layer}, layer + ".relu");
      case Activation::kTanh:
        return graph_.apply("Tanh", {layer}, layer + ".tanh");
      case Activation::kIdentity:
        return layer;
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

// A linear or identity map.
void build_linear(const ClassMap& map, OnnxGraph& graph) {
  const ClassInput input = map.inputs()[0];
  const ExportInput exported = export_inputs({input.space})[0];
  std::string rows =
      graph.input(exported.name, input.dim, concat("Class descriptions, space ", input.space));
  const auto* linear = std::get_if<LinearMap>(&map.kind());
  const bool unit_rows =
      linear != nullptr ? linear->unit_rows : std::get<IdentityMap>(map.kind()).unit_rows;
  if (unit_rows) rows = add_unit_rows(graph, rows, input.dim, "description");
  if (linear == nullptr) {
    graph.apply("Identity", {rows}, "prototypes");
    return;
  }
  const Matrix<float>& w = linear->weight;
  const std::string weight = graph.constant(
      "class_map.weight", {w.rows(), w.cols()}, {w.data(), static_cast<std::size_t>(w.size())});
  const std::string bias =
      graph.constant("class_map.bias", {static_cast<Index>(linear->bias.size())}, linear->bias);
  graph.gemm(rows, weight, bias, "prototypes");
}

}  // namespace

void build_embed_graph(const ClassMap& map, OnnxGraph& graph) {
  if (const Network* network = map.network()) {
    EmbedBuilder(*network, graph).build();
  } else {
    build_linear(map, graph);
  }
  graph.output("prototypes",
               onnx_pb::FLOAT,
               map.prototype_dim(),
               "Prototypes of the described classes in the space of mapped features");
}

}  // namespace dem
