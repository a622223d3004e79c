// A batch of images seen as its distinct class descriptions.
//
// Images of one class are predicted by one row of the network, so a batch needs R forward rows and
// R rows of gradients, R the number of its distinct labels, whatever the number of images: the loss
//   sum_i |f(a_{y_i}) - x_i|^2
// has, at the prototype f_c of class c, the gradient 2 sum (f_c - x_i) over the images of c. Loss
// and gradient are taken from the differences f_c - x_i. From class sums s_c and counts n_c alone,
// as n_c |f_c|^2 - 2 f_c . s_c + sum |x_i|^2, the loss would cancel where images are close to their
// prototypes and far from zero. Rows are in the order in which the batch first shows their classes.
//
// In a group the batch is that of all ranks, and a rank compares the images that it holds.
#pragma once

#include <span>
#include <vector>

#include "dem/learn/trainer.h"
#include "linalg/transposed.h"

namespace dem {

class ClassBatch {
 public:
  enum class Rows {
    kOfHeldImages,  // a row a class of which this rank holds images in the batch; may be none
    kOfAllImages,   // a row a class of the batch, on every rank alike
  };

  // `data` outlives the batch; assign() takes at most max_size images.
  ClassBatch(const TrainingSet& data, Index max_size, Rows rows = Rows::kOfHeldImages);

  // Most rows that a batch can have.
  [[nodiscard]] Index max_rows() const { return inputs_[0].rows(); }

  // Takes a batch, given as numbers of images (of labels), at least one. No allocation.
  void assign(std::span<const Index> image_rows);

  [[nodiscard]] Index size() const { return size_; }  // images of all ranks, B
  [[nodiscard]] Index rows() const { return static_cast<Index>(classes_.size()); }  // classes, R
  // Network input i of the rows. [R, dim_i]
  [[nodiscard]] MatrixView<const float> input(std::size_t i) const {
    return inputs_[i].view().row_block(0, rows());
  }
  // The same with a column a class: [dim_i, max(R, 16)], columns from R on undefined but finite.
  [[nodiscard]] MatrixView<const float> transposed_input(std::size_t i) const {
    return first_columns(transposed_inputs_[i], rows());
  }
  // For columns first .. first + count - 1 of the features, with the prototypes f [R, count] there:
  //   errors(r, j) = sum over row r's held images i of f(r, j) - x(i, first + j)     [R, count]
  // Returns the sum of (f - x)^2 over held images and columns: in double precision, of differences
  // that are rounded once, so its relative error is that of float32 and it is never negative.
  double compare(Index first, MatrixView<const float> prototypes, MatrixView<float> errors) const;

 private:
  void find_rows(std::span<const Index> image_rows);
  void group_images(std::span<const Index> image_rows);
  void gather_inputs();
  // The row of visual_features that holds an image; -1 where another rank does.
  [[nodiscard]] Index feature_row(Index image) const {
    return data_.feature_rows.empty() ? image : data_.feature_rows[static_cast<std::size_t>(image)];
  }
  [[nodiscard]] std::span<const Index> images_of(Index row) const;

  const TrainingSet& data_;
  Rows rows_kind_;
  Index size_ = 0;
  std::vector<Index> row_of_class_;    // row of a class in this batch, -1 where it has none
  std::vector<ClassId> classes_;       // [R]
  std::vector<Index> first_image_;     // [R + 1], where a row's images start in images_
  std::vector<Index> images_;          // held rows of visual_features grouped by class
  std::vector<Matrix<float>> inputs_;  // [max_rows, dim_i]
  std::vector<Matrix<float>> transposed_inputs_;
};

}  // namespace dem
