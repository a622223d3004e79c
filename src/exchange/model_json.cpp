#include "exchange/model_json.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

using Json = nlohmann::json;  // members by name: a hostile object costs no quadratic time
using Written = nlohmann::ordered_json;

// A value of a document, with the words that say where it stands.
class Node {
 public:
  Node(const Json& value, std::string where) : value_(value), where_(std::move(where)) {}

  // Exactly these members, and maybe some of the others.
  void require_members(std::initializer_list<std::string_view> names,
                       std::initializer_list<std::string_view> others = {}) const {
    if (!value_.is_object()) fail("an object");
    const auto contains = [&](std::string_view name) { return value_.contains(std::string(name)); };
    const auto size = names.size() + static_cast<std::size_t>(
                                         std::count_if(others.begin(), others.end(), contains));
    if (value_.size() != size || !std::all_of(names.begin(), names.end(), contains)) {
      fail(concat(
          "the members ", join(names), others.size() > 0 ? " and maybe " : "", join(others)));
    }
  }

  [[nodiscard]] bool has(const char* name) const {
    return value_.is_object() && value_.contains(name);
  }

  [[nodiscard]] Node member(const char* name) const {
    return {value_.at(name), concat(where_, ".", name)};
  }

  [[nodiscard]] std::vector<Node> items() const {
    if (!value_.is_array()) fail("a list");
    std::vector<Node> nodes;
    for (const Json& item : value_)
      nodes.emplace_back(item, concat(where_, "[", nodes.size(), "]"));
    return nodes;
  }

  [[nodiscard]] const std::string& where() const { return where_; }

  [[nodiscard]] std::string text() const {
    if (!value_.is_string()) fail("text");
    return value_.get<std::string>();
  }

  [[nodiscard]] bool flag() const {
    if (!value_.is_boolean()) fail("true or false");
    return value_.get<bool>();
  }

  [[nodiscard]] Index count() const {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
    if (!value_.is_number_unsigned() || value_.get<std::uint64_t>() > kMost) {
      fail("a whole number of at least 0");
    }
    return value_.get<Index>();
  }

  [[nodiscard]] double real() const {
    if (!value_.is_number()) fail("a number");
    return value_.get<double>();
  }

  [[nodiscard]] float number() const {
    const double value = real();
    if (!(std::abs(value) <= double{std::numeric_limits<float>::max()})) {
      fail("a number in float32's range");
    }
    return static_cast<float>(value);
  }

  [[noreturn]] void fail(const std::string& expected) const {
    // Not the value itself where it has parts: nesting may be deeper than a stack.
    const std::string got = value_.is_structured() ? value_.type_name() : value_.dump();
    throw Error(ErrorKind::kFormat, concat(where_, ": expected ", expected, ", got ", got));
  }

 private:
  const Json& value_;
  std::string where_;
};

Json parse(const std::string& text, const std::string& where) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw Error(ErrorKind::kFormat, where + ": expected JSON, got none");
  return json;
}

// What the enclosed code finds invalid is the file's fault.
template <typename Body>
auto as_format_error(const std::string& where, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw Error(ErrorKind::kFormat, concat(where, ": ", error.what()));
  }
}

}  // namespace

