#include "dem/model/class_map.h"

#include <algorithm>
#include <span>

#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/blas.h"
#include "model/class_rows.h"

namespace dem {
namespace {

void check_table(const ClassTable& classes) {
  if (classes.spaces.size() != classes.embeddings.size() ||
      classes.names.size() != classes.seen.size()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("class table: expected an array a space and a flag a name, got ",
                       classes.embeddings.size(),
                       " arrays for ",
                       classes.spaces.size(),
                       " spaces and ",
                       classes.seen.size(),
                       " flags for ",
                       classes.names.size(),
                       " names"));
  }
}

Matrix<float> with_rounded_unseen_rows(MatrixView<const float> embeddings,
                                       const std::vector<bool>& seen) {
  Matrix<float> rounded = Matrix<float>::uninitialised(embeddings.rows(), embeddings.cols());
  for (Index c = 0; c < embeddings.rows(); ++c) {
    const std::span<const float> from = embeddings.row(c);
    if (seen[static_cast<std::size_t>(c)]) {
      std::copy(from.begin(), from.end(), rounded.row(c).begin());
    } else {
      std::transform(from.begin(), from.end(), rounded.row(c).begin(), round_to_float16);
    }
  }
  return rounded;
}

Prototypes mapped_by(const NetworkMap& map, const ClassTable& classes) {
  return {class_prototypes(map.network, classes, map.float16_unseen_embeddings)};
}

Prototypes mapped_by(const LinearMap& map, const ClassTable& classes) {
  const Matrix<float> rows = taken_rows(map.input, map.unit_rows, classes);
  Matrix<float> out = Matrix<float>::uninitialised(rows.rows(), map.weight.rows());
  for (Index c = 0; c < out.rows(); ++c) {
    std::copy(map.bias.begin(), map.bias.end(), out.row(c).begin());
  }
  gemm(Transpose::kNo, Transpose::kYes, 1.0f, rows, map.weight, 1.0f, out);
  return {std::move(out)};
}

Prototypes mapped_by(const IdentityMap& map, const ClassTable& classes) {
  return {taken_rows(map.input, map.unit_rows, classes)};
}

Prototypes mapped_by(const KernelMap& map, const ClassTable& classes) {
  return map.prototypes(rows_in(map.input, classes), classes.names);
}

Prototypes mapped_by(const MlpMap& map, const ClassTable& classes) {
  return {map.forward(taken_rows(map.input, map.unit_rows, classes))};
}

Prototypes mapped_by(const MapsSideBySide& maps, const ClassTable& classes) {
  return maps.mapped(classes);
}

ClassMap clone_of(const NetworkMap& map) {
  return ClassMap(NetworkMap{map.network.clone(), map.float16_unseen_embeddings});
}

ClassMap clone_of(const LinearMap& map) {
  return ClassMap(LinearMap{map.input, map.unit_rows, map.weight.clone(), map.bias});
}

ClassMap clone_of(const IdentityMap& map) {
  return ClassMap(map);
}

ClassMap clone_of(const KernelMap& map) {
  return ClassMap(map.clone());
}

ClassMap clone_of(const MlpMap& map) {
  return ClassMap(map.clone());
}

ClassMap clone_of(const MapsSideBySide& maps) {
  return ClassMap(maps.clone());
}

std::string text_of(const MapsSideBySide& maps) {
  std::vector<std::string> texts;
  for (std::size_t m = 0; m < maps.maps.size(); ++m) {
    const SummedScore& member = maps.members[m];
    texts.push_back(
        concat(maps.maps[m].to_string(), " ", to_string(member.metric), " x ", member.weight));
  }
  return concat("side by side (", join(texts, " | "), ")");
}

// Every space once.
std::vector<ClassInput> inputs_of(const MapsSideBySide& maps) {
  std::vector<ClassInput> inputs;
  for (const ClassMap& map : maps.maps) {
    for (const ClassInput& input : map.inputs()) {
      const bool is_known = std::any_of(inputs.begin(), inputs.end(), [&](const auto& known) {
        return known.space == input.space && known.dim == input.dim;
      });
      if (!is_known) inputs.push_back(input);
    }
  }
  return inputs;
}

std::string kind_text(const ClassMap& map_of_kind) {
  const ClassMap::Kind& kind = map_of_kind.kind();
  if (const auto* map = std::get_if<LinearMap>(&kind)) {
    return concat("linear ", map->input.dim, " -> ", map->weight.rows());
  }
  if (const auto* map = std::get_if<IdentityMap>(&kind)) {
    return concat("identity ", map->input.dim);
  }
  if (const auto* map = std::get_if<KernelMap>(&kind)) {
    return concat("kernel ",
                  to_string(map->kernel.kind),
                  ", ",
                  map->names.size(),
                  " classes of ",
                  map->input.dim,
                  " -> ",
                  map->prototype_dim());
  }
  if (const auto* map = std::get_if<MlpMap>(&kind)) return concat("mlp ", map->to_string());
  if (const auto* maps = std::get_if<MapsSideBySide>(&kind)) return text_of(*maps);
  return concat("network ", map_of_kind.network()->spec().to_string());
}

}  // namespace

