// From what a closed form solves for, in double precision, to the slots of a model.
#pragma once

#include <vector>

#include "dem/learn/family.h"
#include "learn/closed_form_problem.h"

namespace dem {

// Rounded to single precision; the transpose of it; a vector.
[[nodiscard]] Matrix<float> rounded(MatrixView<const double> matrix);
[[nodiscard]] Matrix<float> rounded_transpose(MatrixView<const double> matrix);
[[nodiscard]] std::vector<float> rounded(const std::vector<double>& values);

// Features as the problem has them, prototypes linear in the description: weight s + bias. weight
// [feature_dim, embedding_dim]; bias [feature_dim], or empty for zeros.
[[nodiscard]] Learned to_features(const ClosedFormProblem& problem,
                                  Matrix<float> weight,
                                  std::vector<float> bias,
                                  Metric metric);

// Features taken to descriptions, weight (x - centre) + at_centre, and these are the prototypes.
// weight [embedding_dim, feature_dim]; centre [feature_dim]; at_centre [embedding_dim].
[[nodiscard]] Learned to_semantics(const ClosedFormProblem& problem,
                                   const Matrix<double>& weight,
                                   const std::vector<double>& centre,
                                   const std::vector<double>& at_centre);
// The same without a centre: weight x.
[[nodiscard]] Learned to_semantics(const ClosedFormProblem& problem, Matrix<float> weight);

}  // namespace dem