namespace {

Written network_json(const NetworkSpec& spec) {
  Written inputs = Written::array();
  for (const NetworkInput& input : spec.inputs) {
    inputs.push_back(
        Written{{"space", input.space}, {"dim", input.dim}, {"gain", double{input.gain}}});
  }
  Written json{{"inputs", inputs},
               {"hidden_dim", spec.hidden_dim},
               {"feature_dim", spec.feature_dim},
               {"hidden_activation", to_string(spec.hidden_activation)}};
  // Older files, whose output is always this, do not say so.
  if (spec.output_activation != Activation::kRelu) {
    json["output_activation"] = to_string(spec.output_activation);
  }
  return json;
}

NetworkSpec network_of(const Node& root, const std::string& where) {
  const bool says_output = root.has("output_activation");
  if (says_output) {
    root.require_members(
        {"inputs", "hidden_dim", "feature_dim", "hidden_activation", "output_activation"});
  } else {
    root.require_members({"inputs", "hidden_dim", "feature_dim", "hidden_activation"});
  }
  NetworkSpec spec;
  for (const Node& input : root.member("inputs").items()) {
    input.require_members({"space", "dim", "gain"});
    spec.inputs.push_back(
        {input.member("space").text(), input.member("dim").count(), input.member("gain").number()});
  }
  spec.hidden_dim = root.member("hidden_dim").count();
  spec.feature_dim = root.member("feature_dim").count();
  const std::string hidden = root.member("hidden_activation").text();
  const std::string output = says_output ? root.member("output_activation").text() : "relu";
  as_format_error(where, [&] {
    spec.hidden_activation = activation_from_string(hidden);
    spec.output_activation = activation_from_string(output);
    spec.validate();
  });
  return spec;
}

Written steps_json(const FeatureMap& map);

Written step_json(const FeatureMap::Step& step) {
  if (const auto* affine = std::get_if<AffineMap>(&step)) {
    return {{"kind", "affine"}, {"in", affine->weight.cols()}, {"out", affine->weight.rows()}};
  }
  if (const auto* power = std::get_if<PowerMap>(&step)) {
    return {{"kind", "power"}, {"exponent", double{power->exponent}}};
  }
  if (std::holds_alternative<WithSquares>(step)) return {{"kind", "with_squares"}};
  if (const auto* side_by_side = std::get_if<SideBySide>(&step)) {
    Written maps = Written::array();
    for (const FeatureMap& map : side_by_side->maps) maps.push_back(steps_json(map));
    return {{"kind", "side_by_side"}, {"maps", maps}};
  }
  return {{"kind", to_string(std::get<FeatureScaling>(step).kind)}};
}

Written steps_json(const FeatureMap& map) {
  Written steps = Written::array();
  for (const FeatureMap::Step& step : map.steps()) steps.push_back(step_json(step));
  return steps;
}

std::vector<FeatureStepSpec> steps_of(const Node& node, int depth);

FeatureStepSpec side_by_side_of(const Node& node, int depth) {
  node.require_members({"kind", "maps"});
  if (depth == kDeepestMaps) {
    node.fail(concat("maps side by side at most ", kDeepestMaps, " deep"));
  }
  FeatureStepSpec spec{SideBySide{}};
  for (const Node& map : node.member("maps").items()) {
    spec.maps.push_back(steps_of(map, depth + 1));
  }
  return spec;
}

FeatureStepSpec step_of(const Node& node, int depth) {
  const std::string kind = node.has("kind") ? node.member("kind").text() : "";
  if (kind == "affine") {
    node.require_members({"kind", "in", "out"});
    return {AffineMap{}, node.member("in").count(), node.member("out").count()};
  }
  if (kind == "power") {
    node.require_members({"kind", "exponent"});
    return {PowerMap{node.member("exponent").number()}};
  }
  if (kind == "side_by_side") return side_by_side_of(node, depth);
  node.require_members({"kind"});
  if (kind == "with_squares") return {WithSquares{}};
  FeatureScaling scaling;
  const std::string& where = node.where();
  as_format_error(where, [&] { scaling.kind = scaling_kind_from_string(kind); });
  return {std::move(scaling)};
}

std::vector<FeatureStepSpec> steps_of(const Node& node, int depth) {
  std::vector<FeatureStepSpec> steps;
  for (const Node& step : node.items()) steps.push_back(step_of(step, depth));
  return steps;
}

Written kernel_json(const KernelMap& map) {
  Written json{{"kind", "kernel"},
               {"space", map.input.space},
               {"dim", map.input.dim},
               {"kernel", {{"kind", to_string(map.kernel.kind)}, {"scale", map.kernel.scale}}},
               {"coordinates", map.basis.rows()},
               {"feature_dim", map.basis.cols()}};
  if (map.hub) {
    json["hub"] = {{"weight", double{map.hub->weight}}, {"nearest", map.hub->nearest}};
  }
  if (map.gaussian) {
    const GaussianTerm& term = *map.gaussian;
    json["gaussian"] = {{"weight", double{term.weight}},
                        {"ridge", term.ridge},
                        {"unit_variance", term.unit_variance},
                        {"strength", term.strength},
                        {"exponent", term.exponent}};
    if (!term.share.empty()) json["gaussian"]["share"] = true;
    if (term.log_determinant != 0.0) json["gaussian"]["log_determinant"] = term.log_determinant;
  }
  if (!map.unit_prototypes) json["unit_prototypes"] = false;
  json["classes"] = map.names;
  return json;
}

Kernel kernel_of(const Node& node) {
  node.require_members({"kind", "scale"});
  Kernel kernel;
  const std::string kind = node.member("kind").text();
  as_format_error(node.where(), [&] { kernel.kind = kernel_kind_from_string(kind); });
  kernel.scale = node.member("scale").real();
  return kernel;
}

HubTerm hub_of(const Node& node) {
  node.require_members({"weight", "nearest"});
  return {node.member("weight").number(), node.member("nearest").count(), {}};
}

GaussianTerm gaussian_of(const Node& node) {
  node.require_members({"weight", "ridge", "unit_variance", "strength", "exponent"},
                       {"share", "log_determinant"});
  GaussianTerm term;
  term.weight = node.member("weight").number();
  term.ridge = node.member("ridge").real();
  term.unit_variance = node.member("unit_variance").real();
  term.strength = node.member("strength").real();
  term.exponent = node.member("exponent").real();
  if (node.has("log_determinant")) term.log_determinant = node.member("log_determinant").real();
  return term;
}

// All but the kind.
void read_kernel(const Node& root, ClassMapSpec& spec) {
  root.require_members({"kind", "space", "dim", "kernel", "coordinates", "feature_dim", "classes"},
                       {"hub", "gaussian", "unit_prototypes"});
  spec.kernel.input = {root.member("space").text(), root.member("dim").count()};
  spec.kernel.kernel = kernel_of(root.member("kernel"));
  spec.coordinates = root.member("coordinates").count();
  spec.feature_dim = root.member("feature_dim").count();
  for (const Node& name : root.member("classes").items()) spec.kernel.names.push_back(name.text());
  if (root.has("hub")) spec.kernel.hub = hub_of(root.member("hub"));
  if (root.has("gaussian")) {
    const Node node = root.member("gaussian");
    spec.kernel.gaussian = gaussian_of(node);
    spec.has_share = node.has("share") && node.member("share").flag();
  }
  if (root.has("unit_prototypes")) {
    spec.kernel.unit_prototypes = root.member("unit_prototypes").flag();
  }
}

Written mlp_json(const MlpMap& map) {
  Written layers = Written::array();
  for (const MlpLayer& layer : map.layers) {
    layers.push_back(
        Written{{"out", layer.weight.rows()}, {"activation", to_string(layer.activation)}});
  }
  return {{"kind", "mlp"},
          {"space", map.input.space},
          {"dim", map.input.dim},
          {"unit_rows", map.unit_rows},
          {"layers", layers}};
}

std::vector<ClassMapSpec::Layer> layers_of(const Node& node) {
  std::vector<ClassMapSpec::Layer> layers;
  for (const Node& item : node.items()) {
    item.require_members({"out", "activation"});
    ClassMapSpec::Layer layer{item.member("out").count(), Activation::kRelu};
    const std::string name = item.member("activation").text();
    as_format_error(item.where(), [&] { layer.activation = activation_from_string(name); });
    layers.push_back(layer);
  }
  if (layers.empty()) node.fail("at least one layer");
  return layers;
}

constexpr const char* kSideBySide = "side_by_side";

Written join_json(const SpaceJoin& join) {
  Written parts = Written::array();
  for (const SpaceJoin::Part& part : join.parts) {
    parts.push_back(
        Written{{"space", part.input.space}, {"dim", part.input.dim}, {"weight", part.weight}});
  }
  return parts;
}

SpaceJoin join_of(const Node& root) {
  SpaceJoin join;
  for (const Node& part : root.items()) {
    part.require_members({"space", "dim", "weight"});
    join.parts.push_back(
        {{part.member("space").text(), part.member("dim").count()}, part.member("weight").real()});
  }
  if (join.parts.empty()) root.fail("at least one space");
  return join;
}

Metric metric_of(const Node& node) {
  const std::string name = node.text();
  Metric metric = Metric::kEuclidean;
  as_format_error(node.where(), [&] { metric = metric_from_string(name); });
  return metric;
}

Written hubs_json(const HubCorrection& hubs) {
  return {{"metric", to_string(hubs.metric)},
          {"weight", double{hubs.term.weight}},
          {"nearest", hubs.term.nearest},
          {"bank", hubs.term.seen.rows()}};
}

HubCorrection hubs_of(const Node& node) {
  node.require_members({"metric", "weight", "nearest", "bank"});
  return {metric_of(node.member("metric")),
          {node.member("weight").number(),
           node.member("nearest").count(),
           Matrix<float>(node.member("bank").count(), 0)}};
}

Written class_map_json(const ClassMap& map);

Written side_by_side_json(const MapsSideBySide& maps) {
  Written members = Written::array();
  for (std::size_t m = 0; m < maps.maps.size(); ++m) {
    const ClassMap& map = maps.maps[m];
    const SummedScore& score = maps.members[m];
    Written member{{"map", class_map_json(map)},
                   {"metric", to_string(score.metric)},
                   {"weight", double{score.weight}}};
    if (map.join()) member["space_join"] = join_json(*map.join());
    if (map.hub_correction()) member["hub_correction"] = hubs_json(*map.hub_correction());
    if (!score.centre.empty()) member["centred"] = true;
    members.push_back(std::move(member));
  }
  return {{"kind", kSideBySide}, {"members", members}};
}

Written class_map_json(const ClassMap& map) {
  if (const Network* network = map.network()) {
    const bool rounds = std::get<NetworkMap>(map.kind()).float16_unseen_embeddings;
    return {{"kind", "network"},
            {"network", network_json(network->spec())},
            {"float16_unseen_embeddings", rounds}};
  }
  if (const auto* kernel = std::get_if<KernelMap>(&map.kind())) return kernel_json(*kernel);
  if (const auto* mlp = std::get_if<MlpMap>(&map.kind())) return mlp_json(*mlp);
  if (const auto* maps = std::get_if<MapsSideBySide>(&map.kind())) return side_by_side_json(*maps);
  const auto* linear = std::get_if<LinearMap>(&map.kind());
  const auto* identity = std::get_if<IdentityMap>(&map.kind());
  const ClassInput& input = linear != nullptr ? linear->input : identity->input;
  Written json{{"kind", linear != nullptr ? "linear" : "identity"},
               {"space", input.space},
               {"dim", input.dim},
               {"unit_rows", linear != nullptr ? linear->unit_rows : identity->unit_rows}};
  if (linear != nullptr) json["prototype_dim"] = linear->weight.rows();
  return json;
}

ClassMapSpec single_map_of(const Node& root) {
  ClassMapSpec spec;
  spec.kind = root.has("kind") ? root.member("kind").text() : "";
  if (spec.kind == "network") {
    root.require_members({"kind", "network", "float16_unseen_embeddings"});
    spec.network = network_of(root.member("network"), root.where() + ".network");
    spec.float16_unseen_embeddings = root.member("float16_unseen_embeddings").flag();
    return spec;
  }
  if (spec.kind == "kernel") {
    read_kernel(root, spec);
    return spec;
  }
  if (spec.kind == "linear") {
    root.require_members({"kind", "space", "dim", "unit_rows", "prototype_dim"});
    spec.prototype_dim = root.member("prototype_dim").count();
  } else if (spec.kind == "identity") {
    root.require_members({"kind", "space", "dim", "unit_rows"});
  } else if (spec.kind == "mlp") {
    root.require_members({"kind", "space", "dim", "unit_rows", "layers"});
    spec.layers = layers_of(root.member("layers"));
  } else {
    root.fail("a map of kind network, linear, identity, kernel or mlp, or several side by side");
  }
  spec.input = {root.member("space").text(), root.member("dim").count()};
  spec.unit_rows = root.member("unit_rows").flag();
  return spec;
}

ClassMapSpec::Member member_of(const Node& node) {
  node.require_members({"map", "metric", "weight"}, {"space_join", "hub_correction", "centred"});
  ClassMapSpec::Member member{
      {metric_of(node.member("metric")), node.member("weight").number(), {}}, false, {}, {}};
  member.is_centred = node.has("centred") && node.member("centred").flag();
  if (node.has("space_join")) member.join = join_of(node.member("space_join"));
  if (node.has("hub_correction")) member.hubs = hubs_of(node.member("hub_correction"));
  return member;
}

// Its maps are single ones, so that a hostile file cannot nest them.
ClassMapSpec side_by_side_of(const Node& root) {
  root.require_members({"kind", "members"});
  ClassMapSpec spec;
  spec.kind = kSideBySide;
  for (const Node& node : root.member("members").items()) {
    spec.members.push_back(member_of(node));
    spec.maps.push_back(single_map_of(node.member("map")));
  }
  if (spec.maps.empty()) root.fail("at least one member");
  return spec;
}

}  // namespace

