#include "exchange/model_checks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>
#include <variant>

#include "base/text.h"
#include "exchange/model_json.h"
#include "io/character_rows.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

class Checker {
 public:
  // `prefix` is before the names of a class map's tensors.
  Checker(const Model& model,
          ErrorKind kind,
          const std::string& where,
          std::string prefix = "class_map.")
      : model_(model), kind_(kind), where_(where), prefix_(std::move(prefix)) {}

  void check() const {
    check_table();
    check_texts();
    check_dimension_names();
    check_class_map();
    check_inputs();
    check_feature_map();
    check_prototypes();
    require(model_.temperature >= 0.0f && model_.temperature <= std::numeric_limits<float>::max(),
            "temperature",
            "a number of at least 0",
            concat(model_.temperature));
    require(model_.rejection.empty() || model_.temperature > 0.0f,
            "rejection",
            "a temperature with it",
            "none");
    check_rejection();
    require(std::isfinite(model_.gamma), "gamma", "a finite number", concat(model_.gamma));
  }

 private:
  void check_rejection() const {
    try {
      model_.rejection.validate();
    } catch (const Error& error) {
      throw Error(kind_, concat(where_, ": ", error.what()));
    }
  }

  void require(bool good,
               const std::string& field,
               const std::string& expected,
               const std::string& got) const {
    if (good) return;
    throw Error(kind_, concat(where_, ": ", field, ": expected ", expected, ", got ", got));
  }

  // A tensor of the class map.
  [[nodiscard]] std::string named(const std::string& tensor) const { return prefix_ + tensor; }

  void require_shape(MatrixView<const float> values,
                     Index rows,
                     Index cols,
                     const std::string& field) const {
    require(values.rows() == rows && values.cols() == cols,
            field,
            concat("[", rows, ", ", cols, "]"),
            concat("[", values.rows(), ", ", values.cols(), "]"));
    for (Index i = 0; i < rows; ++i) {
      require_finite(values.row(i), finite_kind(), concat(where_, ": ", field, ": row ", i));
    }
  }

  void check_table() const {
    const ClassTable& classes = model_.classes;
    const auto count = static_cast<std::size_t>(classes.size());
    require(classes.seen.size() == count,
            "classes: seen",
            concat("a flag for each of ", count, " classes"),
            std::to_string(classes.seen.size()));
    require(classes.embeddings.size() == classes.spaces.size(),
            "classes: embeddings",
            concat("an array for each of ", classes.spaces.size(), " spaces"),
            std::to_string(classes.embeddings.size()));
    for (std::size_t i = 0; i < classes.spaces.size(); ++i) {
      const auto first = std::find(classes.spaces.begin(), classes.spaces.end(), classes.spaces[i]);
      require(first == classes.spaces.begin() + static_cast<std::ptrdiff_t>(i),
              "classes: spaces",
              "names of their own",
              classes.spaces[i] + " twice");
      const Matrix<float>& embeddings = classes.embeddings[i];
      require_shape(embeddings, classes.size(), embeddings.cols(), "classes." + classes.spaces[i]);
    }
  }

  void check_texts() const {
    const auto check = [&](const std::string& text, const std::string& field) {
      std::vector<char32_t> codes;
      require(decode_utf8(std::as_bytes(std::span(text)), codes), field, "UTF-8", "other bytes");
    };
    for (const std::string& name : model_.classes.names) check(name, "classes: names");
    for (const std::string& space : model_.classes.spaces) check(space, "classes: spaces");
    for (const auto& [key, value] : model_.provenance) check(value, "provenance: " + key);
    const auto check_names_of = [&](const ClassMap& map) {
      const auto* kernel = std::get_if<KernelMap>(&map.kind());
      if (kernel == nullptr) return;
      for (const std::string& name : kernel->names) check(name, "class map: classes");
    };
    check_names_of(model_.class_map);
    if (const auto* maps = std::get_if<MapsSideBySide>(&model_.class_map.kind())) {
      for (const ClassMap& map : maps->maps) check_names_of(map);
    }
    for (const auto& names : model_.classes.dimension_names) {
      for (const std::string& name : names) check(name, "classes: dimension_names");
    }
  }

