// The generative model of synthetic.h.
#pragma once

#include <span>
#include <vector>

#include "dem/data/synthetic.h"

namespace dem {

// One world: its classes, their descriptions and the map from traits to features. Classes are
// numbered 0 .. num_seen + num_unseen - 1; which of them are seen is the caller's.
class SyntheticModel {
 public:
  // `options` with every 0 resolved.
  explicit SyntheticModel(const SyntheticOptions& options);

  [[nodiscard]] const Matrix<float>& attributes() const { return attributes_; }  // [C, dim], 0..100
  [[nodiscard]] Matrix<float> words(Index word_dim) const;  // [C, word_dim], unit rows
  // One image a row of `out`, of the given classes. Image i draws from a stream of its own,
  // numbered first_image + i.
  void draw_images(std::span<const ClassId> labels, Index first_image, MatrixView<float> out) const;

 private:
  void map_to_features(std::span<const float> traits, std::span<float> out) const;
  [[nodiscard]] float measure_spread() const;

  std::uint64_t seed_;
  float noise_;
  Matrix<float> traits_;       // [C, t]
  Matrix<float> attributes_;   // [C, attribute_dim]
  Matrix<float> appearance_;   // [C, t]
  Matrix<float> hidden_map_;   // [hidden, t]: D / sqrt(t)
  Matrix<float> feature_map_;  // [hidden, feature_dim]: W transposed
  std::vector<float> offset_;  // [feature_dim]
  float spread_ = 0.0F;
};

}  // namespace dem
