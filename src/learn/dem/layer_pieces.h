// The pieces that a step's work on a layer is divided into: windows of units and loops over them.
#pragma once

#include <algorithm>
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
// Fewer where a piece reads all rows of the next layer's weights, so that its columns of them stay
// in the cache.
inline constexpr Index kBackwardGrain = 32;

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

// Pieces that [0, n) is divided into: of `grain` each, but the last, which takes up to 15 more
// rather than leave them alone: fewer would be less than one vector.
inline Index num_pieces(Index n, Index grain) {
  constexpr Index kFewest = 16;
  const Index whole = n / grain;
  const Index rest = n % grain;
  return whole + (rest >= std::min(kFewest, grain) || (whole == 0 && rest > 0) ? 1 : 0);
}

// Calls body(first, last) for piece p.
template <typename Body>
void run_piece(Index n, Index grain, Index p, Body&& body) {
  const Index first = p * grain;
  body(first, p + 1 == num_pieces(n, grain) ? n : first + grain);
}

// The thread team on pieces 0 .. count - 1, without denormal numbers.
template <typename Body>
void parallel_tasks(Index count, Body&& body) {
  parallel_for(count, 1, [&](Index task, Index) {
    const FlushDenormals flush;
    body(task);
  });
}

// The thread team on the pieces of [0, n), without denormal numbers.
template <typename Body>
void parallel_pieces(Index n, Index grain, Body&& body) {
  parallel_tasks(num_pieces(n, grain), [&](Index p) { run_piece(n, grain, p, body); });
}

// Layers are named as in MindSpore checkpoints, from 1.
inline std::string layer_name(Index layer) {
  return concat("fc", layer + 1);
}

}  // namespace dem