Matrix<float> class_prototypes(const Network& network,
                               const ClassTable& classes,
                               bool float16_unseen_embeddings) {
  check_table(classes);
  std::vector<Matrix<float>> rounded;
  std::vector<MatrixView<const float>> inputs;
  for (const NetworkInput& input : network.spec().inputs) {
    inputs.push_back(rows_in({input.space, input.dim}, classes));
    if (float16_unseen_embeddings) {
      rounded.push_back(with_rounded_unseen_rows(inputs.back(), classes.seen));
      inputs.back() = rounded.back();
    }
  }
  return network.forward(inputs);
}

const Network* ClassMap::network() const {
  const auto* map = std::get_if<NetworkMap>(&kind_);
  return map != nullptr ? &map->network : nullptr;
}

ClassMap ClassMap::clone() const {
  ClassMap copy = std::visit([](const auto& map) { return clone_of(map); }, kind_);
  copy.join_ = join_;
  if (hubs_) copy.hubs_ = hubs_->clone();
  return copy;
}

std::vector<ClassInput> ClassMap::inputs() const {
  if (join_) return join_->inputs();
  if (const auto* map = std::get_if<LinearMap>(&kind_)) return {map->input};
  if (const auto* map = std::get_if<IdentityMap>(&kind_)) return {map->input};
  if (const auto* map = std::get_if<KernelMap>(&kind_)) return {map->input};
  if (const auto* map = std::get_if<MlpMap>(&kind_)) return {map->input};
  if (const auto* maps = std::get_if<MapsSideBySide>(&kind_)) return inputs_of(*maps);
  std::vector<ClassInput> inputs;
  for (const NetworkInput& input : network()->spec().inputs) {
    inputs.push_back({input.space, input.dim});
  }
  return inputs;
}

std::vector<std::string> ClassMap::spaces() const {
  std::vector<std::string> names;
  for (const ClassInput& input : inputs()) names.push_back(input.space);
  return names;
}

Index ClassMap::prototype_dim() const {
  if (const auto* map = std::get_if<LinearMap>(&kind_)) return map->weight.rows();
  if (const auto* map = std::get_if<IdentityMap>(&kind_)) return map->input.dim;
  if (const auto* map = std::get_if<KernelMap>(&kind_)) return map->prototype_dim();
  if (const auto* map = std::get_if<MlpMap>(&kind_)) return map->prototype_dim();
  if (const auto* maps = std::get_if<MapsSideBySide>(&kind_)) return maps->prototype_dim();
  return network()->spec().feature_dim;
}

Prototypes ClassMap::mapped(const ClassTable& classes) const {
  check_table(classes);
  const auto mapped = [](const Kind& kind, const ClassTable& table) {
    return std::visit([&](const auto& map) { return mapped_by(map, table); }, kind);
  };
  Prototypes out = join_ ? mapped(kind_, join_->table(classes)) : mapped(kind_, classes);
  if (!hubs_) return out;
  const std::vector<double> of_hubs = hubs_->of(out.rows);
  out.offset.resize(of_hubs.size(), 0.0f);
  for (std::size_t c = 0; c < of_hubs.size(); ++c) {
    out.offset[c] = static_cast<float>(double{out.offset[c]} - of_hubs[c]);
  }
  return out;
}

Matrix<float> ClassMap::prototypes(const ClassTable& classes) const {
  return std::move(mapped(classes).rows);
}

std::string ClassMap::to_string() const {
  std::string text = kind_text(*this);
  if (join_) text += concat(" of ", join_->to_string());
  if (hubs_) text += concat(" less ", hubs_->to_string());
  return text;
}

}  // namespace dem
