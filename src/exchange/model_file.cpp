#include "dem/exchange/model_file.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "exchange/file_metadata.h"
#include "exchange/model_checks.h"
#include "exchange/model_json.h"
#include "exchange/named_tensors.h"
#include "io/safetensors.h"

namespace dem {
namespace {

constexpr const char* kClassMapPrefix = "class_map.";

std::string embeddings_name(const std::string& space) {
  return "classes." + space;
}

Facts model_facts(const Model& model) {
  Facts facts = start_facts(kModelFormat);
  facts["feature_map"] = feature_map_to_json(model.feature_map);
  facts["class_map"] = class_map_to_json(model.class_map);
  if (model.class_map.join()) facts["space_join"] = space_join_to_json(*model.class_map.join());
  if (const auto& hubs = model.class_map.hub_correction(); hubs) {
    facts["hub_correction"] = hub_correction_to_json(*hubs);
  }
  facts["metric"] = to_string(model.metric);
  facts["classes"] = class_table_to_json(model.classes);
  if (model.gamma != 0.0f) facts["gamma"] = shortest_text(double{model.gamma});
  if (model.temperature > 0.0f) facts["temperature"] = shortest_text(double{model.temperature});
  if (!model.rejection.empty()) facts["rejection"] = rejection_to_json(model.rejection);
  add_prefixed(model.provenance, "provenance", facts);
  return facts;
}

RawTensor matrix_tensor(std::string name, const Matrix<float>& values) {
  return float_tensor(std::move(name),
                      {values.rows(), values.cols()},
                      {values.data(), static_cast<std::size_t>(values.size())});
}

RawTensor vector_tensor(std::string name, const std::vector<float>& values) {
  return float_tensor(std::move(name), {static_cast<Index>(values.size())}, values);
}

// Tensors of step i are PREFIX.i.weight and the like; of a step of map m side by side, PREFIX.i.m
// is the prefix.
void add_feature_map(const FeatureMap& map,
                     const std::string& prefix,
                     std::vector<RawTensor>& tensors) {
  for (std::size_t i = 0; i < map.steps().size(); ++i) {
    const std::string name = concat(prefix, ".", i);
    if (const auto* affine = std::get_if<AffineMap>(&map.steps()[i])) {
      tensors.push_back(matrix_tensor(name + ".weight", affine->weight));
      tensors.push_back(vector_tensor(name + ".bias", affine->bias));
    } else if (const auto* scaling = std::get_if<FeatureScaling>(&map.steps()[i])) {
      if (scaling->shift.empty()) continue;
      tensors.push_back(vector_tensor(name + ".shift", scaling->shift));
      tensors.push_back(vector_tensor(name + ".factor", scaling->factor));
    } else if (const auto* side_by_side = std::get_if<SideBySide>(&map.steps()[i])) {
      for (std::size_t m = 0; m < side_by_side->maps.size(); ++m) {
        add_feature_map(side_by_side->maps[m], concat(name, ".", m), tensors);
      }
    }
  }
}

void add_kernel_map(const KernelMap& map,
                    const std::string& prefix,
                    std::vector<RawTensor>& tensors) {
  const auto add = [&](const char* name, const Matrix<float>& values) {
    tensors.push_back(matrix_tensor(concat(prefix, name), values));
  };
  add("support", map.support);
  if (map.basis.cols() > 0) {
    add("coefficients", map.coefficients);
    add("own", map.own);
    add("basis", map.basis);
  }
  if (map.kernel.kind == KernelKind::kCentred) {
    tensors.push_back({prefix + "centre",
                       ElementType::kFloat64,
                       {static_cast<Index>(map.kernel.centre.size())},
                       std::as_bytes(std::span(map.kernel.centre))});
  }
  if (map.hub) add("hub.seen", map.hub->seen);
  if (!map.gaussian) return;
  add("gaussian.root", map.gaussian->root);
  add("gaussian.coefficients", map.gaussian->coefficients);
  add("gaussian.own_mean", map.gaussian->own_mean);
  add("gaussian.own_variance", map.gaussian->own_variance);
  if (!map.gaussian->share.empty()) add("gaussian.share", map.gaussian->share);
  tensors.push_back(vector_tensor(prefix + "gaussian.residual", map.gaussian->residual));
}

void add_mlp_map(const MlpMap& map, const std::string& prefix, std::vector<RawTensor>& tensors) {
  for (std::size_t i = 0; i < map.layers.size(); ++i) {
    const std::string name = concat(prefix, i);
    tensors.push_back(matrix_tensor(name + ".weight", map.layers[i].weight));
    tensors.push_back(vector_tensor(name + ".bias", map.layers[i].bias));
  }
}

// Tensors of a class map, as PREFIX and their names; layers of a network that is the model's own
// class map have no prefix. Those of member m of maps side by side have PREFIX and "m.".
void add_class_map(const ClassMap& map,
                   const std::string& prefix,
                   const std::string& layer_prefix,
                   std::vector<RawTensor>& tensors) {
  if (map.hub_correction()) {
    tensors.push_back(matrix_tensor(prefix + "bank", map.hub_correction()->term.seen));
  }
  if (const Network* network = map.network()) {
    add_layers(layer_tensors(network->spec()), layer_prefix, network->parameters(), tensors);
  } else if (const auto* linear = std::get_if<LinearMap>(&map.kind())) {
    tensors.push_back(matrix_tensor(prefix + "weight", linear->weight));
    tensors.push_back(vector_tensor(prefix + "bias", linear->bias));
  } else if (const auto* kernel = std::get_if<KernelMap>(&map.kind())) {
    add_kernel_map(*kernel, prefix, tensors);
  } else if (const auto* mlp = std::get_if<MlpMap>(&map.kind())) {
    add_mlp_map(*mlp, prefix, tensors);
  } else if (const auto* maps = std::get_if<MapsSideBySide>(&map.kind())) {
    for (std::size_t m = 0; m < maps->maps.size(); ++m) {
      const std::string of_member = concat(prefix, m, ".");
      add_class_map(maps->maps[m], of_member, of_member, tensors);
      const std::vector<float>& centre = maps->members[m].centre;
      if (!centre.empty()) tensors.push_back(vector_tensor(of_member + "midpoint", centre));
    }
  }
}

// Windows on the model's numbers.
std::vector<RawTensor> model_tensors(const Model& model) {
  std::vector<RawTensor> tensors;
  add_class_map(model.class_map, kClassMapPrefix, "", tensors);
  add_feature_map(model.feature_map, "feature_map", tensors);
  for (std::size_t i = 0; i < model.classes.spaces.size(); ++i) {
    tensors.push_back(
        matrix_tensor(embeddings_name(model.classes.spaces[i]), model.classes.embeddings[i]));
  }
  tensors.push_back(matrix_tensor("prototypes", model.prototypes.rows));
  if (!model.prototypes.scale.empty()) {
    tensors.push_back(vector_tensor("prototypes.scale", model.prototypes.scale));
  }
  if (!model.prototypes.offset.empty()) {
    tensors.push_back(vector_tensor("prototypes.offset", model.prototypes.offset));
  }
  return tensors;
}

void check_for_saving(const Model& model, const std::string& where) {
  if (const Network* network = model.class_map.network()) network->spec().validate();
  check_model(model, ErrorKind::kInvalidArgument, where);
}

class ModelReader {
 public:
  explicit ModelReader(std::unique_ptr<SafetensorsFile> file)
      : file_(std::move(file)), metadata_(*file_, kModelFormat), tensors_(*file_) {}

