// A trained model: all that prediction needs, and where it came from.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dem/model/feature_scaling.h"
#include "dem/model/network.h"

namespace dem {

// How far a feature is from a prototype.
enum class Metric {
  kEuclidean,
  kCosine,
};

[[nodiscard]] std::string_view to_string(Metric metric) noexcept;
// "euclidean" or "cosine"; throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] Metric metric_from_string(std::string_view name);

// The classes that a model knows, with their descriptions.
struct ClassTable {
  std::vector<std::string> names;   // [num_classes]
  std::vector<bool> seen;           // [num_classes]: had training images
  std::vector<std::string> spaces;  // names of the semantic spaces, as in the network's inputs
  std::vector<Matrix<float>> embeddings;  // one [num_classes, embedding_dim] a space

  [[nodiscard]] Index size() const { return static_cast<Index>(names.size()); }
  // The embeddings of a space. Throws Error{kShapeMismatch} where the table lacks it.
  [[nodiscard]] const Matrix<float>& space(std::string_view name) const;
};

struct Model {
  Network network;
  FeatureScaling scaling;  // applied to features before they are compared with prototypes
  ClassTable classes;
  // The reference rounds test descriptions to float16 before the forward pass (recipe mindspore).
  // Applies to unseen classes only: training descriptions are never rounded.
  bool float16_unseen_embeddings = false;
  Metric metric = Metric::kEuclidean;
  Matrix<float> prototypes;  // [num_classes, feature_dim], from update_prototypes()
  // Free facts: "recipe", "selection", "seed", "dataset", "train_mode", "data_fingerprint",
  // "dem_version", ... written to and read from the model file.
  std::map<std::string, std::string> provenance;

  // Recomputes prototypes from network and classes. Throws Error{kShapeMismatch} where the class
  // table lacks a space of the network or a width differs.
  void update_prototypes();
};

// Prototypes of all classes of a table under a network, as update_prototypes has them.
[[nodiscard]] Matrix<float> class_prototypes(const Network& network,
                                             const ClassTable& classes,
                                             bool float16_unseen_embeddings);

// Nearest float16 (ties to even) and back; beyond 65504 gives infinity.
[[nodiscard]] float round_to_float16(float value) noexcept;

}  // namespace dem
