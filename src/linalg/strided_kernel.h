// The kernel of strided_product and pair_product, compiled once for each instruction set by a file
// that includes this. Such a file is built with options that other processors cannot run, so it
// includes nothing whose inline functions the linker might take for the rest of the program.
#pragma once

#include "linalg/strided_kernels.h"

// Unrolled before the compiler decides what stays in registers, so that the sums do.
#if defined(__clang__)
#define DEM_UNROLLED _Pragma("unroll")
#else
#define DEM_UNROLLED _Pragma("GCC unroll 16")
#endif

namespace dem::detail {

// Vectors of `kLanes` floats in a processor with `kRegisterCount` of them.
template <long kLanes, int kRegisterCount>
struct FloatArithmetic {
  static constexpr long kWidth = kLanes;
  static constexpr int kRegisters = kRegisterCount;
  using Number = float;
  typedef float Numbers __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));
  using Sums = Numbers;
  static Sums add(float y, Numbers x, Sums sums) { return sums + y * x; }
};

// Arithmetic: Numbers are kWidth elements of b, Sums as many sums; add() adds products.
template <typename Arithmetic>
class StridedKernel {
 public:
  using Product = ProductOf<typename Arithmetic::Number>;

  static void run(const Product& p) {
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
  using Number = typename Arithmetic::Number;
  using Numbers = typename Arithmetic::Numbers;
  using Sums = typename Arithmetic::Sums;
  static constexpr long kWidth = Arithmetic::kWidth;

  // The sums of a block of rows and vectors stay in registers, beside a row of b and a number of a.
  static constexpr long kMostVectors = Arithmetic::kRegisters >= 32 ? 5 : 3;
  static constexpr long rows_beside(long vectors) {
    const long rows = (Arithmetic::kRegisters - 1 - vectors) / vectors;
    return rows > 12 ? 12 : rows;
  }

  // `vectors` vectors of columns from `first` on.
  template <long kVectors>
  static void columns(const Product& p, long first, long vectors) {
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
  static void rows(const Product& p, long row, long count, long first) {
    if constexpr (kRows > 1) {
      if (count < kRows) return rows<kVectors, kRows - 1>(p, row, count, first);
    }
    block<kVectors, kRows>(p, row, first);
  }

  // The last vector ends with the row: where n is no multiple of kWidth it shares columns with the
  // one before it, and both write the same numbers there.
  template <long kVectors, long kRows>
  static void block(const Product& p, long row, long first) {
    const long last =
        first + kVectors * kWidth <= p.n ? (kVectors - 1) * kWidth : p.n - kWidth - first;
    const Number* a = p.a + row * p.row_step;
    const Number* b = p.b + first;
    Sums sums[kRows][kVectors] = {};
    for (long k = 0; k < p.k; ++k) {
      Numbers x[kVectors];
      DEM_UNROLLED
      for (long v = 0; v < kVectors - 1; ++v)
        x[v] = *reinterpret_cast<const Numbers*>(b + v * kWidth);
      x[kVectors - 1] = *reinterpret_cast<const Numbers*>(b + last);
      DEM_UNROLLED
      for (long i = 0; i < kRows; ++i) {
        const Number y = a[i * p.row_step];
        DEM_UNROLLED
        for (long v = 0; v < kVectors; ++v) sums[i][v] = Arithmetic::add(y, x[v], sums[i][v]);
      }
      a += p.inner_step;
      b += p.b_stride;
    }
    DEM_UNROLLED
    for (long i = 0; i < kRows; ++i) {
      float* c = p.c + (row + i) * p.c_stride + first;
      DEM_UNROLLED
      for (long v = 0; v < kVectors - 1; ++v) *reinterpret_cast<Sums*>(c + v * kWidth) = sums[i][v];
      *reinterpret_cast<Sums*>(c + last) = sums[i][kVectors - 1];
    }
  }
};

}  // namespace dem::detail

#undef DEM_UNROLLED
