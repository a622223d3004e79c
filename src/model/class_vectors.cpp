#include "dem/model/class_vectors.h"

#include <cmath>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/version.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

[[noreturn]] void refuse(const std::string& what, ErrorKind kind = ErrorKind::kInvalidArgument) {
  throw Error(kind, concat("class vectors: ", what));
}

void check(const ClassTable& classes) {
  if (classes.spaces.size() != 1 || classes.embeddings.size() != 1) {
    refuse(concat("expected one semantic space, got ", classes.spaces.size()));
  }
  if (classes.names.empty()) refuse("expected classes, got none");
  const Matrix<float>& vectors = classes.embeddings[0];
  if (vectors.rows() != classes.size()) {
    refuse(concat("expected ", classes.size(), " rows, a row a name, got ", vectors.rows()),
           ErrorKind::kShapeMismatch);
  }
  for (Index c = 0; c < vectors.rows(); ++c) {
    const double norm = squared_norm(vectors.row(c));
    if (norm > 0.0 && std::isfinite(norm)) continue;
    refuse(concat("expected a vector of finite numbers that are not all 0, got another one for \"",
                  classes.names[at(c)],
                  '"'));
  }
}

}  // namespace

Model model_of_class_vectors(ClassTable classes, const ClassVectorOptions& options) {
  check(classes);
  if (!(options.temperature >= 0.0f) || std::isinf(options.temperature)) {
    refuse(
        concat("temperature: expected a number above 0, or 0 for none, got ", options.temperature));
  }
  Model model;
  model.feature_map = FeatureMap(FeatureScaling{ScalingKind::kL2, {}, {}});
  model.class_map = ClassMap(IdentityMap{{classes.spaces[0], classes.embeddings[0].cols()}, true});
  model.metric = options.metric;
  model.temperature = options.temperature;
  classes.seen.assign(classes.names.size(), false);
  model.classes = std::move(classes);
  model.provenance = {{"recipe", "class-vectors"},
                      {"selection", "given"},
                      {"status", "finished"},
                      {"dem_version", std::string(version())}};
  if (options.temperature > 0.0f) model.provenance["calibration"] = "given";
  model.update_prototypes();
  return model;
}

}  // namespace dem
