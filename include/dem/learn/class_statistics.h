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
#include "dem/learn/trainer.h"
#include "dem/linalg/matrix.h"
#include "dem/model/feature_scaling.h"

namespace dem {

// Of a set of images. Of two sets that share no image they are merged, not gathered anew.
struct ClassStatistics {
  std::vector<Index> counts;    // [num_classes], images of each class
  Matrix<double> means;         // [num_classes, feature_dim]; zeros for a class without images
  std::vector<double> scatter;  // [feature_dim], sum over all images of (x - mean of its class)^2
  std::vector<float> lowest;    // [feature_dim], of all images; infinity where there is none
  std::vector<float> highest;   // [feature_dim]; -infinity where there is none
  // Empty, or [feature_dim, feature_dim]: the sum over all images of d d', d = x - mean of its
  // class. Divided by the number of images it is the pooled within-class covariance.
  Matrix<double> second_moment;

  [[nodiscard]] Index num_classes() const { return means.rows(); }
  [[nodiscard]] Index feature_dim() const { return means.cols(); }
  [[nodiscard]] Index num_images() const;
  // The sum over all images of |x - mean of its class|^2.
  [[nodiscard]] double within() const;
  [[nodiscard]] std::vector<float> mean_feature() const;  // [feature_dim], of all images
  [[nodiscard]] ClassStatistics clone() const;

  // Adds another set of images (Chan, Golub and LeVeque, 1979). Throws Error{kShapeMismatch} for
  // other classes or widths, Error{kInvalidArgument} where one of the two has second moments.
  void add(const ClassStatistics& other);
  // The same images where class c has number places[c] of num_classes; places differ. -1 leaves
  // out a class, one without images.
  [[nodiscard]] ClassStatistics moved(std::span<const Index> places, Index num_classes) const;

  // What FeatureScaling::fit() would find for these images, kStandard to rounding. Throws as it
  // does.
  [[nodiscard]] FeatureScaling fit_scaling(ScalingKind kind) const;
  // To the statistics of the scaled images, exactly but for rounding. Throws
  // Error{kInvalidArgument} for kL2, which goes by single images, Error{kShapeMismatch} for another
  // width.
  void scale(const FeatureScaling& scaling);
};

// Gathers them in one pass, a block of images after another. Everything is summed in double
// precision from differences to the class's first image: variances do not cancel against means,
// however large these are. Sums of an image go in one by one in the order given, so that blocks and
// threads do not matter, but for second moments, where blocks do (to rounding). Memory is that of
// two [num_classes, feature_dim] matrices, with second moments one [feature_dim, feature_dim] and
// some MiB more. Not thread-safe.
class StatisticsGatherer {
 public:
  StatisticsGatherer(Index num_classes, Index feature_dim, bool second_moment);

  // features [n, feature_dim], finite; labels [n], -1 for images that do not count. Throws
  // Error{kShapeMismatch} and Error{kInvalidArgument}.
  void add(MatrixView<const float> features, std::span<const ClassId> labels);
  // The statistics of all images so far.
  [[nodiscard]] ClassStatistics finish() const;

  struct Image {
    Index row;  // of the features
    ClassId label;
  };
  // The same for some rows. Rows and labels are in range.
  void add(MatrixView<const float> features, std::span<const Image> images);

 private:
  friend class FoldStatisticsGatherer;  // shares first images and sums of shifts

  [[nodiscard]] std::vector<Image> labelled(MatrixView<const float> features,
                                            std::span<const ClassId> labels) const;
  void start_deviations();
  void start_classes(MatrixView<const float> features, std::span<const Image> images);
  void add_columns(MatrixView<const float> features,
                   std::span<const Image> images,
                   Index first,
                   Index last);
  // Adds to the upper triangle of `sum`, about the first images.
  void add_second_moment(MatrixView<const float> features,
                         std::span<const Image> images,
                         MatrixView<double> sum);

  ClassStatistics sums_;       // counts, ranges; scatter and second_moment about the first images
  Matrix<float> first_;        // [num_classes, feature_dim], the first image of each class
  Matrix<double> shifts_;      // [num_classes, feature_dim], sums of x - first
  Matrix<double> deviations_;  // some images' x - first, for second moments
};

// Of data.rows, in the order of the features, those of all ranks where data has a group. The result
// does not depend on the number of threads, and on that of ranks to rounding. Throws what train()
// throws for images that do not fit.
[[nodiscard]] ClassStatistics gather_statistics(const TrainingSet& data);

}  // namespace dem
