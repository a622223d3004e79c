#include "dem/model/prototypes.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

void require_one_a_row(std::span<const float> values, Index rows, const char* what) {
  if (values.empty() || static_cast<Index>(values.size()) == rows) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat("prototypes: ", what, ": expected ", rows, " numbers, got ", values.size()));
}

// `own` with the others' values behind, where either has any; `none` stands for those of the other.
void append_values(std::vector<float>& own,
                   Index own_rows,
                   std::span<const float> others,
                   Index other_rows,
                   float none) {
  if (own.empty() && others.empty()) return;
  own.resize(at(own_rows), none);
  own.insert(own.end(), others.begin(), others.end());
  own.resize(at(own_rows + other_rows), none);
}

}  // namespace

void PrototypesView::validate() const {
  require_one_a_row(scale, rows.rows(), "scale");
  require_one_a_row(offset, rows.rows(), "offset");
  for (const float value : scale) {
    if (std::isfinite(value) && value > 0.0f) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat("prototypes: scale: expected a finite number above 0, got ", value));
  }
  for (const float value : offset) {
    if (std::isfinite(value)) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat("prototypes: offset: expected a finite number, got ", value));
  }
}

void Prototypes::append(const PrototypesView& others) {
  const Index above = rows.rows(), below = others.rows.rows();
  if (others.rows.cols() != rows.cols()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("prototypes: expected rows of ",
                       rows.cols(),
                       " numbers to append, got ",
                       others.rows.cols()));
  }
  Matrix<float> all = Matrix<float>::uninitialised(above + below, rows.cols());
  for (Index i = 0; i < all.rows(); ++i) {
    const auto row = i < above ? std::as_const(rows).row(i) : others.rows.row(i - above);
    std::copy(row.begin(), row.end(), all.row(i).begin());
  }
  append_values(scale, above, others.scale, below, 1.0f);
  append_values(offset, above, others.offset, below, 0.0f);
  rows = std::move(all);
}

Prototypes candidate_prototypes(const PrototypesView& prototypes,
                                std::span<const ClassId> candidates) {
  const MatrixView<const float> rows = prototypes.rows;
  if (candidates.empty()) {
    throw Error(ErrorKind::kInvalidArgument, "prototypes: expected candidate classes, got none");
  }
  Prototypes chosen;
  chosen.rows = Matrix<float>::uninitialised(static_cast<Index>(candidates.size()), rows.cols());
  for (Index i = 0; i < chosen.rows.rows(); ++i) {
    const ClassId candidate = candidates[at(i)];
    if (candidate < 0 || candidate >= rows.rows()) {
      throw Error(
          ErrorKind::kInvalidArgument,
          concat("prototypes: expected classes of 0 .. ", rows.rows() - 1, ", got ", candidate));
    }
    const std::span<const float> row = rows.row(candidate);
    std::copy(row.begin(), row.end(), chosen.rows.row(i).begin());
    if (!prototypes.scale.empty()) chosen.scale.push_back(prototypes.scale_of(candidate));
    if (!prototypes.offset.empty()) chosen.offset.push_back(prototypes.offset_of(candidate));
  }
  return chosen;
}

}  // namespace dem
