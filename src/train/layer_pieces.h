// The pieces that a step's work on a layer is divided into: windows of units and loops over them.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "base/at.h"
#include "base/denormals.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/linalg/matrix.h"
#include "model/layer.h"

namespace dem {

// Units of a layer that make one piece of work.
inline constexpr Index kUnitGrain = 64;

// Columns first .. first + count - 1.
template <typename T>
MatrixView<T> columns(MatrixView<T> matrix, Index first, Index count) {
  return {matrix.data() + first, matrix.rows(), count, matrix.stride()};
}

// Output units first .. first + count - 1 of a layer.
template <typename T>
LayerView<T> units(LayerView<T> layer, Index first, Index count) {
  return {layer.weight.row_block(first, count), layer.bias.subspan(at(first), at(count))};
}

// A layer's weights of some units as one span: they lie one after another.
template <typename T>
std::span<T> flat(MatrixView<T> weight) {
  return {weight.data(), at(weight.rows() * weight.cols())};
}

// parallel_for() without denormal numbers.
template <typename Body>
void parallel_pieces(Index n, Index grain, Body&& body) {
  parallel_for(n, grain, [&](Index first, Index last) {
    const FlushDenormals flush;
    body(first, last);
  });
}

// Layers are named as in MindSpore checkpoints, from 1.
inline std::string layer_name(Index layer) {
  return concat("fc", layer + 1);
}

}  // namespace dem
