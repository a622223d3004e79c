#include "dem/exchange/model_file.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "exchange/file_metadata.h"
#include "exchange/model_checks.h"
#include "exchange/model_json.h"
#include "exchange/named_tensors.h"
#include "io/safetensors.h"

namespace dem {
namespace {

std::string embeddings_name(const std::string& space) {
  return "classes." + space;
}

Facts model_facts(const Model& model) {
  Facts facts = start_facts(kModelFormat);
  facts["network"] = network_to_json(model.network.spec());
  facts["classes"] = class_table_to_json(model.classes);
  facts["scaling"] = to_string(model.scaling.kind);
  facts["metric"] = to_string(model.metric);
  if (model.temperature > 0.0f) facts["temperature"] = exact_text(double{model.temperature});
  facts["float16_unseen_embeddings"] = model.float16_unseen_embeddings ? "true" : "false";
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

// Windows on the model's numbers.
std::vector<RawTensor> model_tensors(const Model& model) {
  std::vector<RawTensor> tensors;
  add_layers(layer_tensors(model.network.spec()), "", model.network.parameters(), tensors);
  for (std::size_t i = 0; i < model.classes.spaces.size(); ++i) {
    tensors.push_back(
        matrix_tensor(embeddings_name(model.classes.spaces[i]), model.classes.embeddings[i]));
  }
  if (model.classes.size() > 0) tensors.push_back(matrix_tensor("prototypes", model.prototypes));
  if (!model.scaling.shift.empty()) {
    tensors.push_back(vector_tensor("scaling.shift", model.scaling.shift));
    tensors.push_back(vector_tensor("scaling.factor", model.scaling.factor));
  }
  return tensors;
}

class ModelReader {
 public:
  explicit ModelReader(const std::string& path)
      : file_(require_safetensors(path)), metadata_(*file_, kModelFormat), tensors_(*file_) {}

  Model read() {
    Model model;
    model.network = read_network();
    model.classes = class_table_from_json(metadata_.text("classes"), metadata_.where("classes"));
    for (const std::string& space : model.classes.spaces) {
      model.classes.embeddings.push_back(read_matrix(embeddings_name(space)));
    }
    if (model.classes.size() > 0) model.prototypes = read_matrix("prototypes");
    model.scaling = read_scaling(model.network.spec().feature_dim);
    model.metric = named<Metric>("metric", metric_from_string);
    model.float16_unseen_embeddings = metadata_.flag("float16_unseen_embeddings");
    if (metadata_.has("temperature")) {
      model.temperature = static_cast<float>(metadata_.real("temperature"));
    }
    model.provenance = metadata_.with_prefix("provenance");
    tensors_.require_all_read();
    check_model(model, ErrorKind::kFormat, file_->path());
    return model;
  }

 private:
  Network read_network() {
    const NetworkSpec spec =
        network_from_json(metadata_.text("network"), metadata_.where("network"));
    const std::vector<float> parameters = tensors_.read_layers(layers_of(spec), "");
    Network network(spec);
    std::copy(parameters.begin(), parameters.end(), network.parameters().begin());
    return network;
  }

  [[nodiscard]] std::vector<LayerTensor> layers_of(const NetworkSpec& spec) const {
    try {
      return layer_tensors(spec);
    } catch (const Error& error) {
      throw Error(ErrorKind::kFormat, concat(metadata_.where("network"), ": ", error.what()));
    }
  }

  Matrix<float> read_matrix(const std::string& name) {
    const std::vector<Index>& shape = tensors_.shape(name);
    if (shape.size() != 2) tensors_.require_shape(name, {-1, -1});
    Matrix<float> values = Matrix<float>::uninitialised(shape[0], shape[1]);
    tensors_.read(name, {values.data(), static_cast<std::size_t>(values.size())});
    return values;
  }

  FeatureScaling read_scaling(Index feature_dim) {
    FeatureScaling scaling;
    scaling.kind = named<ScalingKind>("scaling", scaling_kind_from_string);
    if (scaling.kind == ScalingKind::kNone || scaling.kind == ScalingKind::kL2) return scaling;
    for (const auto& [name, values] : {std::pair("scaling.shift", &scaling.shift),
                                       std::pair("scaling.factor", &scaling.factor)}) {
      tensors_.require_shape(name, {feature_dim});
      values->resize(static_cast<std::size_t>(feature_dim));
      tensors_.read(name, *values);
    }
    return scaling;
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
  model.network.spec().validate();
  check_model(model, ErrorKind::kInvalidArgument, path);
  write_safetensors(path, model_tensors(model), model_facts(model));
}

Model load_model(const std::string& path) {
  return ModelReader(path).read();
}

Model Model::load(const std::string& path) {
  const std::filesystem::path given(path);
  return load_model(std::filesystem::is_directory(given) ? (given / "model.safetensors").string()
                                                         : path);
}

}  // namespace dem
