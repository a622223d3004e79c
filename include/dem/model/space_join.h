// Descriptions of classes in several semantic spaces, as one description.
#pragma once

#include <string>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/class_input.h"
#include "dem/model/class_table.h"

namespace dem {

// Of a class with rows a_1 .. a_k in k spaces, u_i = a_i / |a_i| (a zero row stays zero):
//   ( sqrt(w_1) u_1, ..., sqrt(w_k) u_k )
// so that the product of two joined rows is the weighted sum of the products in the spaces: a
// linear or centred kernel of joined rows is the sum of the spaces' own kernels, each times its
// weight, and every map of one description takes several this way.
//
//   const SpaceJoin join{{{{"attribute", 85}, 0.7}, {{"word", 300}, 0.3}}};
//   const ClassTable joined = join.table(classes);  // one space, "attribute+word", 385 wide
struct SpaceJoin {
  struct Part {
    ClassInput input;
    double weight = 1.0;  // above 0; of a join they add up to 1
  };
  std::vector<Part> parts;

  [[nodiscard]] std::vector<ClassInput> inputs() const;
  // Names with + between them, and the widths' sum.
  [[nodiscard]] ClassInput joined() const;
  // [num_classes, joined().dim]. Throws Error{kShapeMismatch} where the table lacks a space or a
  // width differs.
  [[nodiscard]] Matrix<float> rows(const ClassTable& classes) const;
  // The same classes, described in the joined space alone.
  [[nodiscard]] ClassTable table(const ClassTable& classes) const;
  // "attribute x 0.7 + word x 0.3"
  [[nodiscard]] std::string to_string() const;
};

// The spaces of a table in their order, with a weight each (at least 0, not all 0; divided by their
// sum); a space of weight 0 has no part in it. Throws Error{kInvalidArgument} for other weights, or
// another number of them.
[[nodiscard]] SpaceJoin join_of(const ClassTable& classes, const std::vector<double>& weights);

}  // namespace dem