  Model read() {
    Model model;
    if (metadata_.version() == 1) {
      read_slots_of_format_1(model);
    } else {
      model.class_map = read_class_map();
      if (metadata_.has("space_join")) {
        model.class_map.set_join(
            space_join_from_json(metadata_.text("space_join"), metadata_.where("space_join")));
      }
      if (metadata_.has("hub_correction")) {
        model.class_map.set_hub_correction(
            with_bank(hub_correction_from_json(metadata_.text("hub_correction"),
                                               metadata_.where("hub_correction")),
                      kClassMapPrefix));
      }
      model.feature_map = read_feature_map(
          feature_map_from_json(metadata_.text("feature_map"), metadata_.where("feature_map")),
          "feature_map");
      read_scales(model.prototypes);
    }
    model.classes = class_table_from_json(metadata_.text("classes"), metadata_.where("classes"));
    for (const std::string& space : model.classes.spaces) {
      model.classes.embeddings.push_back(read_matrix(embeddings_name(space)));
    }
    model.prototypes.rows = read_matrix("prototypes");
    model.metric = named<Metric>("metric", metric_from_string);
    if (metadata_.has("gamma")) model.gamma = static_cast<float>(metadata_.real("gamma"));
    if (metadata_.has("temperature")) {
      model.temperature = static_cast<float>(metadata_.real("temperature"));
    }
    if (metadata_.has("rejection")) {
      model.rejection =
          rejection_from_json(metadata_.text("rejection"), metadata_.where("rejection"));
    }
    model.provenance = metadata_.with_prefix("provenance");
    tensors_.require_all_read();
    check_model(model, ErrorKind::kFormat, file_->path());
    return model;
  }

