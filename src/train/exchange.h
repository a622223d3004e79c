// How the ranks of a group come to the gradient of one batch.
#pragma once

#include <span>
#include <string>

#include "dem/train/trainer.h"

namespace dem {

class StepExchange {
 public:
  // For a network of so many parameters; a batch has at most `max_rows` classes.
  StepExchange(const TrainingSet& data, Index num_parameters, Index max_rows);

  [[nodiscard]] bool of_statistics() const { return kind_ == Exchange::kStatistics; }
  [[nodiscard]] bool of_gradients() const { return kind_ == Exchange::kGradients; }

  // Over all ranks, in place; nothing where there is one.
  void sum(std::span<float> values);
  [[nodiscard]] double sum(double value);

  // What this rank has put into sums.
  [[nodiscard]] Index bytes() const { return bytes_; }
  // "class statistics, at most 40 x 1024 numbers a step (gradients: 330,000)"
  [[nodiscard]] std::string describe() const;

 private:
  Communicator& group_;
  Index num_parameters_;
  Index max_rows_;
  Index feature_dim_;
  Exchange kind_ = Exchange::kAuto;  // kAuto: one rank, nothing to exchange
  Index bytes_ = 0;
};

// The most classes that a batch of these images can have.
[[nodiscard]] Index most_classes(const TrainingSet& data, Index batch_size);

}  // namespace dem
