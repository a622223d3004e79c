// How the ranks of a group come to the gradient of one batch.
#pragma once

#include <span>
#include <string>

#include "dem/learn/trainer.h"

namespace dem {

// kAuto takes the exchange that costs a step less. With gradients a rank runs the network on the
// classes of its own images and exchanges all weights; with statistics it runs the network on the
// classes of the whole batch and exchanges sums of theirs. Mostly the one with fewer numbers; but
// where every image of a batch is of another class, ranks that exchange statistics would share no
// work at all.
class StepExchange {
 public:
  StepExchange(const TrainingSet& data, Index num_parameters, Index batch_size);

  [[nodiscard]] bool of_statistics() const { return kind_ == Exchange::kStatistics; }
  [[nodiscard]] bool of_gradients() const { return kind_ == Exchange::kGradients; }

  // Over all ranks, in place; nothing where there is one.
  void sum(std::span<float> values);
  [[nodiscard]] double sum(double value);

  // What this rank has put into sums.
  [[nodiscard]] Index bytes() const { return bytes_; }
  // Which exchange, and what either costs, for the log.
  [[nodiscard]] std::string describe() const;

 private:
  [[nodiscard]] Exchange cheaper() const;

  Communicator& group_;
  Index num_parameters_;
  Index feature_dim_;
  Index all_classes_;                // of a batch, at most
  Index rank_classes_;               // of a rank's even share of it, at most
  Exchange kind_ = Exchange::kAuto;  // kAuto: one rank, nothing to exchange
  Index bytes_ = 0;
};

}  // namespace dem
