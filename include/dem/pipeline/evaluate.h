// A model's scores on a dataset.
#pragma once

#include <optional>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/eval/scores.h"
#include "dem/model/model.h"

namespace dem {

// Evaluates the model's maps on the dataset's own class table; scales and offsets go to the classes
// of the same names, and so does gamma, unless options.gamma gives another for the dataset's seen
// classes. Where the model has seen other classes than the dataset calls seen, its gamma is taken
// off those of its own, result.gamma_classes, for everything among all classes; what is among
// unseen classes, `uncalibrated`, AUSUC, curve and oracle are of scores without it, and curve and
// oracle have gammas for the dataset's seen classes. Gamma is taken off in double
// precision; predictions have it rounded into float32 offsets (as gamma_classes have), so that an
// image whose two best classes are as close as that rounding may go to another.
// Classes that the dataset calls unseen and the model has seen are refused unless
// options.trained_unseen allows them; then result.trained_unseen and a warning name them.
// Throws Error{kShapeMismatch} where widths differ, Error{kInvalidArgument} for dimensions of
// descriptions that the data name otherwise than the model, or in another order, for such classes,
// for another metric than the model's where it has scales, offsets or a gamma, and as evaluate().
// In a group each rank sees to the images that it holds, and all return the same.
//
//   const EvaluationResult result = evaluate_model(model, dataset, model.metric);
[[nodiscard]] EvaluationResult evaluate_model(const Model& model,
                                              const Dataset& dataset,
                                              Metric metric,
                                              Communicator& group = self_communicator(),
                                              const EvaluationOptions& options = {});

// What can be told of a model where no image of an unseen class is there to test it: how it does on
// images of seen classes that it was not trained on. Accuracies are means over classes.
struct SeenScores {
  Index num_images = 0;
  double among_seen = 0.0;  // searched among the seen classes
  // Searched among all classes of the dataset, with gamma: S. None where all are seen.
  std::optional<double> among_all;
  double per_image = 0.0;  // among the seen classes, of images
};

// Of split.test_seen. Throws Error{kInvalidArgument} where there are none, and as evaluate_model.
//
//   const SeenScores scores = evaluate_seen_classes(model, dataset, model.metric);
[[nodiscard]] SeenScores evaluate_seen_classes(const Model& model,
                                               const Dataset& dataset,
                                               Metric metric,
                                               Communicator& group = self_communicator());

// The classes that the dataset calls unseen and the model has seen, by their names.
[[nodiscard]] std::vector<ClassId> trained_unseen_classes(const Model& model,
                                                          const Dataset& dataset);

// The prototypes of the dataset's classes that evaluate_model compares with, with scales and
// offsets, without gamma. Throws Error{kShapeMismatch}.
[[nodiscard]] Prototypes evaluated_prototypes(const Model& model, const Dataset& dataset);

}  // namespace dem