  void check_dimension_names() const {
    const ClassTable& classes = model_.classes;
    if (classes.dimension_names.empty()) return;
    require(classes.dimension_names.size() == classes.spaces.size(),
            "classes: dimension_names",
            concat("a list for each of ", classes.spaces.size(), " spaces"),
            std::to_string(classes.dimension_names.size()));
    for (std::size_t i = 0; i < classes.spaces.size(); ++i) {
      const auto& names = classes.dimension_names[i];
      const Index width = classes.embeddings[i].cols();
      require(names.empty() || static_cast<Index>(names.size()) == width,
              "classes: dimension_names of " + classes.spaces[i],
              concat(width, " names"),
              std::to_string(names.size()));
    }
  }

  void check_class_map() const {
    const auto* maps = std::get_if<MapsSideBySide>(&model_.class_map.kind());
    if (maps == nullptr) return check_single_map(model_.class_map, model_.metric);
    require(!model_.class_map.join(), "space join", "none of maps side by side", "one");
    require(!model_.class_map.hub_correction(),
            "hub correction",
            "none of maps side by side, which have their own",
            "one");
    require(!maps->maps.empty() && maps->maps.size() == maps->members.size(),
            "class map: members",
            "a map each, one at least",
            concat(maps->maps.size(), " maps of ", maps->members.size()));
    for (std::size_t m = 0; m < maps->maps.size(); ++m) {
      check_member(maps->maps[m], maps->members[m], maps->metric(), concat("class_map.", m, "."));
    }
    require(model_.metric == maps->metric(),
            "metric",
            concat(to_string(maps->metric()), ", which the members' scores are summed by"),
            std::string(to_string(model_.metric)));
  }

  void check_member(const ClassMap& map,
                    const SummedScore& member,
                    Metric sum,
                    const std::string& prefix) const {
    require(!std::holds_alternative<MapsSideBySide>(map.kind()),
            "class map: members",
            "single maps",
            "maps side by side");
    require_above_zero(double{member.weight}, "class map: weight");
    const Checker checker(model_, kind_, where_, prefix);
    checker.check_single_map(map, member.metric);
    if (member.centre.empty()) return;
    require(sum == Metric::kDot && member.metric == Metric::kEuclidean,
            prefix + "midpoint",
            "none but of a distance among products",
            "one");
    require_vector(member.centre, map.prototype_dim(), prefix + "midpoint");
  }

  void check_single_map(const ClassMap& map, Metric metric) const {
    if (map.join()) check_join(map);
    if (map.hub_correction()) check_hub_correction(map, metric);
    if (const Network* network = map.network()) {
      require_finite(network->parameters(), finite_kind(), where_ + ": parameters");
      return;
    }
    for (const ClassInput& input : map.inputs()) {
      require(input.dim >= 1, "class map: dim", "at least 1", std::to_string(input.dim));
    }
    if (const auto* kernel = std::get_if<KernelMap>(&map.kind())) return check_kernel_map(*kernel);
    if (const auto* mlp = std::get_if<MlpMap>(&map.kind())) return check_mlp(*mlp);
    const auto* linear = std::get_if<LinearMap>(&map.kind());
    if (linear == nullptr) return;
    require(linear->weight.rows() >= 1, "class map: weight", "at least one row", "none");
    require_shape(linear->weight, linear->weight.rows(), linear->input.dim, named("weight"));
    require_vector(linear->bias, linear->weight.rows(), named("bias"));
  }

  void check_hub_correction(const ClassMap& map, Metric metric) const {
    const HubCorrection& hubs = *map.hub_correction();
    require(hubs.metric == metric,
            "hub correction: metric",
            std::string(to_string(metric)),
            std::string(to_string(hubs.metric)));
    require_above_zero(double{hubs.term.weight}, "hub correction: weight");
    const Index size = hubs.term.seen.rows();
    require_shape(hubs.term.seen, size, map.prototype_dim(), named("bank"));
    require(hubs.term.nearest >= 1 && hubs.term.nearest <= size,
            "hub correction: nearest",
            concat("a number of 1 .. ", size),
            std::to_string(hubs.term.nearest));
  }

