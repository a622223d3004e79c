// Where what a recipe that learns at once is told comes from: a dataset here, or a file of
// statistics.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/learn/family.h"
#include "dem/model/feature_map.h"
#include "dem/pipeline/fit.h"

namespace dem {

class LearningSource {
 public:
  virtual ~LearningSource() = default;
  [[nodiscard]] virtual ClassStatistics statistics() = 0;
  // A round of one class alone would tell nothing, nor one without images.
  [[nodiscard]] virtual std::vector<ValidationRound> rounds() = 0;
  // `classes` as the recipe has them.
  [[nodiscard]] virtual double accuracy(const Learned& learned,
                                        const ClassTable& classes,
                                        std::size_t round) const = 0;
  [[nodiscard]] virtual Index num_repeats(Index wanted) const = 0;
  [[nodiscard]] virtual std::vector<ScoredFold> folds(Index repeat) = 0;
  // Null where there are none to be had one by one.
  [[nodiscard]] virtual std::function<TrainingImages()> images() { return nullptr; }
};

// What each image goes through before a recipe's statistics are taken.
[[nodiscard]] FeatureMap base_of(const Recipe& recipe);

// Of options.saved_statistics where there are some, else of the dataset's images through `base`;
// draws go by options.seed. All that is given outlives it.
[[nodiscard]] std::unique_ptr<LearningSource> open_source(const Dataset& dataset,
                                                          const FitOptions& options,
                                                          const FeatureMap& base,
                                                          Communicator& group);

// What a recipe learns from, its classes described by `classes`. It refers to all of these.
[[nodiscard]] LearningData data_of(LearningSource& source,
                                   const ClassTable& classes,
                                   const ClassStatistics& statistics,
                                   const FeatureMap& base,
                                   Communicator& group);

}  // namespace dem
