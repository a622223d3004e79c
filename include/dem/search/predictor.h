// Classes of new images, from a trained model.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/model.h"

namespace dem {

struct PredictOptions {
  Index top_k = 1;                       // 1 <= top_k <= number of candidates
  std::vector<ClassId> candidates = {};  // class ids, each once; empty: all classes of the model
  std::optional<Metric> metric = {};     // empty: the model's
  bool ids_only = false;                 // leave scores, probabilities and margins out
};

// Row i belongs to row i of the features; its classes come best first.
struct Prediction {
  Matrix<ClassId> classes;  // [n, top_k]
  // [n, top_k]: the score of dem/model/prototypes.h, largest first, computed in double precision:
  // minus the squared distance, the cosine or the dot product where the model has no scales and
  // offsets. Infinite where it is beyond float32.
  Matrix<float> scores;
  // [n, top_k]: the squared Euclidean distance to the class's prototype; empty for another metric.
  Matrix<float> distances;
  // [n, top_k]: exp(score / T) / sum over all candidates of the same, T the model's temperature.
  // Empty where the model has no temperature or the metric is not the one that it was fitted for.
  Matrix<float> probabilities;
  // [n]: how much better the best score is than the second best, at least 0; NaN where there is
  // only one candidate, infinite beyond float32.
  std::vector<float> margins;
};

// Searches among the candidates' prototypes. Keeps what it needs of the model, which may change or
// go afterwards.
class Predictor {
 public:
  // Throws Error{kInvalidArgument} for a model without prototypes, and for top_k or a candidate out
  // of range or given twice.
  explicit Predictor(const Model& model, const PredictOptions& options = {});
  ~Predictor();
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;

  // The features [n, feature_dim] are those of the data files: the model's feature map is applied
  // here.
  // Ranks exactly as nearest_prototypes does. Any number of threads may call this at once. Classes,
  // scores and margins do not depend on how the rows are dealt out to calls; probabilities may
  // differ in their last digits. Memory besides the result does not grow with n. Throws
  // Error{kShapeMismatch} for another width, and Error{kNumerical} where the map takes a feature
  // out of float32; it names the row, counted from first_row.
  [[nodiscard]] Prediction predict(MatrixView<const float> visual_features,
                                   Index first_row = 0) const;

  [[nodiscard]] Index feature_dim() const;
  [[nodiscard]] Index num_candidates() const;
  [[nodiscard]] bool has_probabilities() const;
  [[nodiscard]] bool has_distances() const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

// A Predictor made and used once.
[[nodiscard]] Prediction predict(const Model& model,
                                 MatrixView<const float> visual_features,
                                 const PredictOptions& options = {});

}  // namespace dem