  // Of spaces with names of their own, whose joined description is the one that the map takes.
  void check_join(const ClassMap& map_of_join) const {
    const SpaceJoin& join = *map_of_join.join();
    require(!join.parts.empty(), "space join", "at least one space", "none");
    constexpr Index kWidest = Index{1} << 40;  // the sum of widths must not overflow
    std::set<std::string> names;
    double sum = 0.0;
    for (const SpaceJoin::Part& part : join.parts) {
      require(names.insert(part.input.space).second,
              "space join",
              "each space once",
              part.input.space + " twice");
      require_above_zero(part.weight, "space join: weight");
      require(part.input.dim >= 1 && part.input.dim <= kWidest,
              "space join: dim",
              concat("1 .. ", kWidest),
              std::to_string(part.input.dim));
      sum += part.weight;
    }
    constexpr double kSlack = 1e-6;
    require(std::abs(sum - 1.0) <= kSlack, "space join", "weights of sum 1", concat(sum));
    const ClassMap::Kind& kind = map_of_join.kind();
    const ClassInput joined = join.joined();
    const auto takes = [&](const auto& map) {
      if constexpr (requires { map.input; }) {
        return map.input.space == joined.space && map.input.dim == joined.dim;
      }
      return false;  // a network takes its spaces one by one
    };
    require(std::visit(takes, kind),
            "space join",
            concat("a class map that takes ", joined.space, ", ", joined.dim, " wide"),
            map_of_join.to_string());
  }

  void check_mlp(const MlpMap& map) const {
    require(!map.layers.empty(), "class map: layers", "at least one", "none");
    Index in = map.input.dim;
    for (std::size_t i = 0; i < map.layers.size(); ++i) {
      const MlpLayer& layer = map.layers[i];
      const std::string name = named(std::to_string(i));
      require(layer.weight.rows() >= 1, name + ".weight", "at least one row", "none");
      require_shape(layer.weight, layer.weight.rows(), in, name + ".weight");
      require_vector(layer.bias, layer.weight.rows(), name + ".bias");
      in = layer.weight.rows();
    }
  }

  void check_kernel_map(const KernelMap& map) const {
    const auto support = static_cast<Index>(map.names.size());
    const Index q = map.basis.rows();
    check_names(map.names);
    check_kernel(map.kernel, map.input.dim);
    const Index d = map.basis.cols();
    const bool has_score = d > 0 || (map.gaussian && !map.hub);
    require(q > 0 && has_score,
            named("basis"),
            "a row and a column at least, or a gaussian term alone",
            concat("[", q, ", ", d, "]"));
    require_unit_rows(map.support, support, map.input.dim, named("support"));
    require_shape(map.coefficients, d > 0 ? support : 0, d > 0 ? q : 0, named("coefficients"));
    require_shape(map.own, d > 0 ? support : 0, d > 0 ? q : 0, named("own"));
    require_shape(map.basis, q, d, named("basis"));
    if (map.hub) check_hub(*map.hub, support, q);
    if (map.gaussian) check_gaussian(*map.gaussian, support, q);
  }

  // Of a kernel map's support classes.
  void check_names(const std::vector<std::string>& names) const {
    require(!names.empty(), "class map: classes", "at least one", "none");
  }

  void check_kernel(const Kernel& kernel, Index dim) const {
    const bool centred = kernel.kind == KernelKind::kCentred;
    const std::vector<double>& centre = kernel.centre;
    require(static_cast<Index>(centre.size()) == (centred ? dim : 0),
            named("centre"),
            concat(centred ? dim : 0, " numbers"),
            std::to_string(centre.size()));
    const auto bad =
        std::find_if_not(centre.begin(), centre.end(), [](double v) { return std::isfinite(v); });
    if (bad != centre.end()) {
      throw Error(finite_kind(),
                  concat(where_,
                         ": ",
                         named("centre"),
                         ": expected finite numbers, got ",
                         *bad,
                         " at position ",
                         bad - centre.begin()));
    }
    require_above_zero(kernel.scale, "class map: kernel.scale");
  }

