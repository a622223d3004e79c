#include <cmath>
#include <string>
#include <vector>

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

// The descriptions of one space.
std::string add_space(OnnxGraph& graph, const std::string& name, const ClassInput& input) {
  return graph.input(name, input.dim, concat("Class descriptions, space ", input.space));
}

// Those of several, as SpaceJoin has them.
std::string add_joined_spaces(OnnxGraph& graph, const SpaceJoin& join) {
  std::vector<std::string> spaces, parts(join.parts.size());
  for (const ClassInput& input : join.inputs()) spaces.push_back(input.space);
  for (const ExportInput& input : export_inputs(spaces)) {
    const SpaceJoin::Part& part = join.parts[input.index];
    const std::string rows = add_unit_rows(graph,
                                           add_space(graph, input.name, part.input),
                                           part.input.dim,
                                           concat("description.", input.index));
    parts[input.index] = times(
        graph, rows, static_cast<float>(std::sqrt(part.weight)), concat("weight.", input.index));
  }
  return graph.apply("Concat", parts, "descriptions", {{"axis", {1}}});
}

// The one description that a map takes.
std::string add_descriptions(OnnxGraph& graph, const ClassMap& map, Index dim, bool unit_rows) {
  const std::vector<ClassInput> inputs = map.inputs();
  const std::string rows =
      map.join() ? add_joined_spaces(graph, *map.join())
                 : add_space(graph, export_inputs({inputs[0].space})[0].name, inputs[0]);
  return unit_rows ? add_unit_rows(graph, rows, dim, "description") : rows;
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
  const auto* identity = std::get_if<IdentityMap>(&map.kind());
  const Index dim = linear != nullptr ? linear->input.dim : identity->input.dim;
  const bool unit_rows = linear != nullptr ? linear->unit_rows : identity->unit_rows;
  const std::string rows = add_descriptions(graph, map, dim, unit_rows);
  if (linear == nullptr) {
    graph.apply("Identity", {rows}, "prototypes");
    return;
  }
  add_gemm_layer(graph, rows, linear->weight, linear->bias, "class_map", "prototypes");
}

void build_mlp(const ClassMap& of, const MlpMap& map, OnnxGraph& graph) {
  std::string rows = add_descriptions(graph, of, map.input.dim, map.unit_rows);
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
    build_mlp(map, *mlp, graph);
  } else {
    build_linear(map, graph);
  }
  graph.output("prototypes",
               onnx_pb::FLOAT,
               map.prototype_dim(),
               "Prototypes of the described classes in the space of mapped features");
}

}  // namespace dem
