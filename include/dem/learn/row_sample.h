// A sample of images, for scores where the images themselves are not kept.
//
// Of all different images the ones with the smallest hashes are taken (bottom-k sampling), hashes
// of the features' bytes and of the class's name. That is drawing without replacement, with one
// chance for all; but which images are drawn follows from the set of images alone. It does not
// depend on their order, on blocks or on how they lie in files, and the samples of two sets merge
// to the sample of both.
//
// Images of one class with the same bits are one image: it is drawn once or not at all, with the
// chance of every other. An image that the data have a thousand times therefore does not fill the
// sample, and a score over the sample is one over different images. (Statistics count it a thousand
// times.) Two images whose 64-bit hashes happen to be the same count as one, too.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "dem/base/types.h"
#include "dem/linalg/matrix.h"

namespace dem {

struct RowSample {
  Index max_rows = 0;           // asked for; there are fewer only where there are no more images
  Matrix<float> features;       // [n, feature_dim], by rising hash: the first k are a sample of k
  std::vector<ClassId> labels;  // [n]

  [[nodiscard]] Index size() const { return static_cast<Index>(labels.size()); }
  [[nodiscard]] RowSample clone() const;
  // The rows whose class is in the fold, ascending. fold_of_class [num_classes].
  [[nodiscard]] std::vector<Index> rows_of_fold(std::span<const Index> fold_of_class,
                                                Index fold) const;
};

// The hash that sampling goes by: XXH3_64bits_withSeed of the row's float32 bytes, little-endian;
// the seed is sample_seed() of the class's name, XXH3_64bits_withSeed of its bytes and seed 1.
[[nodiscard]] std::uint64_t sample_seed(const std::string& class_name) noexcept;
[[nodiscard]] std::uint64_t sample_hash(std::span<const float> row, std::uint64_t seed) noexcept;

// Draws a sample in one pass. Memory is that of room = min(max_rows, most_rows) rows of features,
// from the beginning, and some 100 bytes a row; where fewer than `room` different rows came,
// finish() copies them. Not thread-safe.
class RowSampler {
 public:
  // most_rows: how many rows will be added at most. Throws Error{kInvalidArgument} for numbers
  // below 0.
  RowSampler(std::span<const std::string> class_names,
             Index feature_dim,
             Index max_rows,
             Index most_rows);

  // features [n, feature_dim]; labels [n], in range, -1 for rows that do not count.
  void add(MatrixView<const float> features, std::span<const ClassId> labels);
  // The sample of all rows so far, and the end of sampling.
  [[nodiscard]] RowSample finish() &&;

 private:
  void take(std::span<const float> row, ClassId label, std::uint64_t hash);

  std::vector<std::uint64_t> seeds_;  // [num_classes]
  Index max_rows_;
  Matrix<float> features_;               // [room, feature_dim], in no order
  std::vector<ClassId> labels_;          // of the rows of features_ that are taken
  std::map<std::uint64_t, Index> rows_;  // hash: row of features_
};

}  // namespace dem
