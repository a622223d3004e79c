// What closed forms take of a training set: the classes that have images, and the images' moments.
//
// Images of one class share its embedding, so that sums over images are sums over classes with n_c,
// the number of images of class c, as weight; only products of features with themselves need more.
#pragma once

#include <span>
#include <vector>

#include "dem/learn/class_statistics.h"

namespace dem {

struct SeenClasses {
  std::vector<double> counts;  // [num_seen], images of each class, above 0
  Matrix<double> embeddings;   // [num_seen, embedding_dim]
  Matrix<double> means;        // [num_seen, feature_dim]

  [[nodiscard]] Index size() const { return embeddings.rows(); }
};

// class_embeddings [num_classes, embedding_dim], normalised as the recipe wants them; those of
// classes without images are not looked at. Throws Error{kShapeMismatch} for another number of
// classes than the statistics have, Error{kInvalidArgument} where no class has an image,
// Error{kNumerical} for what is not finite.
[[nodiscard]] SeenClasses seen_classes(MatrixView<const double> class_embeddings,
                                       const ClassStatistics& statistics);

// The mean over images of their class's row, sum over c of n_c row_c / sum of n_c. rows [num_seen,
// dim]; returns [dim].
[[nodiscard]] std::vector<double> mean_over_images(std::span<const double> counts,
                                                   MatrixView<const double> rows);

// sqrt(n_c) (row_c - centre), so that products over classes of two such matrices are sums over
// images. rows [num_seen, dim], centre [dim]; returns [num_seen, dim].
[[nodiscard]] Matrix<double> weighted_rows(std::span<const double> counts,
                                           MatrixView<const double> rows,
                                           std::span<const double> centre);

// The sum over images of (x - centre) (x - centre)': within classes, and of the class means around
// the centre. centre [feature_dim]; returns [feature_dim, feature_dim]. Throws
// Error{kInvalidArgument} where the statistics have no second moments.
[[nodiscard]] Matrix<double> scatter_about(std::span<const double> centre,
                                           const SeenClasses& seen,
                                           const ClassStatistics& statistics);

}  // namespace dem
