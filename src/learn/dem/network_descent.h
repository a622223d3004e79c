// Training of recipe `dem`: the whole squared error by L-BFGS, from a closed form.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "dem/learn/class_statistics.h"
#include "dem/model/network.h"
#include "learn/dem/network_settings.h"

namespace dem {

// A network of double precision weights, laid out as `shape` has its parameters.
struct SolvedNetwork {
  Network shape;
  std::vector<double> weights;

  [[nodiscard]] LayerView<const double> layer(Index i) const {
    return shape.layer_of(std::span<const double>(weights), i);
  }
  // [n, dim] -> [n, feature_dim], in single precision.
  [[nodiscard]] Matrix<float> forward(MatrixView<const float> inputs) const;
};

// Minimises over the classes with images
//   sum_c n_c / mean(n) |f(z_c) - m_c|^2 + lambda (|W|^2 + |b|^2 of all layers)
// from a hidden layer drawn at random (normal, of variance 2 / hidden_dim, by `seed`) and the best
// output layer for it. `inputs` [num_classes, dim], counts and means of `targets`.
//   stops  ascending numbers of iterations, 0 is the start; after each, and for those after the
//          descent's end at its end, `visit` sees the network.
void descend(MatrixView<const float> inputs,
             const ClassStatistics& targets,
             const NetworkSettings& settings,
             std::uint64_t seed,
             std::span<const Index> stops,
             const std::function<void(Index stop, const SolvedNetwork&)>& visit);

}  // namespace dem