  void check_hub(const HubTerm& hub, Index support, Index q) const {
    require_above_zero(double{hub.weight}, "class map: hub.weight");
    require(hub.nearest >= 1 && hub.nearest <= support,
            "class map: hub.nearest",
            concat("a number of 1 .. ", support),
            std::to_string(hub.nearest));
    require_unit_rows(hub.seen, support, q, named("hub.seen"));
  }

  void check_gaussian(const GaussianTerm& term, Index support, Index q) const {
    require_above_zero(double{term.weight}, "class map: gaussian.weight");
    require_above_zero(term.unit_variance, "class map: gaussian.unit_variance");
    require_not_below_zero(term.ridge, "class map: gaussian.ridge");
    require_not_below_zero(term.strength, "class map: gaussian.strength");
    require_not_below_zero(term.exponent, "class map: gaussian.exponent");
    const Index rank = std::clamp<Index>(term.root.cols(), 1, support);
    require_shape(term.root, support, rank, named("gaussian.root"));
    require_shape(term.coefficients, support, q, named("gaussian.coefficients"));
    require_shape(term.own_mean, support, q, named("gaussian.own_mean"));
    require_shape(term.own_variance, support, q, named("gaussian.own_variance"));
    require_vector(term.residual, q, named("gaussian.residual"));
    for (const float residual : term.residual) {
      require_not_below_zero(double{residual}, named("gaussian.residual"));
    }
    for (Index i = 0; i < term.own_variance.size(); ++i) {
      require_above_zero(double{term.own_variance.data()[i]}, named("gaussian.own_variance"));
    }
    require_not_below_zero(term.log_determinant, "class map: gaussian.log_determinant");
    if (term.share.empty()) return;
    require_shape(term.share, rank, q, named("gaussian.share"));
    for (Index i = 0; i < term.share.size(); ++i) {
      require_not_below_zero(double{term.share.data()[i]}, named("gaussian.share"));
    }
  }

  void require_above_zero(double value, const std::string& field) const {
    require(std::isfinite(value) && value > 0.0, field, "a finite number above 0", concat(value));
  }

  void require_not_below_zero(double value, const std::string& field) const {
    require(std::isfinite(value) && value >= 0.0,
            field,
            "a finite number of at least 0",
            concat(value));
  }

  // Rows of norm 1 or 0, up to rounding.
  void require_unit_rows(MatrixView<const float> values,
                         Index rows,
                         Index cols,
                         const std::string& field) const {
    constexpr double kSlack = 1e-3;
    require_shape(values, rows, cols, field);
    for (Index i = 0; i < rows; ++i) {
      const double norm = squared_norm(values.row(i));
      require(norm == 0.0 || std::abs(norm - 1.0) <= kSlack,
              concat(field, ": row ", i),
              "a norm of 1 or 0",
              concat(std::sqrt(norm)));
    }
  }

  void check_inputs() const {
    const ClassTable& classes = model_.classes;
    for (const ClassInput& input : model_.class_map.inputs()) {
      const auto found = std::find(classes.spaces.begin(), classes.spaces.end(), input.space);
      require(found != classes.spaces.end(),
              "classes: spaces",
              concat("\"", input.space, "\", which the class map takes"),
              classes.spaces.empty() ? "none" : join(classes.spaces));
      const auto i = static_cast<std::size_t>(found - classes.spaces.begin());
      const Index dim = classes.embeddings[i].cols();
      require(dim == input.dim,
              "classes." + input.space,
              concat("width ", input.dim, " as the class map takes"),
              std::to_string(dim));
    }
  }

  void require_vector(const std::vector<float>& values,
                      Index width,
                      const std::string& field) const {
    require(static_cast<Index>(values.size()) == width,
            field,
            concat(width, " numbers"),
            std::to_string(values.size()));
    require_finite(values, finite_kind(), concat(where_, ": ", field));
  }

