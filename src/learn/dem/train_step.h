// One step of training: loss and gradient of a batch, clipping, penalty, Adam.
//
// Four phases of the thread team: hidden layer, prototypes and their errors, gradient at the hidden
// layer, update. The gradient of the weights is never stored: its norm is known before it is
// formed, from products of a layer's inputs and of the gradients at its outputs with themselves
// (Gram matrices), and each tile of it goes to Adam from the cache. Ranks that exchange gradients
// store it, since the exchange takes it whole.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dem/learn/trainer.h"
#include "learn/dem/class_batch.h"
#include "learn/dem/exchange.h"
#include "learn/dem/pair_products.h"
#include "learn/step.h"
#include "optim/adam.h"

namespace dem {

class TrainStep : public Step {
 public:
  // Network and data outlive the step; the network's parameters are what run() changes. Recipe and
  // data are valid and fit (check_training_set).
  TrainStep(Network& network, const TrainingSet& data, const NetworkRecipe& recipe);

  double run(std::span<const Index> image_rows) override;
  void keep_together(Communicator& group) override;
  [[nodiscard]] std::span<const float> moment1() const override { return all(moment1_); }
  [[nodiscard]] std::span<const float> moment2() const override { return all(moment2_); }
  void restore(Index steps,
               std::span<const float> moment1,
               std::span<const float> moment2) override;
  [[nodiscard]] std::string describe_exchange() const override { return exchange_.describe(); }
  [[nodiscard]] Index exchanged_bytes() const override { return exchange_.bytes(); }

  [[nodiscard]] Index steps() const { return steps_; }
  [[nodiscard]] const StepExchange& exchange() const { return exchange_; }
  // Gradient of the mean squared error at the last run(), before clipping and penalty, laid out as
  // the network's parameters.
  [[nodiscard]] std::vector<float> gradient();

 private:
  // Output units first .. first + count - 1 of a layer: a piece of work of the update.
  struct Tile {
    Index layer, first, count;
  };
  struct TileSums {
    double gradient = 0.0;    // squared norm of the data gradient
    double parameters = 0.0;  // squared norm of the updated parameters
  };

  [[nodiscard]] static std::span<const float> all(const Matrix<float>& buffer) {
    return {buffer.data(), static_cast<std::size_t>(buffer.size())};
  }
  // A buffer of make_spaced() for this batch and the layer's `width`. [R, width]
  [[nodiscard]] MatrixView<float> used(Matrix<float>& buffer, Index width) const {
    return {buffer.data(), batch_.rows(), width, buffer.cols()};
  }
  [[nodiscard]] MatrixView<float> hidden(Matrix<float>& buffer) const {
    return used(buffer, network_.spec().hidden_dim);
  }
  [[nodiscard]] MatrixView<float> output(Matrix<float>& buffer) const {
    return used(buffer, network_.spec().feature_dim);
  }
  [[nodiscard]] bool has_hidden() const { return network_.spec().hidden_dim > 0; }
  [[nodiscard]] Index output_layer() const { return network_.num_layers() - 1; }
  // Input of a layer [R, in], the same with a column a row [in, max(R, 16)], and the gradient at
  // its sums W z + b [R, out] once it is computed.
  [[nodiscard]] MatrixView<const float> layer_input(Index layer);
  [[nodiscard]] MatrixView<const float> transposed_input(Index layer);
  [[nodiscard]] MatrixView<const float> layer_delta(Index layer);

  void make_buffers();
  void make_tiles();
  void note_parameters();

  void round_batch();
  void forward_hidden();
  void forward_branch(Index layer, Index first, Index last);
  double forward_output();
  void compare_outputs(Index first, Index last, float factor);
  void exchange_errors(float factor);
  void backward_hidden();
  void backward_branches(Index first, Index last);
  void weighted_sums(Index layer, Index first, Index last, Activation activation);

  // train_step_norms.cpp: the gradient's norm before it is formed.
  [[nodiscard]] bool takes_norms_from_grams() const;
  [[nodiscard]] Index gram_tasks() const;
  void form_gram(Index layer, Index task);
  void norm_from_gram(Index layer, Index first, Index last, MatrixView<float> scratch);
  [[nodiscard]] bool sum_gram_norms();

  // train_step_update.cpp
  void update();
  float find_scale();
  void measure_gradient();
  void sum_tile_norms();
  void form_gradient(std::span<float> gradient);
  void exchange_gradient();
  void update_tile(std::size_t tile_number, const AdamFactors& factors, float scale);
  void update_stored_tile(std::size_t tile_number, const AdamFactors& factors, float scale);
  [[nodiscard]] AdamWindow window(Index layer, Index unit, Index input, Index count);
  [[nodiscard]] AdamWindow bias_window(const Tile& tile);
  template <typename Use>
  void for_each_block(const Tile& tile, Use&& use);
  void bias_gradient(const Tile& tile, std::span<float> sums);
  void note_parameters(std::size_t tile);
  [[nodiscard]] double penalty() const;
  void check_gradient() const;
  [[nodiscard]] std::string broken_layer();

  Network& network_;
  NetworkRecipe recipe_;
  StepExchange exchange_;
  ClassBatch batch_;
  Index steps_ = 0;
  Matrix<float> moment1_, moment2_;  // [1, parameters]
  Matrix<float> gradient_;           // [1, parameters] where ranks exchange it, else empty
  // Rows of make_spaced():
  std::vector<Matrix<float>> branches_;  // an input: activation(W z + b)  [max_rows, hidden_dim]
  std::vector<Matrix<float>> deltas_;    // an input: gradient at W z + b  [max_rows, hidden_dim]
  Matrix<float> hidden_;                 // [max_rows, hidden_dim]
  Matrix<float> outputs_;                // prototypes  [max_rows, feature_dim]
  Matrix<float> errors_;                 // gradient at W h + b of the output layer, the same shape
  // Of make_transposed():
  Matrix<float> transposed_hidden_;
  Matrix<float> sums_;  // W z + b of the layer at work  [max(hidden_dim, feature_dim), max_rows]
  // A layer: blocks of z z^T + 1 (the bias's) on the diagonal, and twice those below it.
  std::vector<Matrix<float>> grams_;             // [max_rows, max_rows]
  std::vector<double> squared_norms_;            // a layer: of its data gradient
  std::vector<std::vector<double>> gram_norms_;  // a layer: squared norm of the gradient by pieces
  std::vector<Tile> tiles_;
  std::vector<TileSums> tile_sums_;    // [tiles]
  std::vector<double> output_sums_;    // the loss by pieces of the output layer
  std::optional<PairProducts> pairs_;  // for a recipe in bfloat16
};

}  // namespace dem
