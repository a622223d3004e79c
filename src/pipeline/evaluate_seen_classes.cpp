#include <numeric>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/pipeline/evaluate.h"
#include "dem/search/score_source.h"
#include "model/offsets.h"

namespace dem {
namespace {

// [num_classes]: whose scores the model's gamma is taken off.
std::vector<bool> takes_gamma(const Model& model, const Dataset& dataset) {
  std::vector<bool> takes(at(dataset.classes.size()), false);
  for (const ClassId c : dataset.seen_classes) takes[at(c)] = true;
  for (const ClassId c : trained_unseen_classes(model, dataset)) takes[at(c)] = true;
  return takes;
}

}  // namespace

SeenScores evaluate_seen_classes(const Model& model,
                                 const Dataset& dataset,
                                 Metric metric,
                                 Communicator& group) {
  const std::vector<Index>& rows = dataset.split.test_seen;
  if (rows.empty()) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("dataset ", dataset.name, ": expected test images of seen classes, got none"));
  }
  const Prototypes prototypes = evaluated_prototypes(model, dataset);
  const bool is_plain = prototypes.scale.empty() && prototypes.offset.empty();
  if (metric != model.metric && (!is_plain || model.gamma != 0.0f)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("evaluation: expected metric ",
                       to_string(model.metric),
                       ", which the model's scales, offsets and gamma are for, got ",
                       to_string(metric)));
  }
  const std::vector<float> offset =
      model.gamma == 0.0f ? prototypes.offset
                          : less_gamma(prototypes.offset, takes_gamma(model, dataset), model.gamma);
  const PrototypeSource scores(dataset.visual_features,
                               model.feature_map,
                               {prototypes.rows.view(), prototypes.scale, offset},
                               metric);
  const std::vector<ClassId>& seen = dataset.seen_classes;
  SeenScores result;
  result.num_images = static_cast<Index>(rows.size());
  result.among_seen = candidate_class_accuracy(scores, seen, dataset, rows, group);
  result.per_image = candidate_accuracy(scores, seen, dataset, rows, group);
  if (static_cast<Index>(seen.size()) < dataset.classes.size()) {
    std::vector<ClassId> all(at(dataset.classes.size()));
    std::iota(all.begin(), all.end(), 0);
    result.among_all = candidate_class_accuracy(scores, all, dataset, rows, group);
  }
  return result;
}

}  // namespace dem
