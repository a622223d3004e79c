// How a network is trained in steps: its shape, start, objective, optimiser and schedule.
//
// One of the two halves of a Recipe (dem/learn/recipe.h). The statistics solver takes the objective
// from it and leaves the schedule alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dem/model/class_table.h"
#include "dem/model/network.h"

namespace dem {

enum class InitKind {
  kNormal,           // N(0, sigma^2)
  kTruncatedNormal,  // N(0, sigma^2) drawn again beyond 2 sigma
};

[[nodiscard]] std::string_view to_string(InitKind init) noexcept;  // "normal", "truncated_normal"

// What a bias of the output layer starts from.
enum class OutputBias {
  kRecipe,  // NetworkRecipe::initial_bias
  kZero,
  kMean,  // the mean training feature, so that no output unit starts dead under its ReLU
};
[[nodiscard]] std::string_view to_string(OutputBias bias) noexcept;  // "recipe", "zero", "mean"
[[nodiscard]] OutputBias output_bias_from_string(std::string_view name);

// Of the products of a training step. Sums, weights, moments and everything else are float32.
enum class Precision {
  kFloat32,
  kBf16,  // operands rounded to bfloat16, where the processor multiplies such (AVX512_BF16)
};
[[nodiscard]] std::string_view to_string(Precision precision) noexcept;  // "float32", "bf16"
[[nodiscard]] Precision precision_from_string(std::string_view name);
// Whether this processor can.
[[nodiscard]] bool is_available(Precision precision) noexcept;

struct NetworkRecipe {
  // Network.
  Index hidden_dim = 0;  // 0: no hidden layer; set_hidden_dim() changes it
  Activation hidden_activation = Activation::kRelu;
  std::vector<float> input_gains;  // [inputs]
  // The reference's evaluation rounds descriptions of unseen classes to float16.
  bool float16_unseen_embeddings = false;
  // Initialisation.
  InitKind init = InitKind::kNormal;
  std::vector<double> init_sigma;  // [layers], > 0
  double initial_bias = 0.0;
  OutputBias output_bias = OutputBias::kRecipe;
  // Objective: mean over batch and feature dimensions of the squared error, plus
  // sum over layers l of l2_penalty[l] / 2 * (|W_l|^2 + |b_l|^2).
  std::vector<double> l2_penalty;  // [layers], >= 0
  bool loss_includes_l2 = false;   // does the reported loss count the penalty
  // Gradient of the squared error is scaled to this global norm where it is larger,
  // g * c / max(|g|, c); 0: no clipping. The L2 gradient is added afterwards.
  double clip_norm = 0.0;
  // Adam in TensorFlow's form (Kingma and Ba, 2015, the remark before section 2.1):
  // w -= lr sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon).
  double learning_rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  Precision precision = Precision::kFloat32;  // of batches; the statistics solver's is double
  // Schedule.
  Index batch_size = 100;
  Index num_epochs = 120;
  Index max_steps = 0;            // > 0: stop after so many steps, whatever num_epochs says
  bool drop_last = true;          // leave out a last short batch
  bool shuffle = true;            // a new order every epoch
  Index evaluation_interval = 0;  // steps between evaluations; 0: every epoch

  // Throws Error{kInvalidArgument} naming the field, what was expected and the value.
  void validate() const;
  [[nodiscard]] Index num_layers() const;
  // Steps of an epoch over so many training rows, and of a whole run: max_steps where that is set,
  // else num_epochs epochs.
  [[nodiscard]] Index steps_per_epoch(Index num_rows) const;
  [[nodiscard]] Index total_steps(Index num_rows) const;
  // Sets hidden_dim and fits the lists that have an entry a layer: where a hidden layer goes, the
  // output layer keeps its entry; where one comes, every layer gets the entry of the one there was.
  // Throws Error{kInvalidArgument} for a negative width, or for 0 with two inputs.
  void set_hidden_dim(Index width);
  // The network for the table's spaces, in its order (that of input_spaces(mode)), and the feature
  // width. Throws Error{kInvalidArgument} where the number of spaces is not the recipe's.
  [[nodiscard]] NetworkSpec network_spec(const ClassTable& classes, Index feature_dim) const;
  [[nodiscard]] std::string to_string() const;  // part of a line
};

}  // namespace dem
