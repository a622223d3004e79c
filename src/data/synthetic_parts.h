// Pieces that the writers of synthetic data share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "dem/data/synthetic.h"
#include "io/mat_writer.h"

namespace dem {

// Draws of the layout, on streams far above those of the model's quantities and images.
[[nodiscard]] Rng class_stream(const SyntheticOptions& options);  // which classes are unseen
[[nodiscard]] Rng size_stream(const SyntheticOptions& options);   // how many images a class has
[[nodiscard]] Rng row_stream(const SyntheticOptions& options);    // which part an image is in

// Splits `count` items among `num_classes` <= count, at least one each, the rest by weights drawn
// uniformly from 0.5 .. 1.5.
[[nodiscard]] std::vector<Index> class_sizes(Index count, Index num_classes, Rng& rng);

// The classes 0 .. num_seen + num_unseen - 1, each list ascending.
struct SeenAndUnseen {
  std::vector<ClassId> seen;
  std::vector<ClassId> unseen;
};
[[nodiscard]] SeenAndUnseen draw_classes(const SyntheticOptions& options);

// Each class as often as it has images.
[[nodiscard]] std::vector<ClassId> repeat(const std::vector<ClassId>& classes,
                                          const std::vector<Index>& sizes);

[[nodiscard]] Matrix<float> gather_rows(const Matrix<float>& source, std::span<const ClassId> rows);

// Numbers as a column that MATLAB sees, counted from 1, stored as doubles.
class NumberColumn {
 public:
  template <typename T>
  NumberColumn(std::string name, const std::vector<T>& zero_based) : name_(std::move(name)) {
    for (const T value : zero_based) values_.push_back(static_cast<std::int64_t>(value) + 1);
  }
  [[nodiscard]] MatVariable variable() const {
    const auto count = static_cast<Index>(values_.size());
    return {name_, MatrixView<const std::int64_t>(values_.data(), count, 1)};
  }

 private:
  std::string name_;
  std::vector<std::int64_t> values_;
};

// One writer a layout; options with every size resolved. Each returns the paths.
std::vector<std::string> write_synthetic_dem(const SyntheticOptions& options);
std::vector<std::string> write_synthetic_gbu(const SyntheticOptions& options);

}  // namespace dem
