#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/at.h"
#include "base/hash.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
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
  Prototypes prototypes;  // without gamma
  // To be taken off the scores of gamma_classes, where these are empty of the dataset's seen ones.
  double gamma = 0.0;
  std::vector<ClassId> gamma_classes = {};
  std::vector<ClassId> trained_unseen = {};  // unseen ones of the dataset that the model has seen
  float temperature = 0.0f;
};

std::string fingerprint_of(const Model& model, const EvaluatedModel& evaluated) {
  Fingerprint hash;
  add(evaluated.prototypes.rows, hash);
  add(evaluated.prototypes.scale, hash);
  add(evaluated.prototypes.offset, hash);
  add(model.feature_map, hash);
  hash.add(&evaluated.gamma, sizeof evaluated.gamma);
  hash.add(evaluated.gamma_classes.data(), evaluated.gamma_classes.size() * sizeof(ClassId));
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

// Those of some classes that the model has seen.
std::vector<ClassId> seen_of(const KnownClasses& known, const std::vector<ClassId>& classes) {
  std::vector<ClassId> seen;
  for (const ClassId c : classes) {
    if (known.seen[at(c)]) seen.push_back(c);
  }
  return seen;
}

// The model's gamma is taken off the classes that the model has seen.
void add_gamma(const Model& model,
               const KnownClasses& known,
               const Dataset& dataset,
               EvaluatedModel& evaluated) {
  const std::vector<ClassId> seen = seen_of(known, dataset.seen_classes);
  const std::vector<ClassId>& unseen = evaluated.trained_unseen;
  if (seen.empty() && unseen.empty()) return;
  evaluated.gamma = double{model.gamma};
  if (unseen.empty() && seen.size() == dataset.seen_classes.size()) return;
  evaluated.gamma_classes = seen;
  evaluated.gamma_classes.insert(evaluated.gamma_classes.end(), unseen.begin(), unseen.end());
}

// The dataset's classes have the scales and offsets that the model has for classes of these names;
// offsets that the class map gives come first.
EvaluatedModel evaluated_model(const Model& model,
                               const Dataset& dataset,
                               Metric metric,
                               const EvaluationOptions& options) {
  EvaluatedModel evaluated{model.class_map.mapped(dataset.classes)};
  if (metric == model.metric) evaluated.temperature = model.temperature;
  KnownClasses known = known_classes(model, dataset.classes);
  evaluated.trained_unseen = seen_of(known, dataset.unseen_classes);
  const bool has_gamma = model.gamma != 0.0f;
  const bool recomputes = !evaluated.prototypes.offset.empty() || has_gamma;
  if (!model.prototypes.scale.empty()) evaluated.prototypes.scale = std::move(known.scale);
  if (!model.prototypes.offset.empty() && !recomputes) {
    evaluated.prototypes.offset = std::move(known.offset);
  }
  if (options.gamma) {
    evaluated.gamma = *options.gamma;
  } else if (has_gamma) {
    add_gamma(model, known, dataset, evaluated);
  }
  return evaluated;
}

// Empty where the table does not say.
std::vector<std::string> dimensions_of(const ClassTable& classes, const std::string& space) {
  const auto found = std::find(classes.spaces.begin(), classes.spaces.end(), space);
  const auto place = at(found - classes.spaces.begin());
  return place < classes.dimension_names.size() ? classes.dimension_names[place]
                                                : std::vector<std::string>{};
}

std::string names_of(const ClassTable& classes, const std::vector<ClassId>& some) {
  constexpr std::size_t kMostNames = 10;
  std::vector<std::string> names;
  for (const ClassId c : some) {
    if (names.size() == kMostNames) {
      names.emplace_back("...");
      break;
    }
    names.push_back(classes.names[at(c)]);
  }
  return join(names);
}

// The dimensions of each space that the model takes mean the same in the data, where both say so.
void check_dimensions(const Model& model, const ClassTable& classes) {
  for (const std::string& space : model.class_map.spaces()) {
    const std::vector<std::string> own = dimensions_of(model.classes, space);
    const std::vector<std::string> given = dimensions_of(classes, space);
    if (own.empty() || given.empty() || own == given) continue;
    const auto [a, b] = std::mismatch(own.begin(), own.end(), given.begin(), given.end());
    throw Error(ErrorKind::kInvalidArgument,
                concat("space ",
                       space,
                       ": expected the dimensions of the model in its order, got ",
                       b == given.end() ? "fewer" : concat('"', *b, '"'),
                       " for ",
                       a == own.end() ? "none" : concat('"', *a, '"')));
  }
}

// All ranks see the same.
void check_trained(const Dataset& dataset,
                   const std::vector<ClassId>& trained,
                   bool is_allowed,
                   const Communicator& group) {
  if (trained.empty()) return;
  const std::string what = concat("dataset ",
                                  dataset.name,
                                  ": the model was trained on ",
                                  trained.size(),
                                  " of the ",
                                  dataset.unseen_classes.size(),
                                  " classes that are unseen there (",
                                  names_of(dataset.classes, trained),
                                  "): ");
  if (!is_allowed) {
    throw AgreedError(ErrorKind::kInvalidArgument,
                      what +
                          "expected classes that it has not seen, since T1, U and H of others "
                          "are no zero-shot scores");
  }
  if (group.is_root()) log(LogLevel::kWarning, what + "T1, U and H are no zero-shot scores");
}

// Intervals of U, S, H, U@k and so on, which gamma changes.
void take_calibrated(const std::map<std::string, Interval>& with_gamma,
                     std::map<std::string, Interval>& intervals) {
  for (const auto& [name, interval] : with_gamma) {
    const bool depends = std::string_view("USH").find(name[0]) != std::string_view::npos;
    if (depends) intervals[name] = interval;
  }
}

// What is among all classes, of scores with gamma in them.
void take_calibrated(EvaluationResult&& with_gamma, EvaluationResult& result) {
  result.uncalibrated = {*result.unseen, *result.seen, *result.harmonic};
  result.unseen = with_gamma.unseen;
  result.seen = with_gamma.seen;
  result.harmonic = with_gamma.harmonic;
  result.generalised_hit_at = std::move(with_gamma.generalised_hit_at);
  result.unseen_to_seen = with_gamma.unseen_to_seen;
  result.seen_to_unseen = with_gamma.seen_to_unseen;
  result.generalised_calibration_error = with_gamma.generalised_calibration_error;
  for (std::size_t i = 0; i < result.per_class.size(); ++i) {
    result.per_class[i].generalised = with_gamma.per_class[i].generalised;
  }
  result.confusion.generalised = std::move(with_gamma.confusion.generalised);
  take_calibrated(with_gamma.intervals.over_rows, result.intervals.over_rows);
  take_calibrated(with_gamma.intervals.over_classes_and_rows,
                  result.intervals.over_classes_and_rows);
}

// A model's scores of a dataset by one metric.
class ModelEvaluation {
 public:
  ModelEvaluation(const Model& model,
                  const EvaluatedModel& evaluated,
                  const Dataset& dataset,
                  Metric metric,
                  Communicator& group)
      : model_(model), evaluated_(evaluated), dataset_(dataset), metric_(metric), group_(group) {}

  [[nodiscard]] EvaluationResult run(const EvaluationOptions& options) const {
    if (evaluated_.gamma_classes.empty()) return run(evaluated_.gamma, options);
    EvaluationResult result = run(0.0, options);
    result.gamma = evaluated_.gamma;
    if (result.harmonic) take_calibrated(run_with_gamma_in_offsets(options), result);
    return result;
  }

 private:
  [[nodiscard]] PrototypeSource source(const PrototypesView& prototypes, Metric metric) const {
    return {dataset_.visual_features, model_.feature_map, prototypes, metric};
  }

  // Gamma off the scores of the dataset's seen classes.
  [[nodiscard]] EvaluationResult run(double gamma, const EvaluationOptions& options) const {
    const Prototypes& prototypes = evaluated_.prototypes;
    const PrototypeSource scores = source(prototypes, metric_);
    const EvaluatedScores own{scores, metric_, gamma, double{evaluated_.temperature}};
    // Distances and cosines of the same prototypes can be compared, unless they are scaled for one.
    if (metric_ == Metric::kDot || !is_plain(prototypes)) {
      return evaluate(own, dataset_, group_, {}, options);
    }
    const Metric other = metric_ == Metric::kEuclidean ? Metric::kCosine : Metric::kEuclidean;
    const PrototypeSource otherwise = source(prototypes, other);
    const EvaluatedScores others[] = {{otherwise, other}};
    return evaluate(own, dataset_, group_, others, options);
  }

  [[nodiscard]] EvaluationResult run_with_gamma_in_offsets(const EvaluationOptions& options) const {
    const Prototypes& plain = evaluated_.prototypes;
    std::vector<bool> takes(at(dataset_.classes.size()), false);
    for (const ClassId c : evaluated_.gamma_classes) takes[at(c)] = true;
    const std::vector<float> offset = less_gamma(plain.offset, takes, model_.gamma);
    const PrototypeSource scores = source({plain.rows.view(), plain.scale, offset}, metric_);
    EvaluationOptions same = options;
    same.oracle = same.curve = false;
    return evaluate(
        {scores, metric_, 0.0, double{evaluated_.temperature}}, dataset_, group_, {}, same);
  }

  const Model& model_;
  const EvaluatedModel& evaluated_;
  const Dataset& dataset_;
  Metric metric_;
  Communicator& group_;
};

}  // namespace

EvaluationResult evaluate_model(const Model& model,
                                const Dataset& dataset,
                                Metric metric,
                                Communicator& group,
                                const EvaluationOptions& options) {
  options.validate();
  require_same(group, "data fingerprint", dataset.fingerprint);
  check_dimensions(model, dataset.classes);
  const EvaluatedModel evaluated = evaluated_model(model, dataset, metric, options);
  check_metric(model, evaluated, metric);
  if (group.size() > 1) require_same(group, "model", fingerprint_of(model, evaluated));
  check_trained(dataset, evaluated.trained_unseen, options.trained_unseen, group);
  EvaluationResult result = ModelEvaluation(model, evaluated, dataset, metric, group).run(options);
  result.gamma_classes = evaluated.gamma_classes;
  result.trained_unseen = evaluated.trained_unseen;
  return result;
}

std::vector<ClassId> trained_unseen_classes(const Model& model, const Dataset& dataset) {
  return seen_of(known_classes(model, dataset.classes), dataset.unseen_classes);
}

Prototypes evaluated_prototypes(const Model& model, const Dataset& dataset) {
  return evaluated_model(model, dataset, model.metric, {}).prototypes;
}

}  // namespace dem
