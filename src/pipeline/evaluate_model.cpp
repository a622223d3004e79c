#include <map>

#include "base/hash.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/pipeline/evaluate.h"
#include "dem/search/score_source.h"
#include "model/offsets.h"

namespace dem {
namespace {

void add(const std::vector<float>& values, Fingerprint& hash) {
  hash.add(values.data(), values.size() * sizeof(float));
}

void add(const Matrix<float>& values, Fingerprint& hash) {
  hash.add(values.data(), static_cast<std::size_t>(values.size()) * sizeof(float));
}

void add(const FeatureMap& map, Fingerprint& hash) {
  for (const FeatureMap::Step& step : map.steps()) {
    if (const auto* scaling = std::get_if<FeatureScaling>(&step)) {
      add(scaling->shift, hash);
      add(scaling->factor, hash);
    } else if (const auto* affine = std::get_if<AffineMap>(&step)) {
      add(affine->weight, hash);
      add(affine->bias, hash);
    } else if (const auto* side_by_side = std::get_if<SideBySide>(&step)) {
      for (const FeatureMap& each : side_by_side->maps) add(each, hash);
    }
  }
}

// Of what an evaluation takes from the model.
std::string fingerprint_of(const Model& model, const Prototypes& prototypes) {
  Fingerprint hash;
  add(prototypes.rows, hash);
  add(prototypes.scale, hash);
  add(prototypes.offset, hash);
  add(model.feature_map, hash);
  return hash.hex();
}

bool is_plain(const Model& model) {
  return model.prototypes.scale.empty() && model.prototypes.offset.empty() && model.gamma == 0.0f;
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

// The dataset's classes have the scales and offsets that the model has for classes of these names,
// and none where it has no such class. Offsets that the class map gives, and gamma, come first.
Prototypes prototypes_for(const Model& model, const ClassTable& classes) {
  Prototypes prototypes = model.class_map.mapped(classes);
  const bool recomputes = !prototypes.offset.empty() || model.gamma != 0.0f;
  if (is_plain(model) && !recomputes) return prototypes;
  // Of several classes with one name the first is the first's, and so on.
  std::multimap<std::string_view, Index> places;
  for (Index c = 0; c < model.classes.size(); ++c) {
    places.emplace(model.classes.names[static_cast<std::size_t>(c)], c);
  }
  const PrototypesView known = model.prototypes;
  std::vector<float> offset;
  std::vector<bool> seen;
  for (const std::string& name : classes.names) {
    const auto found = places.lower_bound(name);
    const bool is_known = found != places.end() && found->first == name;
    prototypes.scale.push_back(is_known ? known.scale_of(found->second) : 1.0f);
    offset.push_back(is_known ? known.offset_of(found->second) : 0.0f);
    seen.push_back(is_known && model.classes.seen[static_cast<std::size_t>(found->second)]);
    if (places.count(name) > 1) places.erase(found);
  }
  prototypes.offset =
      recomputes ? less_gamma(std::move(prototypes.offset), seen, model.gamma) : std::move(offset);
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
