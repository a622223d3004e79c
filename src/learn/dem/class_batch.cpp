#include "learn/dem/class_batch.h"

#include <algorithm>
#include <numeric>

#include "base/at.h"
#include "base/simd.h"

namespace dem {
namespace {

Index num_classes(const TrainingSet& data) {
  return data.class_embeddings[0].rows();
}

// Columns that one call of compare_row() takes at most, and the number of sums that it adds to.
constexpr Index kWidth = 64;

// compare() for one row and at most kWidth columns: `images` are the row's, `features` the columns.
// Adds column j's squares to squares[j].
void compare_row(std::span<const float> prototype,
                 MatrixView<const float> features,
                 std::span<const Index> images,
                 std::span<float> errors,
                 std::span<double, kWidth> squares) {
  const float* const f = prototype.data();
  const float* const feature = features.data();
  const Index stride = features.stride();
  const Index* const image = images.data();
  const auto num_images = static_cast<Index>(images.size());
  const Index count = features.cols();
  float* const error = errors.data();
  double* const square = squares.data();
  vectorised([=]() DEM_KERNEL {
    // Arrays of its own: the compiler knows that they overlap with nothing.
    float sum[kWidth] = {};
    double square_sum[kWidth] = {};
    for (Index k = 0; k < num_images; ++k) {
      const float* x = feature + image[k] * stride;
      for (Index j = 0; j < count; ++j) {
        const float difference = f[j] - x[j];
        sum[j] += difference;
        square_sum[j] += double{difference} * double{difference};
      }
    }
    for (Index j = 0; j < count; ++j) error[j] = sum[j];
    for (Index j = 0; j < kWidth; ++j) square[j] += square_sum[j];
  });
}

}  // namespace

ClassBatch::ClassBatch(const TrainingSet& data, Index max_size, Rows rows)
    : data_(data), rows_kind_(rows), row_of_class_(at(num_classes(data)), -1) {
  const auto most_images = std::min(max_size, static_cast<Index>(data.rows.size()));
  const auto most_rows = std::min(most_images, num_classes(data));
  classes_.reserve(at(most_rows));
  first_image_.reserve(at(most_rows) + 1);
  images_.reserve(at(most_images));
  for (const MatrixView<const float>& embeddings : data.class_embeddings) {
    inputs_.push_back(Matrix<float>::uninitialised(most_rows, embeddings.cols()));
    transposed_inputs_.push_back(make_transposed(most_rows, embeddings.cols()));
  }
}

void ClassBatch::assign(std::span<const Index> image_rows) {
  size_ = static_cast<Index>(image_rows.size());
  find_rows(image_rows);
  group_images(image_rows);
  gather_inputs();
}

void ClassBatch::find_rows(std::span<const Index> image_rows) {
  for (const ClassId c : classes_) row_of_class_[at(c)] = -1;
  classes_.clear();
  first_image_.assign(1, 0);
  for (const Index image : image_rows) {
    const bool held = feature_row(image) >= 0;
    if (!held && rows_kind_ == Rows::kOfHeldImages) continue;
    const ClassId c = data_.labels[at(image)];
    Index& row = row_of_class_[at(c)];
    if (row < 0) {
      row = static_cast<Index>(classes_.size());
      classes_.push_back(c);
      first_image_.push_back(0);
    }
    if (held) ++first_image_[at(row) + 1];  // counts for now
  }
}

// A counting sort by row, stable, so that sums add in the batch's order.
void ClassBatch::group_images(std::span<const Index> image_rows) {
  std::partial_sum(first_image_.begin(), first_image_.end(), first_image_.begin());
  images_.resize(at(first_image_.back()));
  for (const Index image : image_rows) {
    const Index feature = feature_row(image);
    if (feature < 0) continue;
    const Index row = row_of_class_[at(data_.labels[at(image)])];
    images_[at(first_image_[at(row)]++)] = feature;
  }
  for (std::size_t r = classes_.size(); r > 0; --r) first_image_[r] = first_image_[r - 1];
  first_image_[0] = 0;
}

void ClassBatch::gather_inputs() {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    for (std::size_t r = 0; r < classes_.size(); ++r) {
      const auto embedding = data_.class_embeddings[i].row(classes_[r]);
      std::copy(embedding.begin(), embedding.end(), inputs_[i].row(static_cast<Index>(r)).begin());
    }
    transpose(input(i), transposed_inputs_[i]);
  }
}

std::span<const Index> ClassBatch::images_of(Index row) const {
  const Index start = first_image_[at(row)];
  return std::span(images_).subspan(at(start), at(first_image_[at(row) + 1] - start));
}

// Why a sum over the images of a class is all that the layers below need: the prototype f_c is a
// function of the weights w and of the class alone, so all images of c share its Jacobian J_c, the
// derivative of f_c by w, and
//   d/dw sum_i |f_{y_i} - x_i|^2 = sum_i 2 J_{y_i}^T (f_{y_i} - x_i) = sum_c 2 J_c^T e_c
// with e_c the sum of f_c - x_i over the images i of c. The backward pass applies J_c^T to one row
// e_c a class, once, however many images c has in the batch.
double ClassBatch::compare(Index first,
                           MatrixView<const float> prototypes,
                           MatrixView<float> errors) const {
  const MatrixView<const float>& all = data_.visual_features;
  const Index num_columns = prototypes.cols();
  double squares[kWidth] = {};
  for (Index start = 0; start < num_columns; start += kWidth) {
    const Index count = std::min(kWidth, num_columns - start);
    const MatrixView<const float> features(
        all.data() + first + start, all.rows(), count, all.stride());
    for (Index r = 0; r < rows(); ++r) {
      compare_row(prototypes.row(r).subspan(at(start)),
                  features,
                  images_of(r),
                  errors.row(r).subspan(at(start)),
                  squares);
    }
  }
  return std::accumulate(std::begin(squares), std::end(squares), 0.0);
}

}  // namespace dem
