// What squared-error training needs of the images, and all that it needs.
//
// Images of one class have one prototype f_c, and
//   sum_i |f_c(i) - x_i|^2 = sum_c n_c |f_c - m_c|^2 + within,
// m_c the mean of class c's images and `within` their squared distances from it, a constant. So
// counts, means and one number say everything, whatever the number of images.
#pragma once

#include <span>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/linalg/matrix.h"
#include "dem/model/feature_scaling.h"
#include "dem/train/trainer.h"

namespace dem {

// Sums over images: those of two sets of images are added entry by entry.
struct ClassStatistics {
  std::vector<Index> counts;    // [num_classes], images of each class
  Matrix<double> sums;          // [num_classes, feature_dim], of the images of each class
  std::vector<double> squares;  // [feature_dim], of all images' features

  [[nodiscard]] Index num_images() const;
  // The sum over all images of |x - mean of its class|^2, >= 0. From differences of sums, in double
  // precision: for features of size s it is exact to about 1e-16 s^2 an image.
  [[nodiscard]] double within() const;
  // Adds another set of images. Throws Error{kShapeMismatch} for other classes or widths.
  void add(const ClassStatistics& other);
};

// Of data.rows, those of all ranks where data has a group. One pass over the features; the result
// does not depend on the number of threads. Throws what train() throws for data that do not fit.
[[nodiscard]] ClassStatistics gather_statistics(const TrainingSet& data);

}  // namespace dem
