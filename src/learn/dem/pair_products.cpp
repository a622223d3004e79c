#include "learn/dem/pair_products.h"

#include "learn/dem/layer_pieces.h"
#include "linalg/transposed.h"

namespace dem {
namespace {

Index pairs(Index count) {
  return (count + 1) / 2;
}

// Columns first .. of the first `rows` rows.
template <typename M>
auto window(M& matrix, Index rows, Index first, Index count) {
  return columns(matrix.view().row_block(0, rows), first, count);
}

}  // namespace

PairProducts::PairProducts(const Network& network, Index max_rows) : network_(network) {
  for (Index l = 0; l < network.num_layers(); ++l) {
    layers_.push_back(make_layer(network.layer(l).weight, max_rows));
  }
  if (!has_hidden()) return;
  const MatrixView<const float> output = network.layer(output_layer()).weight;
  output_weight_ = Matrix<Bf16Pair>(pairs(output.rows()), output.cols());
  output_delta_ = make_spaced<Bf16Pair>(max_rows, pairs(output.rows()));
}

PairProducts::Layer PairProducts::make_layer(MatrixView<const float> weight, Index max_rows) {
  return {Matrix<Bf16Pair>(weight.rows(), pairs(weight.cols())),
          make_transposed<Bf16Pair>(max_rows, pairs(weight.cols())),
          make_spaced<Bf16Pair>(pairs(max_rows), weight.cols()),
          make_spaced<Bf16Pair>(pairs(max_rows), weight.rows())};
}

MatrixView<const Bf16Pair> PairProducts::batch_input(Index layer) const {
  return first_columns(layers_[at(layer)].input_by_column, rows_);
}

void PairProducts::round_weights(Index layer, Index first_unit, Index count) {
  const MatrixView<const float> weight = network_.layer(layer).weight.row_block(first_unit, count);
  pair_columns(weight, layers_[at(layer)].weight.view().row_block(first_unit, count));
  if (!has_hidden() || layer != output_layer()) return;
  pair_rows(weight, output_weight_.view().row_block(first_unit / 2, pairs(count)));
}

void PairProducts::round_inputs(Index layer,
                                Index first,
                                MatrixView<const float> by_row,
                                MatrixView<const float> by_column) {
  Layer& to = layers_[at(layer)];
  const Index count = by_row.cols();
  pair_rows(by_row, window(to.input, pairs(rows_), first, count));
  pair_rows(by_column, first_columns(to.input_by_column, rows_).row_block(first / 2, pairs(count)));
}

void PairProducts::round_deltas(Index layer, Index first_unit, MatrixView<const float> deltas) {
  const Index count = deltas.cols();
  pair_rows(deltas, window(layers_[at(layer)].delta, pairs(rows_), first_unit, count));
  if (!has_hidden() || layer != output_layer()) return;
  pair_columns(deltas, window(output_delta_, rows_, first_unit / 2, pairs(count)));
}

void PairProducts::weighted_sums(Index layer, Index first_unit, MatrixView<float> sums) const {
  const MatrixView<const Bf16Pair> weight = layers_[at(layer)].weight;
  pair_product(as_is(weight.row_block(first_unit, sums.rows())), batch_input(layer), sums);
}

void PairProducts::gram(Index layer, Index first_row, MatrixView<float> gram) const {
  const MatrixView<const Bf16Pair> input = batch_input(layer);
  pair_product(
      transposed(columns(input, first_row, gram.rows())), columns(input, 0, gram.cols()), gram);
}

void PairProducts::input_gradient(Index first, MatrixView<float> gradient) const {
  const MatrixView<const Bf16Pair> weight = output_weight_;
  pair_product(as_is(window(output_delta_, rows_, 0, weight.rows())),
               columns(weight, first, gradient.cols()),
               gradient);
}

void PairProducts::weight_gradient(Index layer,
                                   Index first_unit,
                                   Index first_input,
                                   MatrixView<float> gradient) const {
  const Layer& from = layers_[at(layer)];
  pair_product(transposed(window(from.delta, pairs(rows_), first_unit, gradient.rows())),
               window(from.input, pairs(rows_), first_input, gradient.cols()),
               gradient);
}

}  // namespace dem
