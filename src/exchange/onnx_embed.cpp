#include "base/text.h"
#include "exchange/export_parts.h"
#include "exchange/layer_tensors.h"
#include "exchange/onnx_graphs.h"
#include "exchange/onnx_steps.h"
#include "model/activation.h"

namespace dem {
namespace {

std::string times(OnnxGraph& graph,
                  const std::string& value,
                  float factor,
                  const std::string& name) {
  if (factor == 1.0f) return value;
  const std::string constant = graph.constant(name, {1}, std::span<const float>(&factor, 1));
  return graph.apply("Mul", {value, constant}, name + ".product");
}

std::string activated(OnnxGraph& graph, const std::string& layer, Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return graph.apply("Relu", {layer}, layer + ".relu");
    case Activation::kTanh:
      return graph.apply("Tanh", {layer}, layer + ".tanh");
    case Activation::kIdentity:
      return layer;
    case Activation::kScaledTanh:
      break;
  }
  const std::string slope = times(graph, layer, kScaledTanhSlope, layer + ".slope");
  const std::string bounded = graph.apply("Tanh", {slope}, layer + ".tanh");
  return times(graph, bounded, kScaledTanhHeight, layer + ".height");
}

// The graph's result, from the last layer before its activation.
void add_prototypes(OnnxGraph& graph, const std::string& layer, Activation activation) {
  if (activation == Activation::kRelu) {
    graph.apply("Relu", {layer}, "prototypes");
  } else {
    graph.apply("Identity", {activated(graph, layer, activation)}, "prototypes");
  }
}

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
    add_prototypes(graph_, last, spec_.output_activation);
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
      const std::string scaled = times(graph_,
                                       activated(graph_, branch, spec_.hidden_activation),
                                       spec_.inputs[i].gain,
                                       branch + ".gain");
      // The last sum is the hidden layer.
      const std::string name = i + 1 == inputs.size() ? "hidden" : concat("hidden.", i);
      sum = i == 0 ? scaled : graph_.apply("Add", {sum, scaled}, name);
    }
    return sum;
  }

  const Network& network_;
  const NetworkSpec& spec_;
  OnnxGraph& graph_;
  std::vector<LayerTensor> tensors_;
  std::size_t next_ = 0;
};

// Descriptions of a map that takes one space.
std::string add_descriptions(OnnxGraph& graph, const ClassInput& input, bool unit_rows) {
  const ExportInput exported = export_inputs({input.space})[0];
  const std::string rows =
      graph.input(exported.name, input.dim, concat("Class descriptions, space ", input.space));
  return unit_rows ? add_unit_rows(graph, rows, input.dim, "description") : rows;
}

std::string add_gemm_layer(OnnxGraph& graph,
                           const std::string& rows,
                           const Matrix<float>& weight,
                           std::span<const float> bias,
                           const std::string& name,
                           const std::string& output) {
  const std::string w = graph.constant(name + ".weight",
                                       {weight.rows(), weight.cols()},
                                       {weight.data(), static_cast<std::size_t>(weight.size())});
  const std::string b = graph.constant(name + ".bias", {static_cast<Index>(bias.size())}, bias);
  return graph.gemm(rows, w, b, output);
}

// A linear or identity map.
void build_linear(const ClassMap& map, OnnxGraph& graph) {
  const auto* linear = std::get_if<LinearMap>(&map.kind());
  const bool unit_rows =
      linear != nullptr ? linear->unit_rows : std::get<IdentityMap>(map.kind()).unit_rows;
  const std::string rows = add_descriptions(graph, map.inputs()[0], unit_rows);
  if (linear == nullptr) {
    graph.apply("Identity", {rows}, "prototypes");
    return;
  }
  add_gemm_layer(graph, rows, linear->weight, linear->bias, "class_map", "prototypes");
}

void build_mlp(const MlpMap& map, OnnxGraph& graph) {
  std::string rows = add_descriptions(graph, map.input, map.unit_rows);
  for (std::size_t i = 0; i < map.layers.size(); ++i) {
    const MlpLayer& layer = map.layers[i];
    const std::string name = concat("class_map.", i);
    rows = add_gemm_layer(graph, rows, layer.weight, layer.bias, name, name);
    if (i + 1 < map.layers.size()) rows = activated(graph, rows, layer.activation);
  }
  add_prototypes(graph, rows, map.layers.back().activation);
}

}  // namespace

void build_embed_graph(const ClassMap& map, OnnxGraph& graph) {
  if (const Network* network = map.network()) {
    EmbedBuilder(*network, graph).build();
  } else if (const auto* mlp = std::get_if<MlpMap>(&map.kind())) {
    build_mlp(*mlp, graph);
  } else {
    build_linear(map, graph);
  }
  graph.output("prototypes",
               onnx_pb::FLOAT,
               map.prototype_dim(),
               "Prototypes of the described classes in the space of mapped features");
}

}  // namespace dem
