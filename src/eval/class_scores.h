// How often the samples of each class are recognised.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/eval/scores.h"

namespace dem {

struct ClassTally {
  Index samples = 0;
  Index right = 0;
};

// The classes that have samples.
using ClassTallies = std::map<ClassId, ClassTally>;

// Throws Error{kShapeMismatch} where the sizes differ.
[[nodiscard]] ClassTallies tally_classes(std::span<const ClassId> truth,
                                         std::span<const ClassId> predicted);

// Adds up what the ranks counted; all classes are below num_classes.
[[nodiscard]] ClassTallies sum_tallies(Communicator& ranks,
                                       ClassTallies tallies,
                                       Index num_classes);

// By ascending class.
[[nodiscard]] std::vector<ClassScore> class_scores(const ClassTallies& tallies);

// Mean over classes; NaN for none.
[[nodiscard]] double mean_accuracy(std::span<const ClassScore> scores);

// Mean over samples; NaN for none.
[[nodiscard]] double sample_accuracy(const ClassTallies& tallies);

}  // namespace dem
