#include "dem/model/model.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"

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

// The table's descriptions in the input's space, [num_classes, input.dim].
MatrixView<const float> embeddings_for(const NetworkInput& input, const ClassTable& classes) {
  const Matrix<float>& embeddings = classes.space(input.space);
  if (embeddings.rows() != classes.size() || embeddings.cols() != input.dim) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("class table, space \"",
                       input.space,
                       "\": expected [",
                       classes.size(),
                       ", ",
                       input.dim,
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

}  // namespace

const Matrix<float>& ClassTable::space(std::string_view name) const {
  const auto found = std::find(spaces.begin(), spaces.end(), name);
  if (found == spaces.end()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("class table: expected the semantic space \"",
                       name,
                       "\" that the network takes, got ",
                       spaces.empty() ? "none" : join(spaces)));
  }
  return embeddings[static_cast<std::size_t>(found - spaces.begin())];
}

Matrix<float> class_prototypes(const Network& network,
                               const ClassTable& classes,
                               bool float16_unseen_embeddings) {
  check_table(classes);
  std::vector<Matrix<float>> rounded;
  std::vector<MatrixView<const float>> inputs;
  for (const NetworkInput& input : network.spec().inputs) {
    inputs.push_back(embeddings_for(input, classes));
    if (float16_unseen_embeddings) {
      rounded.push_back(with_rounded_unseen_rows(inputs.back(), classes.seen));
      inputs.back() = rounded.back();
    }
  }
  return network.forward(inputs);
}

void Model::update_prototypes() {
  prototypes = class_prototypes(network, classes, float16_unseen_embeddings);
}

}  // namespace dem
