#include "dem/model/class_map.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/blas.h"
#include "linalg/double_sums.h"

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

// The table's descriptions in a space, [num_classes, dim].
MatrixView<const float> embeddings_in(const std::string& space,
                                      Index dim,
                                      const ClassTable& classes) {
  const Matrix<float>& embeddings = classes.space(space);
  if (embeddings.rows() != classes.size() || embeddings.cols() != dim) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("class table, space \"",
                       space,
                       "\": expected [",
                       classes.size(),
                       ", ",
                       dim,
                       "], got [",
                       embeddings.rows(),
                       ", ",
                       embeddings.cols(),
                       "]"));
  }
  return embeddings;
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

// Descriptions as a map of one input takes them, but for kernel maps.
Matrix<float> taken_rows(const ClassInput& input, bool unit_rows, const ClassTable& classes) {
  const MatrixView<const float> rows = embeddings_in(input.space, input.dim, classes);
  Matrix<float> taken = Matrix<float>::uninitialised(rows.rows(), rows.cols());
  for (Index c = 0; c < rows.rows(); ++c) {
    const std::span<const float> from = rows.row(c);
    const double norm = unit_rows ? std::sqrt(squared_norm(from)) : 1.0;
    const double divisor = norm > 0.0 ? norm : 1.0;
    std::transform(from.begin(), from.end(), taken.row(c).begin(), [divisor](float value) {
      return static_cast<float>(double{value} / divisor);
    });
  }
  return taken;
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
  return map.prototypes(embeddings_in(map.input.space, map.input.dim, classes), classes.names);
}

Prototypes mapped_by(const MlpMap& map, const ClassTable& classes) {
  return {map.forward(taken_rows(map.input, map.unit_rows, classes))};
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

}  // namespace

Matrix<float> class_prototypes(const Network& network,
                               const ClassTable& classes,
                               bool float16_unseen_embeddings) {
  check_table(classes);
  std::vector<Matrix<float>> rounded;
  std::vector<MatrixView<const float>> inputs;
  for (const NetworkInput& input : network.spec().inputs) {
    inputs.push_back(embeddings_in(input.space, input.dim, classes));
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
  return std::visit([](const auto& map) { return clone_of(map); }, kind_);
}

std::vector<ClassInput> ClassMap::inputs() const {
  if (const auto* map = std::get_if<LinearMap>(&kind_)) return {map->input};
  if (const auto* map = std::get_if<IdentityMap>(&kind_)) return {map->input};
  if (const auto* map = std::get_if<KernelMap>(&kind_)) return {map->input};
  if (const auto* map = std::get_if<MlpMap>(&kind_)) return {map->input};
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
  return network()->spec().feature_dim;
}

Prototypes ClassMap::mapped(const ClassTable& classes) const {
  check_table(classes);
  return std::visit([&](const auto& map) { return mapped_by(map, classes); }, kind_);
}

Matrix<float> ClassMap::prototypes(const ClassTable& classes) const {
  return std::move(mapped(classes).rows);
}

std::string ClassMap::to_string() const {
  if (const auto* map = std::get_if<LinearMap>(&kind_)) {
    return concat("linear ", map->input.dim, " -> ", map->weight.rows());
  }
  if (const auto* map = std::get_if<IdentityMap>(&kind_)) {
    return concat("identity ", map->input.dim);
  }
  if (const auto* map = std::get_if<KernelMap>(&kind_)) {
    return concat("kernel ",
                  dem::to_string(map->kernel.kind),
                  ", ",
                  map->names.size(),
                  " classes of ",
                  map->input.dim,
                  " -> ",
                  map->prototype_dim());
  }
  if (const auto* map = std::get_if<MlpMap>(&kind_)) return concat("mlp ", map->to_string());
  return concat("network ", network()->spec().to_string());
}

}  // namespace dem
