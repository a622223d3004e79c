// Which weights of a training run become the model.
#pragma once

#include "dem/learn/recipe.h"
#include "dem/learn/trainer.h"
#include "dem/model/network.h"
#include "dem/optim/training_state.h"

namespace dem {

// Keeps the weights of the best evaluation so far, where the recipe selects by one; else the last
// weights are the model's.
class Selector {
 public:
  explicit Selector(const Recipe& recipe)
      : selects_(recipe.selection != Selection::kLast), threshold_(recipe.selection_threshold) {}

  [[nodiscard]] bool selects() const { return selects_; }

  // An evaluation of the network's weights, `epochs` and `steps` behind them. Better than all
  // before, with an accuracy above the threshold, they are kept.
  void add(const Judgement& judgement, const Network& network, Index epochs, Index steps);

  // To a state that is saved, and from one that a run goes on from.
  void write(TrainingState& state) const;
  void read(const TrainingState& state);

  // Puts the kept weights, if any, into the network, and says which: those of so many epochs and
  // steps where none were kept.
  void finish(Network& network, TrainSummary& summary, Index epochs, Index steps) const;

 private:
  bool selects_;
  double threshold_;
  Judgement best_{-1.0};  // whether it passed the threshold or not
  std::vector<float> parameters_;
  Index epochs_ = 0;
  Index steps_ = 0;
};

}  // namespace dem
