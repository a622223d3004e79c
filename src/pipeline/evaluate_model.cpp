#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/rng.h"
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

void shuffle_class_embeddings(ClassTable& classes, std::uint64_t seed) {
  std::vector<Index> order(static_cast<std::size_t>(classes.size()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
  Rng rng(seed, Purpose::kControl);
  shuffle(std::span(order), rng);
  for (Matrix<float>& embeddings : classes.embeddings) {
    Matrix<float> dealt = Matrix<float>::uninitialised(embeddings.rows(), embeddings.cols());
    for (Index i = 0; i < dealt.rows(); ++i) {
      const std::span<const float> source =
          std::as_const(embeddings).row(order[static_cast<std::size_t>(i)]);
      std::copy(source.begin(), source.end(), dealt.row(i).begin());
    }
    embeddings = std::move(dealt);
  }
}

}  // namespace dem
