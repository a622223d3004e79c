// The coarse product for one instruction set. Included by files built with options that other
// processors cannot run, so it includes nothing whose inline functions the linker might take for
// the rest of the program.
#pragma once

#include "search/search_kernels.h"

namespace dem::detail {

// Isa has Ints (a vector), kWidth (its numbers), kRows x kVectors (the sums kept in registers), and
// add_products(sums, x, y): the two products of each pair added to the sum of its lane.
template <typename Isa>
class CoarseKernel {
 public:
  static void run(const CoarsePanel& p) {
    for (long group = 0; group < p.groups; ++group) {
      for (long column = 0; column < p.width; column += kVectors * kWidth) {
        for (long row = 0; row < kCoarseRows; row += kRows) columns<1>(p, group, row, column);
      }
    }
  }

 private:
  using Ints = typename Isa::Ints;
  static constexpr long kWidth = Isa::kWidth;
  typedef float Floats __attribute__((vector_size(kWidth * sizeof(float)), aligned(4), may_alias));
  static constexpr long kRows = Isa::kRows;
  static constexpr long kVectors = Isa::kVectors;

  // As many vectors as are left in the panel.
  template <long kCount>
  static void columns(const CoarsePanel& p, long group, long row, long column) {
    if constexpr (kCount < kVectors) {
      if (column + kCount * kWidth < p.width) return columns<kCount + 1>(p, group, row, column);
    }
    block<kCount>(p, group, row, column);
  }

  template <long kCount>
  static void block(const CoarsePanel& p, long group, long row, long column) {
    Ints sums[kRows][kCount] = {};
    const std::int32_t* a = p.a + group * p.pairs * kCoarseRows + row;
    const std::int32_t* b = p.b + column;
    for (long pair = 0; pair < p.pairs; ++pair) {
      Ints x[kCount];
      for (long v = 0; v < kCount; ++v) x[v] = *reinterpret_cast<const Ints*>(b + v * kWidth);
      for (long i = 0; i < kRows; ++i) {
        const Ints y = Ints{} + a[i];
        for (long v = 0; v < kCount; ++v) sums[i][v] = Isa::add_products(sums[i][v], x[v], y);
      }
      a += kCoarseRows;
      b += p.width;
    }
    for (long i = 0; i < kRows; ++i) {
      const long out = group * kCoarseRows + row + i;
      for (long v = 0; v < kCount; ++v) {
        *reinterpret_cast<Floats*>(p.c + out * p.c_stride + column + v * kWidth) =
            __builtin_convertvector(sums[i][v], Floats) * p.steps[out];
      }
    }
  }
};

}  // namespace dem::detail