  void check_side_by_side(const SideBySide& step, const std::string& name, int depth) const {
    require(!step.maps.empty(), name, "a map at least", "none");
    require(depth < kDeepestMaps,
            name,
            concat("maps side by side at most ", kDeepestMaps, " deep"),
            "more");
    for (std::size_t m = 0; m < step.maps.size(); ++m) {
      check_steps(step.maps[m], concat(name, ".", m), depth + 1);
    }
  }

  void check_steps(const FeatureMap& map, const std::string& name, int depth) const {
    const auto& steps = map.steps();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      check_step(steps[i], concat(name, ".", i), depth);
    }
  }

  void check_step(const FeatureMap::Step& step, const std::string& name, int depth) const {
    if (std::holds_alternative<WithSquares>(step)) return;
    if (const auto* side_by_side = std::get_if<SideBySide>(&step)) {
      return check_side_by_side(*side_by_side, name, depth);
    }
    if (const auto* affine = std::get_if<AffineMap>(&step)) {
      require(!affine->weight.empty(), name + ".weight", "a row and a column at least", "none");
      require_shape(affine->weight, affine->weight.rows(), affine->weight.cols(), name + ".weight");
      return require_vector(affine->bias, affine->weight.rows(), name + ".bias");
    }
    if (const auto* power = std::get_if<PowerMap>(&step)) {
      const bool good = std::isfinite(power->exponent) && power->exponent > 0.0f;
      return require(good, name + ".exponent", "a finite number above 0", concat(power->exponent));
    }
    const auto& scaling = std::get<FeatureScaling>(step);
    const bool fitted =
        scaling.kind == ScalingKind::kMinMax || scaling.kind == ScalingKind::kStandard;
    const Index width = fitted ? static_cast<Index>(scaling.shift.size()) : 0;
    require(!fitted || width > 0, name + ".shift", "a number a feature dimension", "none");
    require_vector(scaling.shift, width, name + ".shift");
    require_vector(scaling.factor, width, name + ".factor");
  }

  void check_feature_map() const {
    check_steps(model_.feature_map, "feature_map", 0);
    const Index expected = model_.class_map.prototype_dim();
    Index got = 0;
    try {
      got = model_.feature_map.output_dim(model_.feature_dim());
    } catch (const Error& error) {
      throw Error(kind_, concat(where_, ": feature_map: ", error.what()));
    }
    require(got == expected,
            "feature_map",
            concat(expected, " dimensions, as the prototypes have"),
            std::to_string(got));
  }

  void check_prototypes() const {
    const Index count = model_.classes.size();
    const Prototypes& prototypes = model_.prototypes;
    require_shape(prototypes.rows, count, model_.class_map.prototype_dim(), "prototypes");
    if (!prototypes.scale.empty()) require_vector(prototypes.scale, count, "prototypes.scale");
    if (!prototypes.offset.empty()) require_vector(prototypes.offset, count, "prototypes.offset");
    for (const float scale : prototypes.scale) {
      require(scale > 0.0f, "prototypes.scale", "numbers above 0", concat(scale));
    }
  }

  // In a file they are bad data; in memory, the result of a computation.
  [[nodiscard]] ErrorKind finite_kind() const {
    return kind_ == ErrorKind::kFormat ? kind_ : ErrorKind::kNumerical;
  }

  const Model& model_;
  ErrorKind kind_;
  const std::string& where_;
  std::string prefix_;
};

}  // namespace

void check_model(const Model& model, ErrorKind kind, const std::string& where) {
  Checker(model, kind, where).check();
}

void require_finite(std::span<const float> values, ErrorKind kind, const std::string& where) {
  const auto found = std::find_if_not(
      values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  if (found == values.end()) return;
  throw Error(kind,
              concat(where,
                     ": expected finite numbers, got ",
                     *found,
                     " at position ",
                     found - values.begin()));
}

}  // namespace dem
