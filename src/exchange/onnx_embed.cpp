#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "exchange/export_parts.h"
#include "exchange/layer_tensors.h"
#include "exchange/onnx_graphs.h"
#include "exchange/onnx_steps.h"
#include "linalg/double_sums.h"
#include "linalg/mean_row.h"
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

// The names of a graph's inputs by their spaces.
using SpaceInputs = std::map<std::string, std::string>;

SpaceInputs declare_inputs(const ClassMap& map, OnnxGraph& graph) {
  const std::vector<ClassInput> inputs = map.inputs();
  SpaceInputs names;
  for (const ExportInput& input : export_inputs(map.spaces())) {
    const ClassInput& taken = inputs[input.index];
    names[taken.space] =
        graph.input(input.name, taken.dim, concat("Class descriptions, space ", taken.space));
  }
  return names;
}

// Where a map's values stand in a graph: names begin with `prefix`, the prototypes are PREFIX and
// "prototypes".
struct Place {
  OnnxGraph& graph;
  const SpaceInputs& inputs;
  std::string prefix;

  [[nodiscard]] std::string named(const std::string& name) const { return prefix + name; }
};

// The result, from the last layer before its activation.
std::string add_prototypes(const Place& at, const std::string& layer, Activation activation) {
  const std::string name = at.named("prototypes");
  if (activation == Activation::kRelu) return at.graph.apply("Relu", {layer}, name);
  return at.graph.apply("Identity", {activated(at.graph, layer, activation)}, name);
}

class EmbedBuilder {
 public:
  EmbedBuilder(const Network& network, const Place& at)
      : network_(network),
        spec_(network.spec()),
        at_(at),
        graph_(at.graph),
        tensors_(layer_tensors(network.spec())) {}

  std::string build() {
    std::vector<std::string> names;
    for (const NetworkInput& input : spec_.inputs) names.push_back(at_.inputs.at(input.space));
    const std::string last = spec_.hidden_dim > 0 ? linear(hidden(names)) : linear(names[0]);
    return add_prototypes(at_, last, spec_.output_activation);
  }

 private:
  // The next layer, in the network's order.
  std::string linear(const std::string& input) {
    const std::string weight = parameter(tensors_[next_]);
    const std::string bias = parameter(tensors_[next_ + 1]);
    next_ += 2;
    return graph_.gemm(input, weight, bias, at_.named(concat("fc", next_ / 2)));
  }

  std::string parameter(const LayerTensor& tensor) {
    return graph_.constant(at_.named(tensor.name),
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
      sum = i == 0 ? scaled : graph_.apply("Add", {sum, scaled}, at_.named(name));
    }
    return sum;
  }

  const Network& network_;
  const NetworkSpec& spec_;
  const Place& at_;
  OnnxGraph& graph_;
  std::vector<LayerTensor> tensors_;
  std::size_t next_ = 0;
};

// The descriptions of several spaces, as SpaceJoin has them.
std::string add_joined_spaces(const Place& at, const SpaceJoin& join) {
  std::vector<std::string> spaces, parts(join.parts.size());
  for (const ClassInput& input : join.inputs()) spaces.push_back(input.space);
  for (const ExportInput& input : export_inputs(spaces)) {
    const SpaceJoin::Part& part = join.parts[input.index];
    const std::string rows = add_unit_rows(at.graph,
                                           at.inputs.at(part.input.space),
                                           part.input.dim,
                                           at.named(concat("description.", input.index)));
    parts[input.index] = times(at.graph,
                               rows,
                               static_cast<float>(std::sqrt(part.weight)),
                               at.named(concat("weight.", input.index)));
  }
  return at.graph.apply("Concat", parts, at.named("descriptions"), {{"axis", {1}}});
}

