#include <map>

#include "base/hash.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/pipeline/evaluate.h"
#include "dem/search/score_source.h"

namespace dem {
namespace {

// Of what an evaluation takes from the model.
std::string fingerprint_of(const Model& model, const Prototypes& prototypes) {
  Fingerprint hash;
  const auto add = [&](const auto* values, std::size_t count) {
    hash.add(values, count * sizeof *values);
  };
  add(prototypes.rows.data(), static_cast<std::size_t>(prototypes.rows.size()));
  add(prototypes.scale.data(), prototypes.scale.size());
  add(prototypes.offset.data(), prototypes.offset.size());
  for (const FeatureMap::Step& step : model.feature_map.steps()) {
    if (const auto* scaling = std::get_if<FeatureScaling>(&step)) {
      add(scaling->shift.data(), scaling->shift.size());
      add(scaling->factor.data(), scaling->factor.size());
    } else if (const auto* affine = std::get_if<AffineMap>(&step)) {
      add(affine->weight.data(), static_cast<std::size_t>(affine->weight.size()));
      add(affine->bias.data(), affine->bias.size());
    }
  }
  return hash.hex();
}

bool is_plain(const Model& model) {
  return model.prototypes.scale.empty() && model.prototypes.offset.empty();
}

// Another comparison than the model's: its scales and offsets mean nothing there.
void check_metric(const Model& model, Metric metric) {
  if (metric == model.metric || is_plain(model)) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("evaluation: expected metric ",
                     to_string(model.metric),
                     ", which the model's scales and offsets are for, got ",
                     to_string(metric)));
}

// The scales and offsets of the dataset's classes, which the model knows by name; classes that it
// does not know have none.
Prototypes prototypes_for(const Model& model, const ClassTable& classes) {
  Prototypes prototypes{model.class_map.prototypes(classes), {}, {}};
  if (is_plain(model)) return prototypes;
  std::map<std::string, Index> places;
  for (Index c = 0; c < model.classes.size(); ++c) {
    places.emplace(model.classes.names[static_cast<std::size_t>(c)], c);
  }
  const PrototypesView known = model.prototypes;
  for (const std::string& name : classes.names) {
    const auto found = places.find(name);
    const bool is_known = found != places.end();
    prototypes.scale.push_back(is_known ? known.scale_of(found->second) : 1.0f);
    prototypes.offset.push_back(is_known ? known.offset_of(found->second) : 0.0f);
  }
  return prototypes;
}

}  // namespace

EvaluationResult evaluate_model(const Model& model,
                                const Dataset& dataset,
                                Metric metric,
                                Communicator& group) {
  check_metric(model, metric);
  require_same(group, "data fingerprint", dataset.fingerprint);
  const Prototypes prototypes = prototypes_for(model, dataset.classes);
  if (group.size() > 1) require_same(group, "model", fingerprint_of(model, prototypes));
  const auto by = [&](Metric each) {
    return PrototypeSource(dataset.visual_features, model.feature_map, prototypes, each);
  };
  const PrototypeSource scores = by(metric);
  // Distances and cosines of the same prototypes can be compared, unless they are scaled for one.
  if (metric == Metric::kDot || !is_plain(model)) {
    return evaluate({scores, metric}, dataset, group);
  }
  const Metric other = metric == Metric::kEuclidean ? Metric::kCosine : Metric::kEuclidean;
  const PrototypeSource otherwise = by(other);
  const EvaluatedScores others[] = {{otherwise, other}};
  return evaluate({scores, metric}, dataset, group, others);
}

}  // namespace dem
