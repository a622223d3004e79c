// One step of training: loss and gradient of a batch, clipping, penalty, Adam.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dem/train/trainer.h"
#include "optim/adam.h"
#include "train/class_batch.h"
#include "train/exchange.h"

namespace dem {

class TrainStep {
 public:
  // Network and data outlive the step; the network's parameters are what run() changes. Recipe and
  // data are valid and fit (check_training_set).
  TrainStep(Network& network, const TrainingSet& data, const Recipe& recipe);

  // Takes one step on a batch, given as numbers of images (of data.labels), and returns its loss
  // before the update. Throws Error{kNumerical} naming the layer where loss or gradient is not
  // finite. In a group all ranks take it together, return the same loss and throw alike.
  double run(std::span<const Index> image_rows);

  // All ranks go on from the root's parameters and moments. Their own may differ from those by
  // rounding, where the processors do or the MPI library gives ranks sums of another order.
  void keep_together(Communicator& group);

  [[nodiscard]] Index steps() const { return steps_; }
  [[nodiscard]] std::span<const float> moment1() const { return all(moment1_); }
  [[nodiscard]] std::span<const float> moment2() const { return all(moment2_); }
  // Goes on as after `steps` steps that left these moments, with the network's present parameters.
  void restore(Index steps, std::span<const float> moment1, std::span<const float> moment2);

  [[nodiscard]] const StepExchange& exchange() const { return exchange_; }
  // Gradient of the mean squared error at the last run(), before clipping and penalty, laid out as
  // the network's parameters.
  [[nodiscard]] std::span<const float> gradient() const { return all(gradient_); }

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
  // The rows of a buffer that this batch uses.
  [[nodiscard]] MatrixView<float> used(Matrix<float>& buffer) const {
    return buffer.view().row_block(0, batch_.rows());
  }
  [[nodiscard]] bool has_hidden() const { return network_.spec().hidden_dim > 0; }
  [[nodiscard]] Index output_layer() const { return network_.num_layers() - 1; }
  // Input of a layer [R, in], and the gradient at its sums W z + b [R, out] once it is computed.
  [[nodiscard]] MatrixView<const float> layer_input(Index layer);
  [[nodiscard]] MatrixView<const float> layer_delta(Index layer);

  void make_tiles();
  void measure_all_parameters();
  void forward_hidden();
  double forward_output();
  void exchange_errors(float factor);
  void backward_hidden();
  void update();
  void form_gradient(std::size_t tile);
  void measure_gradient(std::size_t tile);
  void exchange_gradient();
  void apply_gradient(std::size_t tile, const AdamFactors& factors, float scale);
  void measure_parameters(std::size_t tile);
  [[nodiscard]] float clip_scale() const;
  [[nodiscard]] double penalty() const;
  void check_gradient() const;
  [[nodiscard]] std::string broken_layer();

  Network& network_;
  Recipe recipe_;
  StepExchange exchange_;
  ClassBatch batch_;
  Index steps_ = 0;
  Matrix<float> moment1_, moment2_, gradient_;  // [1, parameters]
  std::vector<Matrix<float>> branches_;  // an input: activation(W z + b)  [max_rows, hidden_dim]
  std::vector<Matrix<float>> deltas_;    // an input: gradient at W z + b  [max_rows, hidden_dim]
  Matrix<float> hidden_;                 // [max_rows, hidden_dim]
  Matrix<float> outputs_;                // prototypes  [max_rows, feature_dim]
  Matrix<float> errors_;                 // gradient at W h + b of the output layer, the same shape
  std::vector<Tile> tiles_;
  std::vector<TileSums> tile_sums_;  // [tiles]
  std::vector<double> output_sums_;  // the loss by pieces of the output layer
};

}  // namespace dem
