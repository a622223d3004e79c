// A model's scores on a dataset.
#pragma once

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/eval/scores.h"
#include "dem/model/model.h"

namespace dem {

// Evaluates the model's maps on the dataset's own class table; scales and offsets go to the classes
// of the same names. Throws Error{kShapeMismatch} where widths differ, Error{kInvalidArgument} for
// another metric than the model's where it has scales or offsets. In a group each rank sees to the
// images that it holds, and all return the same.
//
//   const EvaluationResult result = evaluate_model(model, dataset, model.metric);
[[nodiscard]] EvaluationResult evaluate_model(const Model& model,
                                              const Dataset& dataset,
                                              Metric metric,
                                              Communicator& group = self_communicator());

}  // namespace dem