std::string network_to_json(const NetworkSpec& spec) {
  return network_json(spec).dump();
}

NetworkSpec network_from_json(const std::string& json, const std::string& where) {
  const Json document = parse(json, where);
  return network_of(Node(document, where), where);
}

std::string feature_map_to_json(const FeatureMap& map) {
  return steps_json(map).dump();
}

std::vector<FeatureStepSpec> feature_map_from_json(const std::string& json,
                                                   const std::string& where) {
  const Json document = parse(json, where);
  return steps_of(Node(document, where), 0);
}

std::string class_map_to_json(const ClassMap& map) {
  return class_map_json(map).dump();
}

ClassMapSpec class_map_from_json(const std::string& json, const std::string& where) {
  const Json document = parse(json, where);
  const Node root(document, where);
  const bool is_summed = root.has("kind") && root.member("kind").text() == kSideBySide;
  return is_summed ? side_by_side_of(root) : single_map_of(root);
}

std::string space_join_to_json(const SpaceJoin& join) {
  return join_json(join).dump();
}

SpaceJoin space_join_from_json(const std::string& json, const std::string& where) {
  const Json document = parse(json, where);
  return join_of(Node(document, where));
}

std::string hub_correction_to_json(const HubCorrection& hubs) {
  return hubs_json(hubs).dump();
}

