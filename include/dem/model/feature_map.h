// From visual features as the data have them to the space in which they are compared with
// prototypes: a chain of simple steps.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/feature_scaling.h"

namespace dem {

// z_i = sign(x_i) |x_i|^exponent; above 0.
struct PowerMap {
  float exponent = 1.0f;
};

// z = W x + b.
struct AffineMap {
  Matrix<float> weight;     // [out, in]
  std::vector<float> bias;  // [out]
};

// (z, z^2): the numbers, then their squares; twice as wide.
struct WithSquares {};

class FeatureMap;

// (f(z), g(z), ...): several maps of the same feature, one behind the other.
struct SideBySide {
  std::vector<FeatureMap> maps;  // one at least
};

// Takes a feature through its steps in their order; without steps it is the identity. A value:
//
//   FeatureMap map(FeatureScaling{ScalingKind::kL2, {}, {}});
//   map.add(AffineMap{std::move(weight), std::move(bias)});
//   Matrix<float> z = map.mapped(features);
//
// Thread-safe as long as nobody changes it.
class FeatureMap {
 public:
  using Step = std::variant<FeatureScaling, PowerMap, AffineMap, WithSquares, SideBySide>;

  FeatureMap() = default;
  // One step, or none for ScalingKind::kNone.
  explicit FeatureMap(FeatureScaling scaling);

  void add(Step step);
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  [[nodiscard]] bool is_identity() const { return steps_.empty(); }
  [[nodiscard]] FeatureMap clone() const;

  // Widths. Throw Error{kShapeMismatch} naming the step that does not take `input_dim` features.
  [[nodiscard]] Index output_dim(Index input_dim) const;
  // The width that it takes where it gives `output_dim`.
  [[nodiscard]] Index input_dim(Index output_dim) const;

  //   features  [n, input_dim]
  //   out       [n, output_dim(input_dim)], overwritten; may be `features` where the widths agree
  // Throws Error{kShapeMismatch}.
  void apply(MatrixView<const float> features, MatrixView<float> out) const;
  [[nodiscard]] Matrix<float> mapped(MatrixView<const float> features) const;

  // "minmax", "l2 then affine 1024 -> 312", "none",
  // "l2 then (affine 512 -> 512 then l2 | affine 512 -> 82 then with squares)".
  [[nodiscard]] std::string to_string() const;

 private:
  std::vector<Step> steps_;
};

// The width that a step gives for one that it takes.
[[nodiscard]] Index output_dim(const FeatureMap::Step& step, Index input_dim);

}  // namespace dem
