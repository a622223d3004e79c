// The structured fields of model files as JSON text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dem/model/model.h"

namespace dem {

// {"inputs":[{"space":"attribute","dim":85,"gain":1.0}],"hidden_dim":1600,"feature_dim":1024,
//  "hidden_activation":"relu"}
[[nodiscard]] std::string network_to_json(const NetworkSpec& spec);
// Throws Error{kFormat} with `where` for anything else, and where the spec is not valid.
[[nodiscard]] NetworkSpec network_from_json(const std::string& json, const std::string& where);

// [{"kind":"minmax"},{"kind":"power","exponent":0.5},{"kind":"affine","in":1024,"out":312},
//  {"kind":"with_squares"},{"kind":"side_by_side","maps":[[...],[...]]}]: the steps without their
// numbers.
[[nodiscard]] std::string feature_map_to_json(const FeatureMap& map);

// A step of such a text, to be filled with its numbers.
struct FeatureStepSpec {
  FeatureMap::Step step;
  Index in = 0;  // of an affine map
  Index out = 0;
  std::vector<std::vector<FeatureStepSpec>> maps = {};  // side by side
};
// Maps within maps stop here, in files and in models that are saved: a deeper nesting than a
// recipe's would cost a reader its stack.
inline constexpr int kDeepestMaps = 4;
// Throws Error{kFormat} with `where`.
[[nodiscard]] std::vector<FeatureStepSpec> feature_map_from_json(const std::string& json,
                                                                 const std::string& where);

// {"kind":"network","network":{...},"float16_unseen_embeddings":false},
// {"kind":"linear","space":"attribute","dim":85,"unit_rows":true,"prototype_dim":1024},
// {"kind":"identity","space":"attribute","dim":85,"unit_rows":true} or
// {"kind":"kernel","space":"attribute","dim":85,"kernel":{"kind":"centred","scale":1.5},
//  "coordinates":40,"feature_dim":512,"hub":{...},"gaussian":{...},"unit_prototypes":false,
//  "classes":["zebra",...]}, hub and gaussian where they are there, unit_prototypes where it is
//  false,
// {"kind":"mlp","space":"attribute","dim":85,"unit_rows":true,
//  "layers":[{"out":1024,"activation":"relu"},...]},
// {"kind":"side_by_side","members":[{"map":{...},"metric":"cosine","weight":0.5,
//  "space_join":[...],"hub_correction":{...},"centred":true},...]}, space_join and hub_correction
// where the map has one, centred where it is true: a map without its matrices.
[[nodiscard]] std::string class_map_to_json(const ClassMap& map);

// What such a text says. A network has its spec alone, so that a hostile file costs no memory.
struct ClassMapSpec {
  std::string kind;
  NetworkSpec network;                     // of "network"
  bool float16_unseen_embeddings = false;  // likewise
  ClassInput input;                        // of the others
  bool unit_rows = false;
  Index prototype_dim = 0;
  KernelMap kernel = {};   // of "kernel", its numbers and names
  Index coordinates = 0;   // likewise: q of its matrices
  Index feature_dim = 0;   // likewise: d
  bool has_share = false;  // likewise: of its Gaussian term
  struct Layer {
    Index out;
    Activation activation;
  };
  std::vector<Layer> layers = {};  // of "mlp"
  // Of "side_by_side", one each; a centre is there, without numbers, where is_centred says so.
  std::vector<ClassMapSpec> maps = {};
  struct Member {
    SummedScore score;
    bool is_centred;
    std::optional<SpaceJoin> join;
    std::optional<HubCorrection> hubs;  // its bank without numbers
  };
  std::vector<Member> members = {};
};
// Throws Error{kFormat} with `where`.
[[nodiscard]] ClassMapSpec class_map_from_json(const std::string& json, const std::string& where);

// [{"space":"attribute","dim":85,"weight":0.7},{"space":"word","dim":300,"weight":0.3}]
[[nodiscard]] std::string space_join_to_json(const SpaceJoin& join);
// Throws Error{kFormat} with `where`.
[[nodiscard]] SpaceJoin space_join_from_json(const std::string& json, const std::string& where);

// {"metric":"cosine","weight":0.3,"nearest":8,"bank":82}, the correction without its bank, but for
// the number of rows, which is what is read of it.
[[nodiscard]] std::string hub_correction_to_json(const HubCorrection& hubs);
// Throws Error{kFormat} with `where`.
[[nodiscard]] HubCorrection hub_correction_from_json(const std::string& json,
                                                     const std::string& where);

// {"images":1000,"candidates":[82,82],"points":[[0.031,0.61,1.0],[0.25,0.8,0.6]]}, a point's
// threshold, precision and accepted share.
[[nodiscard]] std::string rejection_to_json(const RejectionCurve& curve);
// A curve that validate() takes. Throws Error{kFormat} with `where`.
[[nodiscard]] RejectionCurve rejection_from_json(const std::string& json, const std::string& where);

// {"names":["zebra"],"seen":[true],"spaces":["attribute"]}, the table without its embeddings.
[[nodiscard]] std::string class_table_to_json(const ClassTable& classes);
// As many names as flags; leaves `embeddings` empty. Throws Error{kFormat} with `where`.
[[nodiscard]] ClassTable class_table_from_json(const std::string& json, const std::string& where);

}  // namespace dem
