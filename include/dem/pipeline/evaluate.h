// A model's scores on a dataset.
#pragma once

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/eval/scores.h"
#include "dem/model/model.h"

namespace dem {

// Evaluates the model's maps on the dataset's own class table; scales and offsets go to the classes
// of the same names, and so does gamma, unless options.gamma gives another for the dataset's seen
// classes. Where the model has seen other classes than the dataset calls seen, its gamma is in the
// scores and the result's is 0: `uncalibrated` and the curve's gammas are then on top of it. Gamma
// is taken off in double precision; predictions have it rounded into float32 offsets, so that an
// image whose two best classes are as close as that rounding may go to another.
// Throws Error{kShapeMismatch} where widths differ, Error{kInvalidArgument} for another metric than
// the model's where it has scales, offsets or a gamma, and as evaluate(). In a group each rank sees
// to the images that it holds, and all return the same.
//
//   const EvaluationResult result = evaluate_model(model, dataset, model.metric);
[[nodiscard]] EvaluationResult evaluate_model(const Model& model,
                                              const Dataset& dataset,
                                              Metric metric,
                                              Communicator& group = self_communicator(),
                                              const EvaluationOptions& options = {});

// The prototypes of the dataset's classes that evaluate_model compares with, with scales and
// offsets, without gamma where that stands beside the scores. Throws Error{kShapeMismatch}.
[[nodiscard]] Prototypes evaluated_prototypes(const Model& model, const Dataset& dataset);

}  // namespace dem
