// The space in which images are compared with prototypes.
#pragma once

#include <optional>
#include <vector>

#include "dem/linalg/matrix.h"
#include "learn/kernel/class_scatter.h"

namespace dem {

// Features in which images of one class scatter by the identity. The covariance within classes is
// shrunk towards a sphere, D = (1 - s) variance + s mean (a floor of 1e-4 of the mean), and divided
// out along its axes; what is left are the C means there, which span q <= min(C, d) dimensions with
// the orthonormal basis B. Scores of images against prototypes need these alone, and an image's
// norm.
struct WhitenedSpace {
  WhitenedSpace(const ClassScatter& of, double shrinkage);

  const ClassScatter& scatter;
  std::vector<double> inverse;          // [d], D^-1/2
  std::optional<Matrix<double>> basis;  // B [d, q], q >= 1; none: all d dimensions, q = d
  Matrix<double> noise;  // [q, q], covariance of the noise of a class mean, not shrunk

  [[nodiscard]] Index width() const { return noise.rows(); }
  // Root of the mean squared norm over all d dimensions of the images that the scatter is of.
  [[nodiscard]] double root_mean_square() const;
  // Rows along the axes of the scatter [n, d], scaled and in the basis [n, q].
  [[nodiscard]] Matrix<double> project(MatrixView<const double> rows) const;
};

// Images in a whitened space.
struct WhitenedRows {
  Matrix<float> rows;          // [n, q]
  std::vector<float> squared;  // [n], squared norm over all d dimensions
};
[[nodiscard]] WhitenedRows whitened_rows(const WhitenedSpace& space,
                                         MatrixView<const float> turned_features);

// Axes of a whitened space.
struct SpaceAxes {
  const WhitenedSpace& space;
  Matrix<double> turn;  // Q [width, q], a row an axis

  [[nodiscard]] Index width() const { return turn.rows(); }
  // From rows along the scatter's axes [n, d] to these coordinates [n, width].
  [[nodiscard]] Matrix<double> project(MatrixView<const double> rows_along_axes) const;
  // Of whitened rows.
  [[nodiscard]] Matrix<float> turned(const WhitenedRows& rows) const;
  // L = B Q' [d, width].
  [[nodiscard]] Matrix<double> directions() const;
};

// The same space turned to the axes of the residual covariance R of predicted prototypes: with
// E [C, q] the residuals of class means predicted from the other classes, R = E'E / C less the
// noise of the means = Q' diag(residual) Q. There the covariance within classes is still the
// identity and R is a diagonal, so that a weight kappa of R in the metric is the diagonal
// g = 1 / (1 + kappa residual), and nothing is factored again.
struct TurnedSpace : SpaceAxes {
  TurnedSpace(const WhitenedSpace& of, MatrixView<const double> residuals_along_axes);

  std::vector<double> residual;                                   // [q], at least 0
  [[nodiscard]] std::vector<double> weights(double kappa) const;  // g [q]
};

}  // namespace dem
