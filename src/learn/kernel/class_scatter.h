// Class means and how images scatter about them, in the axes of that scatter.
#pragma once

#include <vector>

#include "dem/learn/class_statistics.h"
#include "dem/linalg/matrix.h"

namespace dem {

// Of the classes with images, C of them. With m_c their means and m0 the mean of these, and
// S_w = V' diag(variance) V the covariance within classes, n - C degrees of freedom:
struct ClassScatter {
  std::vector<ClassId> classes;  // [C], ascending
  std::vector<double> counts;    // [C], n_c
  double noise = 0.0;            // mean of 1 / n_c: a class mean scatters by S_w / n_c
  std::vector<double> centre;    // [d], m0
  Matrix<double> axes;           // V [d, d], a row an axis
  std::vector<double> variance;  // [d], along the axes, at least 0
  double mean_variance = 0.0;    // of `variance`, above 0
  Matrix<double> means;          // [C, d], m_c - m0 along the axes

  [[nodiscard]] Index num_classes() const { return means.rows(); }
  [[nodiscard]] Index dim() const { return means.cols(); }
  // Features [n, d] less the centre, along the axes.
  [[nodiscard]] Matrix<float> turned(MatrixView<const float> features) const;
};

// Where each class has one image only there is no scatter within classes: the axes are those of the
// features, with the variance that the means have on average.
[[nodiscard]] ClassScatter class_scatter(const ClassStatistics& statistics);

}  // namespace dem
