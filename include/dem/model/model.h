// A trained model: all that prediction needs, and where it came from.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dem/model/comparison.h"
#include "dem/model/feature_scaling.h"
#include "dem/model/network.h"

namespace dem {

// The classes that a model knows, with their descriptions.
struct ClassTable {
  std::vector<std::string> names;   // [num_classes]
  std::vector<bool> seen;           // [num_classes]: had training images
  std::vector<std::string> spaces;  // names of the semantic spaces, as in the network's inputs
  std::vector<Matrix<float>> embeddings;  // one [num_classes, embedding_dim] a space
  // What the columns of each space mean, embedding_dim names; a space's list is empty where nobody
  // said so, and all of it where no space has names.
  std::vector<std::vector<std::string>> dimension_names = {};

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
  // T of the probabilities softmax(-distance / T) over the candidates, fitted at the end of
  // training; 0: not fitted, so that there are no probabilities.
  float temperature = 0.0f;
  Matrix<float> prototypes;  // [num_classes, feature_dim], from update_prototypes()
  // Free facts: "recipe", "selection", "seed", "dataset", "train_mode", "data_fingerprint",
  // "dem_version", ... written to and read from the model file.
  std::map<std::string, std::string> provenance;

  // From a model folder or its model.safetensors, as load_model (dem/exchange/model_file.h).
  [[nodiscard]] static Model load(const std::string& path);

  // Adds classes that had no training images, whatever added.seen says: their descriptions go
  // through the network, and their prototypes join the others. Ids of the classes before stay.
  //   added  names that are new and differ, and an array for each space of this model's table, in
  //          any order
  // Throws Error{kInvalidArgument} for a name twice, Error{kShapeMismatch} for a missing space or
  // another width, Error{kNumerical} for a value that is not finite; the model is then as before.
  // Not to be called while another thread uses the model.
  void add_classes(const ClassTable& added);

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
