#include <algorithm>
#include <map>
#include <utility>

#include "base/at.h"
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

// What an evaluation takes from a model, for the classes of a dataset.
struct EvaluatedModel {
  Prototypes prototypes;
  double gamma = 0.0;  // to be taken off the scores of the dataset's seen classes
  float temperature = 0.0f;
};

std::string fingerprint_of(const Model& model, const EvaluatedModel& evaluated) {
  Fingerprint hash;
  add(evaluated.prototypes.rows, hash);
  add(evaluated.prototypes.scale, hash);
  add(evaluated.prototypes.offset, hash);
  add(model.feature_map, hash);
  hash.add(&evaluated.gamma, sizeof evaluated.gamma);
  hash.add(&evaluated.temperature, sizeof evaluated.temperature);
  return hash.hex();
}

bool is_plain(const Prototypes& prototypes) {
  return prototypes.scale.empty() && prototypes.offset.empty();
}

// Another comparison than the model's: its scales and offsets mean nothing there.
void check_metric(const Model& model, const EvaluatedModel& evaluated, Metric metric) {
  if (metric == model.metric || (is_plain(evaluated.prototypes) && evaluated.gamma == 0.0)) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("evaluation: expected metric ",
                     to_string(model.metric),
                     ", which the model's scales, offsets and gamma are for, got ",
                     to_string(metric)));
}

// Scales and offsets without gamma, and whether the model has seen the class.
struct KnownClasses {
  std::vector<float> scale, offset;
  std::vector<bool> seen;
};

// By name; of several classes with one name the first is the first's, and so on. A class that the
// model has not gets scale 1, offset 0.
KnownClasses known_classes(const Model& model, const ClassTable& classes) {
  std::multimap<std::string_view, Index> places;
  for (Index c = 0; c < model.classes.size(); ++c) {
    places.emplace(model.classes.names[at(c)], c);
  }
  const PrototypesView prototypes = model.prototypes;
  KnownClasses known;
  for (const std::string& name : classes.names) {
    const auto found = places.lower_bound(name);
    const bool is_known = found != places.end() && found->first == name;
    known.scale.push_back(is_known ? prototypes.scale_of(found->second) : 1.0f);
    known.offset.push_back(is_known ? prototypes.offset_of(found->second) : 0.0f);
    known.seen.push_back(is_known && model.classes.seen[at(found->second)]);
    if (places.count(name) > 1) places.erase(found);
  }
  return known;
}

// Whether the model has seen all (any) of some classes.
bool has_seen_all(const KnownClasses& known, const std::vector<ClassId>& classes) {
  return std::all_of(classes.begin(), classes.end(), [&](ClassId c) { return known.seen[at(c)]; });
}
bool has_seen_any(const KnownClasses& known, const std::vector<ClassId>& classes) {
  return std::any_of(classes.begin(), classes.end(), [&](ClassId c) { return known.seen[at(c)]; });
}

// The model's gamma is taken off the classes that the model has seen. Where these are the dataset's
// seen classes it stands beside the scores; where they are others, it is in the offsets.
void add_gamma(const Model& model,
               const KnownClasses& known,
               const Dataset& dataset,
               EvaluatedModel& evaluated) {
  const bool sees_unseen = has_seen_any(known, dataset.unseen_classes);
  if (!sees_unseen && has_seen_all(known, dataset.seen_classes)) {
    evaluated.gamma = double{model.gamma};
  } else if (sees_unseen || has_seen_any(known, dataset.seen_classes)) {
    std::vector<float>& offset = evaluated.prototypes.offset;
    offset = less_gamma(std::move(offset), known.seen, model.gamma);
  }
}

// The dataset's classes have the scales and offsets that the model has for classes of these names;
// offsets that the class map gives come first.
EvaluatedModel evaluated_model(const Model& model,
                               const Dataset& dataset,
                               Metric metric,
                               const EvaluationOptions& options) {
  EvaluatedModel evaluated{model.class_map.mapped(dataset.classes)};
  if (metric == model.metric) evaluated.temperature = model.temperature;
  const bool has_gamma = model.gamma != 0.0f;
  const bool recomputes = !evaluated.prototypes.offset.empty() || has_gamma;
  if (model.prototypes.scale.empty() && model.prototypes.offset.empty() && !recomputes) {
    if (options.gamma) evaluated.gamma = *options.gamma;
    return evaluated;
  }
  KnownClasses known = known_classes(model, dataset.classes);
  if (!model.prototypes.scale.empty()) evaluated.prototypes.scale = std::move(known.scale);
  if (!recomputes) evaluated.prototypes.offset = std::move(known.offset);
  if (options.gamma) {
    evaluated.gamma = *options.gamma;
  } else if (has_gamma) {
    add_gamma(model, known, dataset, evaluated);
  }
  return evaluated;
}

}  // namespace

EvaluationResult evaluate_model(const Model& model,
                                const Dataset& dataset,
                                Metric metric,
                                Communicator& group,
                                const EvaluationOptions& options) {
  options.validate();
  require_same(group, "data fingerprint", dataset.fingerprint);
  const EvaluatedModel evaluated = evaluated_model(model, dataset, metric, options);
  check_metric(model, evaluated, metric);
  if (group.size() > 1) require_same(group, "model", fingerprint_of(model, evaluated));
  const Prototypes& prototypes = evaluated.prototypes;
  const auto by = [&](Metric each) {
    return PrototypeSource(dataset.visual_features, model.feature_map, prototypes, each);
  };
  const PrototypeSource source = by(metric);
  const EvaluatedScores scores{source, metric, evaluated.gamma, double{evaluated.temperature}};
  // Distances and cosines of the same prototypes can be compared, unless they are scaled for one.
  if (metric == Metric::kDot || !is_plain(prototypes)) {
    return evaluate(scores, dataset, group, {}, options);
  }
  const Metric other = metric == Metric::kEuclidean ? Metric::kCosine : Metric::kEuclidean;
  const PrototypeSource otherwise = by(other);
  const EvaluatedScores others[] = {{otherwise, other}};
  return evaluate(scores, dataset, group, others, options);
}

Prototypes evaluated_prototypes(const Model& model, const Dataset& dataset) {
  return evaluated_model(model, dataset, model.metric, {}).prototypes;
}

}  // namespace dem
