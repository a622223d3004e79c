// A batch of images seen as its distinct class descriptions.
//
// Images of one class are predicted by one row of the network, so a batch needs R forward rows, R
// the number of its distinct labels, whatever the number of images: with counts n_c and feature
// sums s_c of the batch's classes
//   sum_i |f(a_{y_i}) - x_i|^2 = sum_c (n_c |f_c|^2 - 2 f_c . s_c) + sum_i |x_i|^2
// which has the same gradient. Rows are in the order in which the batch first shows their classes.
#pragma once

#include <span>
#include <vector>

#include "dem/train/trainer.h"

namespace dem {

class ClassBatch {
 public:
  // `data` outlives the batch; assign() takes at most max_size images.
  ClassBatch(const TrainingSet& data, Index max_size);

  // Most rows that a batch can have.
  [[nodiscard]] Index max_rows() const { return static_cast<Index>(classes_.capacity()); }

  // Takes a batch, given as rows of data.visual_features, at least one. No allocation.
  void assign(std::span<const Index> image_rows);

  [[nodiscard]] Index size() const { return static_cast<Index>(images_.size()); }   // images, B
  [[nodiscard]] Index rows() const { return static_cast<Index>(classes_.size()); }  // classes, R
  // Images of each row's class, as the factor that the gradient has. [R]
  [[nodiscard]] std::span<const float> counts() const { return counts_; }
  // Network input i of the rows. [R, dim_i]
  [[nodiscard]] MatrixView<const float> input(std::size_t i) const {
    return inputs_[i].view().row_block(0, rows());
  }
  // The batch's sum of |x_i|^2.
  [[nodiscard]] double squared_norm() const { return squared_norm_; }
  // Columns first .. of the feature sums s_c, as many as `sums` [R, count] has.
  void sum_features(Index first, MatrixView<float> sums) const;

 private:
  void find_rows(std::span<const Index> image_rows);
  void group_images(std::span<const Index> image_rows);
  void gather_inputs();

  const TrainingSet& data_;
  std::vector<double> squared_norms_;  // |x|^2 of every row of visual_features that is trained on
  std::vector<Index> row_of_class_;    // row of a class in this batch, -1 where it has none
  std::vector<ClassId> classes_;       // [R]
  std::vector<float> counts_;          // [R]
  std::vector<Index> first_image_;     // [R + 1], where a row's images start in images_
  std::vector<Index> images_;          // [B], rows of visual_features grouped by class
  std::vector<Matrix<float>> inputs_;  // [max_rows, dim_i]
  double squared_norm_ = 0.0;
};

}  // namespace dem
