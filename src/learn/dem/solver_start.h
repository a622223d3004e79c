// Where the statistics solver begins: two moves that no descent along gradients finds soon.
//
// From small random weights most outputs are zero for every class, and a ReLU that is zero for all
// has no gradient; where the penalty is small a descent crawls along the valley in which the hidden
// layer's weights grow and the output layer's shrink. Both have a solution in closed form.
#pragma once

#include <span>

#include "dem/linalg/matrix.h"
#include "dem/model/network.h"

namespace dem {

// The output layer that fits the class means best, but for its ReLU (ridge regression):
//   min over W, b of sum_c n_c |W z_c + b - m_c|^2 + ridge (|W|^2 + |b|^2)
//   input [classes, in], counts [classes] all above 0, means [classes, out], layer [out, in]
// Solved in as many unknowns an output as there are classes or inputs, the fewer. False, with the
// layer as it was, where the system is singular, which needs a ridge of 0.
[[nodiscard]] bool fit_output_layer(MatrixView<const double> input,
                                    std::span<const double> counts,
                                    MatrixView<const double> means,
                                    double ridge,
                                    LayerView<double> layer);

// Scales the weights into each hidden ReLU and those out of it against each other, so that the
// penalty sum over layers l of l2_penalty[l] / 2 (|W_l|^2 + |b_l|^2) is least. The prototypes stay.
// No change for other activations, without hidden layer, and where a side has no penalty.
void balance_hidden_units(const Network& network,
                          std::span<const double> l2_penalty,
                          std::span<double> weights);

}  // namespace dem
