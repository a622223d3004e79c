// From the description of a class to its prototype.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/class_input.h"
#include "dem/model/class_table.h"
#include "dem/model/hub_correction.h"
#include "dem/model/kernel_map.h"
#include "dem/model/maps_side_by_side.h"
#include "dem/model/mlp_map.h"
#include "dem/model/network.h"
#include "dem/model/prototypes.h"
#include "dem/model/space_join.h"

namespace dem {

// DEM's network. The reference rounds test descriptions to float16 before the forward pass (recipe
// mindspore): unseen classes only, training descriptions are never rounded.
struct NetworkMap {
  Network network;
  bool float16_unseen_embeddings = false;
};

// p = W a + b, with a one description, divided by its norm where unit_rows says so.
struct LinearMap {
  ClassInput input;
  bool unit_rows = false;
  Matrix<float> weight;     // [prototype_dim, input.dim]
  std::vector<float> bias;  // [prototype_dim]
};

// p = a: the features are mapped to the descriptions instead.
struct IdentityMap {
  ClassInput input;
  bool unit_rows = false;
};

// One of these; a value. A model of it gives prototypes to classes that it has never seen. A
// network takes any number of descriptions, maps side by side those of all of them, every other
// kind one: with a join it is made of several.
//
//   ClassMap map(LinearMap{{"attribute", 85}, true, std::move(weight), std::move(bias)});
//   Matrix<float> prototypes = map.prototypes(classes);
class ClassMap {
 public:
  using Kind = std::variant<NetworkMap, LinearMap, IdentityMap, KernelMap, MlpMap, MapsSideBySide>;

  // A network without layers, which maps nothing.
  ClassMap() = default;
  explicit ClassMap(Kind kind, std::optional<SpaceJoin> join = {})
      : kind_(std::move(kind)), join_(std::move(join)) {}

  [[nodiscard]] const Kind& kind() const { return kind_; }
  // What makes the kind's one description of several; empty where it takes one as it is.
  [[nodiscard]] const std::optional<SpaceJoin>& join() const { return join_; }
  void set_join(SpaceJoin join) { join_ = std::move(join); }
  // What is taken off the scores of hubs, in the map's offsets; empty: nothing.
  [[nodiscard]] const std::optional<HubCorrection>& hub_correction() const { return hubs_; }
  void set_hub_correction(std::optional<HubCorrection> hubs) { hubs_ = std::move(hubs); }
  // The network, or null for another kind.
  [[nodiscard]] const Network* network() const;
  [[nodiscard]] ClassMap clone() const;

  // The spaces that it takes, in its order.
  [[nodiscard]] std::vector<ClassInput> inputs() const;
  [[nodiscard]] std::vector<std::string> spaces() const;
  [[nodiscard]] Index prototype_dim() const;

  // Prototypes of all classes of a table: rows [num_classes, prototype_dim], and offsets where the
  // map gives some (a hub correction, a kernel map with a hub or a Gaussian term, some maps side by
  // side). Throws Error{kShapeMismatch} where the table lacks a space or a width differs.
  [[nodiscard]] Prototypes mapped(const ClassTable& classes) const;
  // Their rows alone.
  [[nodiscard]] Matrix<float> prototypes(const ClassTable& classes) const;

  // "network (85)-1600-1024 relu", "linear 85 -> 1024", "identity 85",
  // "kernel centred, 82 classes of 512 -> 512", "mlp 85-1024 relu-512 identity",
  // "linear 385 -> 1024 of attribute x 0.7 + word x 0.3",
  // "side by side (linear 85 -> 1024 euclidean x 2 | identity 85 cosine x 0.5)".
  [[nodiscard]] std::string to_string() const;

 private:
  Kind kind_;
  std::optional<SpaceJoin> join_;
  std::optional<HubCorrection> hubs_;
};

// Prototypes of all classes of a table under a network, as NetworkMap gives them: what a training
// run looks at on its way.
[[nodiscard]] Matrix<float> class_prototypes(const Network& network,
                                             const ClassTable& classes,
                                             bool float16_unseen_embeddings);

// Nearest float16 (ties to even) and back; beyond 65504 gives infinity.
[[nodiscard]] float round_to_float16(float value) noexcept;

}  // namespace dem