HubCorrection hub_correction_from_json(const std::string& json, const std::string& where) {
  const Json document = parse(json, where);
  return hubs_of(Node(document, where));
}

std::string rejection_to_json(const RejectionCurve& curve) {
  Written points = Written::array();
  for (const RejectionCurve::Point& point : curve.points) {
    points.push_back(Written::array({point.threshold, point.precision, point.accepted}));
  }
  return Written{{"images", curve.num_images},
                 {"candidates", {curve.least_candidates, curve.most_candidates}},
                 {"points", points}}
      .dump();
}

RejectionCurve rejection_from_json(const std::string& json, const std::string& where) {
  const Json document = parse(json, where);
  const Node root(document, where);
  root.require_members({"images", "candidates", "points"});
  const std::vector<Node> candidates = root.member("candidates").items();
  if (candidates.size() != 2) root.member("candidates").fail("two numbers");
  RejectionCurve curve;
  curve.num_images = root.member("images").count();
  curve.least_candidates = candidates[0].count();
  curve.most_candidates = candidates[1].count();
  for (const Node& point : root.member("points").items()) {
    const std::vector<Node> numbers = point.items();
    if (numbers.size() != 3) point.fail("three numbers");
    curve.points.push_back({numbers[0].real(), numbers[1].real(), numbers[2].real()});
  }
  if (curve.points.empty()) root.member("points").fail("at least one point");
  as_format_error(where, [&] { curve.validate(); });
  return curve;
}

