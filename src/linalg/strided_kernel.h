// The kernel of strided_product, compiled once for each instruction set by a file that includes
// this. Such a file is built with options that other processors cannot run, so it includes nothing
// whose inline functions the linker might take for the rest of the program.
#pragma once

#include "linalg/strided_kernels.h"

namespace dem::detail {

// Vectors of `kWidth` floats in a processor with `kRegisters` of them.
template <long kWidth, int kRegisters>
class StridedKernel {
 public:
  static void run(const StridedProduct& p) {
    const long vectors = (p.n + kWidth - 1) / kWidth;
    const long groups = (vectors + kMostVectors - 1) / kMostVectors;
    long done = 0;
    for (long g = 0; g < groups; ++g) {
      const long here = (vectors - done + groups - g - 1) / (groups - g);
      columns<1>(p, done * kWidth, here);
      done += here;
    }
  }

 private:
  typedef float Vector __attribute__((vector_size(kWidth * sizeof(float)), aligned(4), may_alias));

  // The sums of a block of rows and vectors stay in registers, beside a row of b and a number of a.
  static constexpr long kMostVectors = kRegisters >= 32 ? 5 : 3;
  static constexpr long rows_beside(long vectors) {
    const long rows = (kRegisters - 1 - vectors) / vectors;
    return rows > 12 ? 12 : rows;
  }

  // `vectors` vectors of columns from `first` on.
  template <long kVectors>
  static void columns(const StridedProduct& p, long first, long vectors) {
    if constexpr (kVectors < kMostVectors) {
      if (vectors > kVectors) return columns<kVectors + 1>(p, first, vectors);
    }
    constexpr long kMostRows = rows_beside(kVectors);
    const long groups = (p.m + kMostRows - 1) / kMostRows;
    long row = 0;
    for (long g = 0; g < groups; ++g) {
      const long here = (p.m - row + groups - g - 1) / (groups - g);
      rows<kVectors, kMostRows>(p, row, here, first);
      row += here;
    }
  }

  template <long kVectors, long kRows>
  static void rows(const StridedProduct& p, long row, long count, long first) {
    if constexpr (kRows > 1) {
      if (count < kRows) return rows<kVectors, kRows - 1>(p, row, count, first);
    }
    block<kVectors, kRows>(p, row, first);
  }

  // The last vector ends with the row: where n is no multiple of kWidth it shares columns with the
  // one before it, and both write the same numbers there.
  template <long kVectors, long kRows>
  static void block(const StridedProduct& p, long row, long first) {
    const long last =
        first + kVectors * kWidth <= p.n ? (kVectors - 1) * kWidth : p.n - kWidth - first;
    const float* a = p.a + row * p.row_step;
    const float* b = p.b + first;
    Vector sums[kRows][kVectors] = {};
    for (long k = 0; k < p.k; ++k) {
      Vector x[kVectors];
      for (long v = 0; v < kVectors - 1; ++v)
        x[v] = *reinterpret_cast<const Vector*>(b + v * kWidth);
      x[kVectors - 1] = *reinterpret_cast<const Vector*>(b + last);
      for (long i = 0; i < kRows; ++i) {
        const float y = a[i * p.row_step];
        for (long v = 0; v < kVectors; ++v) sums[i][v] += y * x[v];
      }
      a += p.inner_step;
      b += p.b_stride;
    }
    for (long i = 0; i < kRows; ++i) {
      float* c = p.c + (row + i) * p.c_stride + first;
      for (long v = 0; v < kVectors - 1; ++v)
        *reinterpret_cast<Vector*>(c + v * kWidth) = sums[i][v];
      *reinterpret_cast<Vector*>(c + last) = sums[i][kVectors - 1];
    }
  }
};

}  // namespace dem::detail