// The one description that a map takes.
std::string add_descriptions(const Place& at, const ClassMap& map, Index dim, bool unit_rows) {
  const std::string rows =
      map.join() ? add_joined_spaces(at, *map.join()) : at.inputs.at(map.inputs()[0].space);
  return unit_rows ? add_unit_rows(at.graph, rows, dim, at.named("description")) : rows;
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
std::string build_linear(const Place& at, const ClassMap& map) {
  const auto* linear = std::get_if<LinearMap>(&map.kind());
  const auto* identity = std::get_if<IdentityMap>(&map.kind());
  const Index dim = linear != nullptr ? linear->input.dim : identity->input.dim;
  const bool unit_rows = linear != nullptr ? linear->unit_rows : identity->unit_rows;
  const std::string rows = add_descriptions(at, map, dim, unit_rows);
  const std::string name = at.named("prototypes");
  if (linear == nullptr) return at.graph.apply("Identity", {rows}, name);
  return add_gemm_layer(at.graph, rows, linear->weight, linear->bias, at.named("class_map"), name);
}

std::string build_mlp(const Place& at, const ClassMap& of, const MlpMap& map) {
  std::string rows = add_descriptions(at, of, map.input.dim, map.unit_rows);
  for (std::size_t i = 0; i < map.layers.size(); ++i) {
    const MlpLayer& layer = map.layers[i];
    const std::string name = at.named(concat("class_map.", i));
    rows = add_gemm_layer(at.graph, rows, layer.weight, layer.bias, name, name);
    if (i + 1 < map.layers.size()) rows = activated(at.graph, rows, layer.activation);
  }
  return add_prototypes(at, rows, map.layers.back().activation);
}

// Returns the prototypes.
std::string build_single(const Place& at, const ClassMap& map) {
  if (const Network* network = map.network()) return EmbedBuilder(*network, at).build();
  if (const auto* mlp = std::get_if<MlpMap>(&map.kind())) return build_mlp(at, map, *mlp);
  return build_linear(at, map);
}

// Minus HubCorrection::of() of prototypes [n, dim]; as there, distances are taken of rows less the
// bank's mean.
std::string add_hub_offset(const Place& at, const HubCorrection& hubs, const std::string& p) {
  OnnxGraph& graph = at.graph;
  const Matrix<float>& seen = hubs.term.seen;
  const Index dim = seen.cols(), size = seen.rows(), k = hubs.term.nearest;
  const float factor = -hubs.term.weight / static_cast<float>(k);
  Matrix<float> bank = seen.clone();
  std::string rows = p;
  std::vector<float> bias(static_cast<std::size_t>(size), 0.0f);
  if (hubs.metric == Metric::kCosine) {
    FeatureScaling{ScalingKind::kL2, {}, {}}.apply(bank);
    rows = add_unit_rows(graph, p, dim, at.named("bank.direction"));
  } else if (hubs.metric == Metric::kEuclidean) {
    const std::vector<float> centre = mean_row<float>(bank.view());
    rows = graph.apply("Sub",
                       {p, graph.constant(at.named("bank.centre"), {dim}, centre)},
                       at.named("bank.shifted"));
    for (Index s = 0; s < size; ++s) {
      for (Index d = 0; d < dim; ++d) bank(s, d) -= centre[static_cast<std::size_t>(d)];
      bias[static_cast<std::size_t>(s)] = static_cast<float>(-squared_norm(bank.view().row(s)));
      for (float& value : bank.row(s)) value *= 2.0f;
    }
  }
  const std::string near =
      add_gemm_layer(graph, rows, bank, bias, at.named("bank"), at.named("bank.nearness"));
  graph.top_k(near, k, at.named("bank.nearest"), at.named("bank.places"));
  std::string sum =
      times(graph,
            graph.gemm(at.named("bank.nearest"), ones_row(graph, k), at.named("bank.sum")),
            factor,
            at.named("bank.mean"));
  if (hubs.metric != Metric::kEuclidean) return sum;
  const std::string squares = graph.apply("Mul", {rows, rows}, at.named("bank.squares"));
  const std::string length =
      times(graph,
            graph.gemm(squares, ones_row(graph, dim), at.named("bank.length")),
            hubs.term.weight,
            at.named("bank.own"));
  return graph.apply("Add", {sum, length}, at.named("bank.offset"));
}

// A member's block of the sum's prototypes, and what it adds to offsets, "" for nothing.
struct SummedBlock {
  std::string rows, offset;
};

SummedBlock add_block(
    const Place& at, const std::string& p, Index dim, const SummedScore& member, Metric sum) {
  const auto weighted = [&](const std::string& rows, float factor) {
    return times(at.graph, rows, factor, at.named("block"));
  };
  if (sum == Metric::kEuclidean) return {weighted(p, std::sqrt(member.weight)), ""};
  if (member.metric == Metric::kDot) return {weighted(p, member.weight), ""};
  if (member.metric == Metric::kCosine) {
    return {weighted(add_unit_rows(at.graph, p, dim, at.named("direction")), member.weight), ""};
  }
  std::string q = p;
  if (!member.centre.empty()) {
    const std::string centre = at.graph.constant(at.named("midpoint"), {dim}, member.centre);
    q = at.graph.apply("Sub", {p, centre}, at.named("from_midpoint"));
  }
  const std::string squares = at.graph.apply("Mul", {q, q}, at.named("squares"));
  const std::string length =
      at.graph.gemm(squares, ones_row(at.graph, dim), at.named("squares.sum"));
  return {weighted(q, 2.0f * member.weight),
          times(at.graph, length, -member.weight, at.named("offset"))};
}

// Returns whether there are offsets, too.
bool build_side_by_side(const MapsSideBySide& maps, const SpaceInputs& inputs, OnnxGraph& graph) {
  std::vector<std::string> blocks;
  std::string offset;
  const auto add = [&](const std::string& part, const std::string& name) {
    if (part.empty()) return;
    offset = offset.empty() ? part : graph.apply("Add", {offset, part}, name);
  };
  for (std::size_t m = 0; m < maps.maps.size(); ++m) {
    const Place at{graph, inputs, concat("member.", m, ".")};
    const ClassMap& map = maps.maps[m];
    const SummedScore& member = maps.members[m];
    const std::string p = build_single(at, map);
    const SummedBlock block = add_block(at, p, map.prototype_dim(), member, maps.metric());
    blocks.push_back(block.rows);
    add(block.offset, at.named("offset.sum"));
    if (!map.hub_correction()) continue;
    const std::string of_hubs = add_hub_offset(at, *map.hub_correction(), p);
    add(times(graph, of_hubs, member.weight, at.named("bank.weighted")), at.named("hubs.sum"));
  }
  graph.apply("Concat", blocks, "prototypes", {{"axis", {1}}});
  if (offset.empty()) return false;
  graph.apply("Identity", {offset}, "offsets");
  return true;
}

}  // namespace

void build_embed_graph(const ClassMap& map, OnnxGraph& graph) {
  const SpaceInputs inputs = declare_inputs(map, graph);
  bool has_offsets = false;
  if (const auto* maps = std::get_if<MapsSideBySide>(&map.kind())) {
    has_offsets = build_side_by_side(*maps, inputs, graph);
  } else {
    const Place at{graph, inputs, ""};
    const std::string p = build_single(at, map);
    has_offsets = map.hub_correction().has_value();
    if (has_offsets) {
      graph.apply("Identity", {add_hub_offset(at, *map.hub_correction(), p)}, "offsets");
    }
  }
  graph.output("prototypes",
               onnx_pb::FLOAT,
               map.prototype_dim(),
               "Prototypes of the described classes in the space of mapped features");
  if (!has_offsets) return;
  graph.output(
      "offsets", onnx_pb::FLOAT, 1, "What is added to the scores of the described classes");
}

}  // namespace dem