 private:
  // Format 1 knew a network behind one scaling.
  void read_slots_of_format_1(Model& model) {
    const NetworkSpec spec =
        network_from_json(metadata_.text("network"), metadata_.where("network"));
    model.class_map =
        ClassMap(NetworkMap{read_network(spec, ""), metadata_.flag("float16_unseen_embeddings")});
    FeatureScaling scaling;
    scaling.kind = named<ScalingKind>("scaling", scaling_kind_from_string);
    read_scaling("scaling", scaling);
    model.feature_map = FeatureMap(std::move(scaling));
  }

  ClassMap read_class_map() {
    ClassMapSpec spec =
        class_map_from_json(metadata_.text("class_map"), metadata_.where("class_map"));
    if (spec.maps.empty()) return read_single_map(std::move(spec), kClassMapPrefix, "");
    MapsSideBySide maps;
    for (std::size_t m = 0; m < spec.maps.size(); ++m) {
      const std::string prefix = concat(kClassMapPrefix, m, ".");
      ClassMapSpec::Member& member = spec.members[m];
      maps.maps.push_back(read_single_map(std::move(spec.maps[m]), prefix, prefix));
      if (member.join) maps.maps.back().set_join(std::move(*member.join));
      if (member.hubs) {
        maps.maps.back().set_hub_correction(with_bank(std::move(*member.hubs), prefix));
      }
      if (member.is_centred) member.score.centre = read_vector(prefix + "midpoint");
      maps.members.push_back(std::move(member.score));
    }
    return ClassMap(std::move(maps));
  }

  HubCorrection with_bank(HubCorrection hubs, const std::string& prefix) {
    const std::string name = prefix + "bank";
    Matrix<float> bank = read_matrix(name);
    tensors_.require_shape(name, {hubs.term.seen.rows(), bank.cols()});  // which the map decides
    hubs.term.seen = std::move(bank);
    return hubs;
  }

  // The prefixes as add_class_map() has them.
  ClassMap read_single_map(ClassMapSpec spec,
                           const std::string& prefix,
                           const std::string& layer_prefix) {
    if (spec.kind == "network") {
      return ClassMap(
          NetworkMap{read_network(spec.network, layer_prefix), spec.float16_unseen_embeddings});
    }
    if (spec.kind == "identity") return ClassMap(IdentityMap{spec.input, spec.unit_rows});
    if (spec.kind == "kernel") return ClassMap(read_kernel_map(std::move(spec), prefix));
    if (spec.kind == "mlp") return ClassMap(read_mlp_map(spec, prefix));
    LinearMap map{spec.input,
                  spec.unit_rows,
                  read_matrix(prefix + "weight", spec.prototype_dim, spec.input.dim),
                  {}};
    map.bias = read_vector(prefix + "bias");
    return ClassMap(std::move(map));
  }

  KernelMap read_kernel_map(ClassMapSpec spec, const std::string& prefix) {
    KernelMap map = std::move(spec.kernel);
    const auto support = static_cast<Index>(map.names.size());
    const Index q = spec.coordinates;
    map.support = read_matrix(prefix + "support", support, map.input.dim);
    if (spec.feature_dim > 0) {
      map.coefficients = read_matrix(prefix + "coefficients", support, q);
      map.own = read_matrix(prefix + "own", support, q);
      map.basis = read_matrix(prefix + "basis", q, spec.feature_dim);
    } else {
      map.basis = Matrix<float>(q, 0);
    }
    if (map.kernel.kind == KernelKind::kCentred) {
      map.kernel.centre = tensors_.read_doubles(prefix + "centre", map.input.dim);
    }
    if (map.hub) map.hub->seen = read_matrix(prefix + "hub.seen", support, q);
    if (!map.gaussian) return map;
    map.gaussian->root = read_matrix(prefix + "gaussian.root");
    map.gaussian->coefficients = read_matrix(prefix + "gaussian.coefficients", support, q);
    map.gaussian->own_mean = read_matrix(prefix + "gaussian.own_mean", support, q);
    map.gaussian->own_variance = read_matrix(prefix + "gaussian.own_variance", support, q);
    map.gaussian->residual = read_vector(prefix + "gaussian.residual");
    if (spec.has_share) {
      map.gaussian->share = read_matrix(prefix + "gaussian.share", map.gaussian->root.cols(), q);
    }
    return map;
  }

  MlpMap read_mlp_map(const ClassMapSpec& spec, const std::string& prefix) {
    MlpMap map{spec.input, spec.unit_rows, {}};
    Index in = spec.input.dim;
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
      const std::string name = concat(prefix, i);
      const auto& [out, activation] = spec.layers[i];
      MlpLayer layer{read_matrix(name + ".weight", out, in), {}, activation};
      layer.bias = read_vector(name + ".bias");
      map.layers.push_back(std::move(layer));
      in = out;
    }
    return map;
  }

