// The products of a training step in bfloat16 (Precision::kBf16): their operands, rounded and laid
// out in pairs along each sum's index, beside the float32 numbers that they are rounded from.
//
// R is the number of the batch's rows. A layer has weights [out, in], an input [R, in] and a delta,
// the gradient at its sums [R, out].
#pragma once

#include <vector>

#include "dem/model/network.h"
#include "linalg/pair_product.h"

namespace dem {

class PairProducts {
 public:
  // `network` outlives this; batches have at most max_rows rows.
  PairProducts(const Network& network, Index max_rows);

  // Rounding. Units and inputs begin at even numbers, and end there or with the layer.
  void begin_batch(Index rows) { rows_ = rows; }
  void round_weights(Index layer, Index first_unit, Index count);
  // Inputs first .. of a layer: with a row a sample [R, count], and with a column a sample
  // [count, max(R, 16)].
  void round_inputs(Index layer,
                    Index first,
                    MatrixView<const float> by_row,
                    MatrixView<const float> by_column);
  void round_deltas(Index layer, Index first_unit, MatrixView<const float> deltas);

  // sums(u, r) = W z_r of units first_unit ..  [count, max(R, 16)]
  void weighted_sums(Index layer, Index first_unit, MatrixView<float> sums) const;
  // gram(r, s) = z_r . z_s of rows first_row .. with rows s = 0 ..  [count, at most max(R, 16)]
  void gram(Index layer, Index first_row, MatrixView<float> gram) const;
  // The output layer's deltas times its weights, at inputs first ..  [R, count]
  void input_gradient(Index first, MatrixView<float> gradient) const;
  // The gradient of the weights from inputs first_input .. to units first_unit ..
  void weight_gradient(Index layer,
                       Index first_unit,
                       Index first_input,
                       MatrixView<float> gradient) const;

 private:
  struct Layer {
    Matrix<Bf16Pair> weight;           // pairs of inputs  [out, ceil(in / 2)]
    Matrix<Bf16Pair> input_by_column;  // pairs of inputs  [ceil(in / 2), max_rows or more]
    Matrix<Bf16Pair> input;            // pairs of rows  [ceil(max_rows / 2), in or more]
    Matrix<Bf16Pair> delta;            // pairs of rows  [ceil(max_rows / 2), out or more]
  };
  [[nodiscard]] static Layer make_layer(MatrixView<const float> weight, Index max_rows);
  [[nodiscard]] MatrixView<const Bf16Pair> batch_input(Index layer) const;
  [[nodiscard]] bool has_hidden() const { return layers_.size() > 1; }
  [[nodiscard]] Index output_layer() const { return static_cast<Index>(layers_.size()) - 1; }

  const Network& network_;
  Index rows_ = 0;
  std::vector<Layer> layers_;
  // Of the output layer, where there is a hidden one:
  Matrix<Bf16Pair> output_weight_;  // pairs of units  [ceil(out / 2), in]
  Matrix<Bf16Pair> output_delta_;   // pairs of units  [max_rows, ceil(out / 2) or more]
};

}  // namespace dem
