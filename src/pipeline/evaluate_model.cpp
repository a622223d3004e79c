#include "base/hash.h"
#include "dem/pipeline/fit.h"

namespace dem {

namespace {

// Of what an evaluation takes from the model.
std::string fingerprint_of(const Model& model) {
  Fingerprint hash;
  const auto parameters = model.network.parameters();
  hash.add(parameters.data(), parameters.size_bytes());
  hash.add(model.scaling.shift.data(), model.scaling.shift.size() * sizeof(float));
  hash.add(model.scaling.factor.data(), model.scaling.factor.size() * sizeof(float));
  return hash.hex();
}

}  // namespace

EvaluationResult evaluate_model(const Model& model,
                                Dataset& dataset,
                                Metric metric,
                                Communicator& group) {
  require_same(group, "data fingerprint", dataset.fingerprint);
  if (group.size() > 1) require_same(group, "model", fingerprint_of(model));
  if (!dataset.features_scaled) {
    model.scaling.apply(dataset.visual_features);
    dataset.features_scaled = true;
  }
  const Matrix<float> prototypes =
      class_prototypes(model.network, dataset.classes, model.float16_unseen_embeddings);
  return evaluate(prototypes, dataset, metric, group);
}

}  // namespace dem