  FeatureMap read_feature_map(const std::vector<FeatureStepSpec>& steps,
                              const std::string& prefix) {
    FeatureMap filled;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto& [step, in, out, maps] = steps[i];
      const std::string name = concat(prefix, ".", i);
      if (std::holds_alternative<AffineMap>(step)) {
        AffineMap affine{read_matrix(name + ".weight", out, in), {}};
        affine.bias = read_vector(name + ".bias");
        filled.add(std::move(affine));
      } else if (const auto* scaling = std::get_if<FeatureScaling>(&step)) {
        FeatureScaling read = *scaling;
        read_scaling(name, read);
        filled.add(std::move(read));
      } else if (std::holds_alternative<WithSquares>(step)) {
        filled.add(WithSquares{});
      } else if (std::holds_alternative<SideBySide>(step)) {
        filled.add(read_side_by_side(maps, name));
      } else {
        filled.add(std::get<PowerMap>(step));
      }
    }
    return filled;
  }

  SideBySide read_side_by_side(const std::vector<std::vector<FeatureStepSpec>>& maps,
                               const std::string& name) {
    SideBySide filled;
    for (std::size_t m = 0; m < maps.size(); ++m) {
      filled.maps.push_back(read_feature_map(maps[m], concat(name, ".", m)));
    }
    return filled;
  }

  void read_scales(Prototypes& prototypes) {
    if (file_->find("prototypes.scale") != nullptr) {
      prototypes.scale = read_vector("prototypes.scale");
    }
    if (file_->find("prototypes.offset") != nullptr) {
      prototypes.offset = read_vector("prototypes.offset");
    }
  }

  Network read_network(const NetworkSpec& spec, const std::string& prefix) {
    const std::vector<float> parameters = tensors_.read_layers(layers_of(spec), prefix);
    Network network(spec);
    std::copy(parameters.begin(), parameters.end(), network.parameters().begin());
    return network;
  }

  [[nodiscard]] std::vector<LayerTensor> layers_of(const NetworkSpec& spec) const {
    try {
      return layer_tensors(spec);
    } catch (const Error& error) {
      const char* field = metadata_.version() == 1 ? "network" : "class_map";
      throw Error(ErrorKind::kFormat, concat(metadata_.where(field), ": ", error.what()));
    }
  }

  Matrix<float> read_matrix(const std::string& name) {
    const std::vector<Index>& shape = tensors_.shape(name);
    if (shape.size() != 2) tensors_.require_shape(name, {-1, -1});
    Matrix<float> values = Matrix<float>::uninitialised(shape[0], shape[1]);
    tensors_.read(name, {values.data(), static_cast<std::size_t>(values.size())});
    return values;
  }

  Matrix<float> read_matrix(const std::string& name, Index rows, Index cols) {
    tensors_.require_shape(name, {rows, cols});
    return read_matrix(name);
  }

  std::vector<float> read_vector(const std::string& name) {
    const std::vector<Index>& shape = tensors_.shape(name);
    if (shape.size() != 1) tensors_.require_shape(name, {-1});
    std::vector<float> values(static_cast<std::size_t>(shape[0]));
    tensors_.read(name, values);
    return values;
  }

  // Shift and factor of a kind that has them.
  void read_scaling(const std::string& name, FeatureScaling& scaling) {
    if (scaling.kind == ScalingKind::kNone || scaling.kind == ScalingKind::kL2) return;
    scaling.shift = read_vector(name + ".shift");
    scaling.factor = read_vector(name + ".factor");
  }

  // A field that names one of a few choices.
  template <typename T>
  T named(const char* key, T (*from_string)(std::string_view)) const {
    try {
      return from_string(metadata_.text(key));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kFormat) throw;
      throw Error(ErrorKind::kFormat, concat(metadata_.where(key), ": ", error.what()));
    }
  }

  std::unique_ptr<SafetensorsFile> file_;
  FileMetadata metadata_;
  TensorReader tensors_;
};

}  // namespace

void save_model(const Model& model, const std::string& path) {
  check_for_saving(model, path);
  write_safetensors(path, model_tensors(model), model_facts(model));
}

Model load_model(const std::string& path) {
  return ModelReader(require_safetensors(path)).read();
}

std::string model_to_bytes(const Model& model) {
  const std::string where = "model";
  check_for_saving(model, where);
  return safetensors_bytes(where, model_tensors(model), model_facts(model));
}

Model model_from_bytes(std::span<const std::byte> bytes) {
  return ModelReader(std::make_unique<SafetensorsFile>("model in memory", bytes)).read();
}

Model Model::load(const std::string& path) {
  const std::filesystem::path given(path);
  return load_model(std::filesystem::is_directory(given) ? (given / "model.safetensors").string()
                                                         : path);
}

}  // namespace dem
