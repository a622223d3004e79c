// The norm of a layer's gradient G = D^T Z without G, from Gram matrices:
//   |G|^2 = sum over r, s of (D D^T)(r, s) (Z Z^T)(r, s) = sum over units u of d_u^T (Z Z^T) d_u
// with D [R, out] the gradient at the layer's sums, d_u its columns and Z [R, in] the layer's
// input, a constant 1 for the bias among it. For |G|^2 = tr(G^T G) = tr(Z^T D D^T Z), and a trace
// does not change where its factors go round: = tr(D D^T Z Z^T), of which both factors are
// symmetric. Where a batch has few rows R, these R x R matrices cost less than G.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/dem/layer_pieces.h"
#include "learn/dem/train_step.h"
#include "linalg/double_sums.h"
#include "linalg/strided_product.h"
#include "linalg/transposed.h"

namespace dem {
namespace {

constexpr Index kGramRows = 16;

}  // namespace

bool TrainStep::takes_norms_from_grams() const {
  if (recipe_.clip_norm <= 0.0 || exchange_.of_gradients()) return false;
  // Multiplications a row of the batch: with half of Gram matrices, and for forming the gradient
  // once more.
  Index by_grams = 0;
  Index by_gradient = 0;
  for (Index l = 0; l < network_.num_layers(); ++l) {
    const MatrixView<const float> weight = std::as_const(network_).layer(l).weight;
    by_grams += batch_.max_rows() * (weight.cols() + weight.rows());
    by_gradient += weight.cols() * weight.rows();
  }
  return by_grams / 2 < by_gradient;
}

Index TrainStep::gram_tasks() const {
  return grams_.empty() ? 0 : num_pieces(batch_.rows(), kGramRows);
}

// Rows first .. last - 1 of the matrix in columns 0 .. last - 1: it is symmetric, and what is left
// of the block counts twice.
void TrainStep::form_gram(Index layer, Index task) {
  run_piece(batch_.rows(), kGramRows, task, [&](Index first, Index last) {
    Matrix<float>& all = grams_[at(layer)];
    const MatrixView<float> gram(
        all.row(first).data(), last - first, std::max(last, kGramRows), all.cols());
    if (pairs_) {
      pairs_->gram(layer, first, gram);
    } else {
      strided_product(as_is(layer_input(layer).row_block(first, last - first)),
                      columns(transposed_input(layer), 0, gram.cols()),
                      gram);
    }
    for (Index r = 0; r < gram.rows(); ++r) {
      const std::span<float> row = gram.row(r);
      for (float& product : row) product += 1.0f;
      for (float& product : row.first(at(first))) product *= 2.0f;
    }
  });
}

// For units first .. last - 1. scratch [R, last - first] is overwritten.
void TrainStep::norm_from_gram(Index layer, Index first, Index last, MatrixView<float> scratch) {
  const MatrixView<const float> delta = columns(layer_delta(layer), first, last - first);
  Matrix<float>& all = grams_[at(layer)];
  for (Index task = 0; task < gram_tasks(); ++task) {
    run_piece(batch_.rows(), kGramRows, task, [&](Index row, Index end) {
      const MatrixView<const float> gram(all.row(row).data(), end - row, end, all.cols());
      strided_product(as_is(gram), delta.row_block(0, end), scratch.row_block(row, end - row));
    });
  }
  double sum = 0.0;
  for (Index r = 0; r < delta.rows(); ++r) sum += dot(delta.row(r), scratch.row(r));
  const Index grain = layer == output_layer() ? kUnitGrain : kBackwardGrain;
  gram_norms_[at(layer)][at(first / grain)] = sum;
}

// False where a norm is not a number: then the gradient itself tells more.
bool TrainStep::sum_gram_norms() {
  for (std::size_t l = 0; l < grams_.size(); ++l) {
    const std::vector<double>& pieces = gram_norms_[l];
    const double sum = std::accumulate(pieces.begin(), pieces.end(), 0.0);
    if (!std::isfinite(sum)) return false;
    squared_norms_[l] = std::max(sum, 0.0);
  }
  return !grams_.empty();
}

}  // namespace dem
