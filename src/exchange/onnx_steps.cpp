// Only operators that OpenCV 4.6 runs with a batch chosen at run time: constants subtracted from
// rows are vectors, and sums over a row are products with ones.
#include "exchange/onnx_steps.h"

#include <limits>
#include <vector>

#include "base/text.h"

namespace dem {
namespace {

std::string add_vector(OnnxGraph& graph, const std::string& name, std::span<const float> values) {
  return graph.constant(name, {static_cast<Index>(values.size())}, values);
}

std::string add_scaling(OnnxGraph& graph,
                        const FeatureScaling& scaling,
                        const std::string& rows,
                        Index dim,
                        const std::string& name) {
  if (scaling.kind == ScalingKind::kNone) return rows;
  if (scaling.kind == ScalingKind::kL2) return add_unit_rows(graph, rows, dim, name);
  const std::string shift = add_vector(graph, name + ".shift", scaling.shift);
  const std::string shifted = graph.apply("Sub", {rows, shift}, name + ".shifted");
  const std::string factor = add_vector(graph, name + ".factor", scaling.factor);
  return graph.apply("Mul", {shifted, factor}, name + ".scaled");
}

// sign(x) |x|^exponent as x |x|^(exponent - 1), with 0 for 0.
std::string add_power(OnnxGraph& graph,
                      const PowerMap& power,
                      const std::string& rows,
                      const std::string& name) {
  constexpr float kTiny = std::numeric_limits<float>::min();
  const float exponent = power.exponent - 1.0f;
  const std::string magnitude = graph.apply("Abs", {rows}, name + ".magnitude");
  const std::string tiny = add_vector(graph, name + ".tiny", std::span<const float>(&kTiny, 1));
  const std::string above = graph.apply("Add", {magnitude, tiny}, name + ".above");
  const std::string by =
      add_vector(graph, name + ".exponent", std::span<const float>(&exponent, 1));
  const std::string factor = graph.apply("Pow", {above, by}, name + ".factor");
  return graph.apply("Mul", {rows, factor}, name + ".raised");
}

std::string add_affine(OnnxGraph& graph,
                       const AffineMap& map,
                       const std::string& rows,
                       const std::string& name) {
  const Matrix<float>& w = map.weight;
  const std::string weight = graph.constant(
      name + ".weight", {w.rows(), w.cols()}, {w.data(), static_cast<std::size_t>(w.size())});
  return graph.gemm(rows, weight, add_vector(graph, name + ".bias", map.bias), name + ".affine");
}

std::string joined(OnnxGraph& graph,
                   const std::vector<std::string>& parts,
                   const std::string& name) {
  return graph.apply("Concat", parts, name + ".joined", {{"axis", {1}}});
}

std::string add_squares(OnnxGraph& graph, const std::string& rows, const std::string& name) {
  const std::string squares = graph.apply("Mul", {rows, rows}, name + ".squares");
  return joined(graph, {rows, squares}, name);
}

std::string add_side_by_side(OnnxGraph& graph,
                             const SideBySide& step,
                             const std::string& rows,
                             Index dim,
                             const std::string& name) {
  std::vector<std::string> parts;
  for (const FeatureMap& map : step.maps) {
    parts.push_back(add_feature_map(graph, map, rows, dim, concat(name, ".", parts.size())));
  }
  return joined(graph, parts, name);
}

// The value behind a step.
std::string add_step(OnnxGraph& graph,
                     const FeatureMap::Step& step,
                     const std::string& rows,
                     Index dim,
                     const std::string& name) {
  if (const auto* affine = std::get_if<AffineMap>(&step)) {
    return add_affine(graph, *affine, rows, name);
  }
  if (const auto* power = std::get_if<PowerMap>(&step)) return add_power(graph, *power, rows, name);
  if (std::holds_alternative<WithSquares>(step)) return add_squares(graph, rows, name);
  if (const auto* maps = std::get_if<SideBySide>(&step)) {
    return add_side_by_side(graph, *maps, rows, dim, name);
  }
  return add_scaling(graph, std::get<FeatureScaling>(step), rows, dim, name);
}

}  // namespace

std::string ones_row(OnnxGraph& graph, Index dim) {
  std::string name = concat("ones.", dim);
  if (graph.has(name)) return name;
  const std::vector<float> ones(static_cast<std::size_t>(dim), 1.0f);
  return graph.constant(name, {1, dim}, ones);
}

std::string add_unit_rows(OnnxGraph& graph,
                          const std::string& rows,
                          Index dim,
                          const std::string& name) {
  constexpr float kTiny = std::numeric_limits<float>::min();
  const std::string tiny = add_vector(graph, name + ".tiny", std::span<const float>(&kTiny, 1));
  const std::string magnitude = graph.apply("Abs", {rows}, name + ".magnitude");
  const std::string largest = graph.apply(
      "ReduceMax", {magnitude}, name + ".largest", {{"axes", {1}, true}, {"keepdims", {1}}});
  const std::string divisor = graph.apply("Add", {largest, tiny}, name + ".divisor");
  const std::string moderate = graph.apply("Div", {rows, divisor}, name + ".moderate");
  const std::string squares = graph.apply("Mul", {moderate, moderate}, name + ".squares");
  const std::string sum = graph.gemm(squares, ones_row(graph, dim), tiny, name + ".sum");
  const std::string norm = graph.apply("Sqrt", {sum}, name + ".norm");
  return graph.apply("Div", {moderate, norm}, name + ".unit");
}

std::string add_feature_map(OnnxGraph& graph,
                            const FeatureMap& map,
                            const std::string& features,
                            Index feature_dim,
                            const std::string& name) {
  std::string rows = features;
  Index dim = feature_dim;
  for (std::size_t i = 0; i < map.steps().size(); ++i) {
    rows = add_step(graph, map.steps()[i], rows, dim, concat(name, ".", i));
    dim = output_dim(map.steps()[i], dim);
  }
  return rows;
}

}  // namespace dem
