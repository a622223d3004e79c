// What a closed form is solved on: class statistics and descriptions made ready.
#pragma once

#include "dem/learn/family.h"
#include "linalg/shifted_system.h"

namespace dem {

// Statistics as a closed form takes them: features scaled, and class rows of unit length.
struct ClosedFormProblem {
  Matrix<double> embeddings;   // [num_classes, embedding_dim], unit rows; a zero row stays zero
  ClassInput input;            // the space that they are from
  ClassStatistics statistics;  // scaled
  FeatureMap feature_map;      // what images go through to come to these
  Metric metric;               // the recipe's
  Shifts shifts;               // whether several regularisers will be tried
};

// Of data.statistics or a round's. Throws Error{kInvalidArgument} where the data have more than one
// semantic space.
[[nodiscard]] ClosedFormProblem make_problem(const Recipe& recipe,
                                             const LearningData& data,
                                             const ClassStatistics& statistics,
                                             Shifts shifts);

// Of data.statistics, with warnings of descriptions that say less than they seem to
// (kernel/doubtful_descriptions.h), unless the data are those of a fold.
[[nodiscard]] ClosedFormProblem problem_of_all(const Recipe& recipe,
                                               const LearningData& data,
                                               Shifts shifts = Shifts::kOne);

// Rows of length 1; a zero row stays zero.
[[nodiscard]] Matrix<double> unit_rows(MatrixView<const float> rows);

}  // namespace dem
