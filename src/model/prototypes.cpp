#include "dem/model/prototypes.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

Matrix<float> candidate_prototypes(MatrixView<const float> prototypes,
                                   std::span<const ClassId> candidates) {
  if (candidates.empty()) {
    throw Error(ErrorKind::kInvalidArgument, "prototypes: expected candidate classes, got none");
  }
  auto chosen =
      Matrix<float>::uninitialised(static_cast<Index>(candidates.size()), prototypes.cols());
  for (Index i = 0; i < chosen.rows(); ++i) {
    const ClassId candidate = candidates[static_cast<std::size_t>(i)];
    if (candidate < 0 || candidate >= prototypes.rows()) {
      throw Error(
          ErrorKind::kInvalidArgument,
          concat(
              "prototypes: expected classes of 0 .. ", prototypes.rows() - 1, ", got ", candidate));
    }
    const std::span<const float> row = prototypes.row(candidate);
    std::copy(row.begin(), row.end(), chosen.row(i).begin());
  }
  return chosen;
}

}  // namespace dem