std::string class_table_to_json(const ClassTable& classes) {
  Written seen = Written::array();
  for (const bool flag : classes.seen) seen.push_back(flag);
  Written table{{"names", classes.names}, {"seen", seen}, {"spaces", classes.spaces}};
  if (!classes.dimension_names.empty()) table["dimension_names"] = classes.dimension_names;
  return table.dump();
}

ClassTable class_table_from_json(const std::string& json, const std::string& where) {
  const Json document = parse(json, where);
  const Node root(document, where);
  const bool has_dimension_names = root.has("dimension_names");
  if (has_dimension_names) {
    root.require_members({"names", "seen", "spaces", "dimension_names"});
  } else {
    root.require_members({"names", "seen", "spaces"});
  }
  ClassTable classes;
  for (const Node& name : root.member("names").items()) classes.names.push_back(name.text());
  for (const Node& seen : root.member("seen").items()) classes.seen.push_back(seen.flag());
  for (const Node& space : root.member("spaces").items()) classes.spaces.push_back(space.text());
  if (!has_dimension_names) return classes;
  for (const Node& space : root.member("dimension_names").items()) {
    auto& names = classes.dimension_names.emplace_back();
    for (const Node& name : space.items()) names.push_back(name.text());
  }
  return classes;
}

}  // namespace dem
