// The squared error of a whole training set as a function of the weights, from class statistics.
#pragma once

#include <span>
#include <vector>

#include "dem/learn/class_statistics.h"
#include "dem/model/network.h"

namespace dem {

// J(w) = (sum_c n_c |f_c(w) - m_c|^2 + within) / (n feature_dim)
//        + sum over layers l of l2_penalty[l] / 2 * (|W_l|^2 + |b_l|^2),
// recipe.h's objective over all images as one batch, in double precision throughout: the end of a
// descent is beyond what float32 tells apart.
class StatisticsObjective {
 public:
  // Classes without images are left out. `network` gives shapes and layout, and outlives this.
  StatisticsObjective(const Network& network,
                      std::span<const MatrixView<const float>> class_embeddings,
                      const ClassStatistics& statistics,
                      std::span<const double> l2_penalty);

  // The value at `weights`, laid out as the network's parameters; fills its gradient.
  double operator()(std::span<const double> weights, std::span<double> gradient);

  // Weights to begin a descent with, of a smaller value than `weights` or these (solver_start.h).
  [[nodiscard]] std::vector<double> better_start(std::span<const double> weights);

  // Of the last value: the mean squared error, without the penalty.
  [[nodiscard]] double mean_squared_error() const { return mean_squared_error_; }

 private:
  [[nodiscard]] Index output_layer() const { return network_.num_layers() - 1; }
  [[nodiscard]] bool has_hidden() const { return network_.spec().hidden_dim > 0; }
  void forward(std::span<const double> weights);
  double compare();
  void backward(std::span<const double> weights, std::span<double> gradient);
  double add_penalty(std::span<const double> weights, std::span<double> gradient) const;

  const Network& network_;
  std::vector<double> l2_penalty_;
  std::vector<double> counts_;  // [classes]
  Matrix<double> means_;        // [classes, feature_dim]
  double within_ = 0.0;
  double elements_ = 0.0;                 // images x feature_dim
  std::vector<Matrix<double>> inputs_;    // an input: [classes, dim]
  std::vector<Matrix<double>> branches_;  // an input: activation(W z + b)  [classes, hidden_dim]
  std::vector<Matrix<double>> deltas_;    // an input: gradient at W z + b, the same shape
  Matrix<double> hidden_;                 // [classes, hidden_dim]
  Matrix<double> outputs_;                // prototypes  [classes, feature_dim]
  Matrix<double> errors_;                 // gradient at the output layer's sums, the same shape
  std::vector<double> row_errors_;        // [classes], n_c |f_c - m_c|^2
  double mean_squared_error_ = 0.0;
};

}  // namespace dem
