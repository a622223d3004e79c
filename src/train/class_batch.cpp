#include "train/class_batch.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/simd.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

constexpr Index kGrain = 64;

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

Index num_classes(const TrainingSet& data) {
  return data.class_embeddings[0].rows();
}

}  // namespace

ClassBatch::ClassBatch(const TrainingSet& data, Index max_size)
    : data_(data),
      squared_norms_(at(data.visual_features.rows())),
      row_of_class_(at(num_classes(data)), -1) {
  const auto most_images = std::min(max_size, static_cast<Index>(data.rows.size()));
  const auto most_rows = std::min(most_images, num_classes(data));
  classes_.reserve(at(most_rows));
  counts_.reserve(at(most_rows));
  first_image_.reserve(at(most_rows) + 1);
  images_.reserve(at(most_images));
  for (const MatrixView<const float>& embeddings : data.class_embeddings) {
    inputs_.push_back(Matrix<float>::uninitialised(most_rows, embeddings.cols()));
  }
  parallel_for(static_cast<Index>(data.rows.size()), kGrain, [&](Index first, Index last) {
    for (const Index row : data.rows.subspan(at(first), at(last - first))) {
      squared_norms_[at(row)] = dem::squared_norm(data.visual_features.row(row));
    }
  });
}

void ClassBatch::assign(std::span<const Index> image_rows) {
  find_rows(image_rows);
  group_images(image_rows);
  gather_inputs();
}

void ClassBatch::find_rows(std::span<const Index> image_rows) {
  for (const ClassId c : classes_) row_of_class_[at(c)] = -1;
  classes_.clear();
  counts_.clear();
  squared_norm_ = 0.0;
  for (const Index image : image_rows) {
    const ClassId c = data_.labels[at(image)];
    Index& row = row_of_class_[at(c)];
    if (row < 0) {
      row = static_cast<Index>(classes_.size());
      classes_.push_back(c);
      counts_.push_back(0.0f);
    }
    counts_[at(row)] += 1.0f;
    squared_norm_ += squared_norms_[at(image)];
  }
}

// A counting sort by row, stable, so that sums add in the batch's order.
void ClassBatch::group_images(std::span<const Index> image_rows) {
  first_image_.assign(classes_.size() + 1, 0);
  for (std::size_t r = 0; r < classes_.size(); ++r) {
    first_image_[r + 1] = first_image_[r] + static_cast<Index>(counts_[r]);
  }
  images_.resize(image_rows.size());
  for (const Index image : image_rows) {
    const Index row = row_of_class_[at(data_.labels[at(image)])];
    images_[at(first_image_[at(row)]++)] = image;
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
  }
}

void ClassBatch::sum_features(Index first, MatrixView<float> sums) const {
  const Index count = sums.cols();
  for (Index r = 0; r < rows(); ++r) {
    float* sum = sums.row(r).data();
    std::fill_n(sum, count, 0.0f);
    for (Index k = first_image_[at(r)]; k < first_image_[at(r) + 1]; ++k) {
      const float* feature = data_.visual_features.row(images_[at(k)]).data() + first;
      vectorised([=]() DEM_KERNEL {
        for (Index j = 0; j < count; ++j) sum[j] += feature[j];
      });
    }
  }
}

}  // namespace dem
