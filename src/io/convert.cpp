#include "io/convert.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstring>

#include "base/check.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/widen.h"

namespace dem {
namespace {

struct Half {
  std::uint16_t bits;
};
struct Brain {
  std::uint16_t bits;
};

template <typename T>
T load(const std::byte* source, bool swap_bytes) {
  std::byte raw[sizeof(T)];
  std::memcpy(raw, source, sizeof(T));
  if (swap_bytes) std::reverse(raw, raw + sizeof(T));
  T value;
  std::memcpy(&value, raw, sizeof(T));
  return value;
}

template <typename T>
double widen(T value) {
  if constexpr (std::same_as<T, Half>) {
    return float16_to_float(value.bits);
  } else if constexpr (std::same_as<T, Brain>) {
    return bfloat16_to_float(value.bits);
  } else {
    return static_cast<double>(value);
  }
}

// Calls body with a value of the stored type: the one switch over element types.
template <typename Body>
auto with_type(ElementType type, Body&& body) {
  switch (type) {
    case ElementType::kBool:
    case ElementType::kUint8:
      return body(std::uint8_t{});
    case ElementType::kInt8:
      return body(std::int8_t{});
    case ElementType::kUint16:
      return body(std::uint16_t{});
    case ElementType::kInt16:
      return body(std::int16_t{});
    case ElementType::kUint32:
      return body(std::uint32_t{});
    case ElementType::kInt32:
      return body(std::int32_t{});
    case ElementType::kUint64:
      return body(std::uint64_t{});
    case ElementType::kInt64:
      return body(std::int64_t{});
    case ElementType::kFloat16:
      return body(Half{});
    case ElementType::kBfloat16:
      return body(Brain{});
    case ElementType::kFloat32:
      return body(float{});
    case ElementType::kFloat64:
      return body(double{});
    case ElementType::kText:
    case ElementType::kOther:
      break;
  }
  throw Error(ErrorKind::kInternal, concat("conversion of ", to_string(type), " elements"));
}

}  // namespace

float float16_to_float(std::uint16_t bits) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  const std::uint32_t fraction = bits & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1.0p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 0x1f ? 0xffu : exponent + 112u;
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

float bfloat16_to_float(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

void convert_to_float(ElementType type,
                      const std::byte* source,
                      std::ptrdiff_t stride,
                      bool swap_bytes,
                      Index n,
                      float* out) {
  const bool in_a_row = !swap_bytes && stride == static_cast<std::ptrdiff_t>(element_size(type));
  if (in_a_row && widen_exactly(type, source, n, out)) return;
  with_type(type, [&]<typename T>(T) {
    if (in_a_row) {
      for (Index i = 0; i < n; ++i) {
        T value;
        std::memcpy(&value, source + i * static_cast<std::ptrdiff_t>(sizeof(T)), sizeof(T));
        out[i] = static_cast<float>(widen(value));
      }
      return;
    }
    for (Index i = 0; i < n; ++i) {
      out[i] = static_cast<float>(widen(load<T>(source + i * stride, swap_bytes)));
    }
  });
}

double element_to_double(ElementType type, const std::byte* source, bool swap_bytes) {
  return with_type(type, [&]<typename T>(T) { return widen(load<T>(source, swap_bytes)); });
}

namespace {

void convert_rows(ElementType type,
                  const std::byte* source,
                  std::ptrdiff_t row_stride,
                  std::ptrdiff_t col_stride,
                  bool swap_bytes,
                  MatrixView<float> out) {
  if (col_stride == static_cast<std::ptrdiff_t>(element_size(type))) {
    for (Index i = 0; i < out.rows(); ++i) {
      convert_to_float(
          type, source + i * row_stride, col_stride, swap_bytes, out.cols(), out.row(i).data());
    }
    return;
  }
  // The stored order runs down our columns: tiles keep both sides within the cache.
  constexpr Index kTile = 32;
  float tile[kTile * kTile];
  for (Index row = 0; row < out.rows(); row += kTile) {
    const Index rows = std::min(kTile, out.rows() - row);
    for (Index col = 0; col < out.cols(); col += kTile) {
      const Index cols = std::min(kTile, out.cols() - col);
      for (Index j = 0; j < cols; ++j) {
        const std::byte* start = source + row * row_stride + (col + j) * col_stride;
        convert_to_float(type, start, row_stride, swap_bytes, rows, tile + j * kTile);
      }
      for (Index i = 0; i < rows; ++i) {
        float* target = out.data() + (row + i) * out.stride() + col;
        for (Index j = 0; j < cols; ++j) target[j] = tile[j * kTile + i];
      }
    }
  }
}

}  // namespace

void convert_matrix(ElementType type,
                    const std::byte* source,
                    std::ptrdiff_t row_stride,
                    std::ptrdiff_t col_stride,
                    bool swap_bytes,
                    MatrixView<float> out) {
  constexpr Index kGrain = 128;  // rows; a multiple of the tile
  parallel_for(out.rows(), kGrain, [&](Index first, Index last) {
    convert_rows(type,
                 source + first * row_stride,
                 row_stride,
                 col_stride,
                 swap_bytes,
                 out.row_block(first, last - first));
  });
}

std::vector<std::int64_t> convert_to_integers(
    ElementType type, const std::byte* source, bool swap_bytes, Index n, const std::string& where) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(n));
  with_type(type, [&]<typename T>(T) {
    for (Index i = 0; i < n; ++i) {
      const T value = load<T>(source + i * static_cast<Index>(sizeof(T)), swap_bytes);
      // 2^53 + 1 widens to 2^53, so the limit itself is out.
      constexpr double kLimit = 0x1.0p53;
      const double wide = widen(value);
      if (!(std::abs(wide) < kLimit) || wide != std::floor(wide)) {
        throw Error(ErrorKind::kFormat,
                    concat(where,
                           ": expected whole numbers below 2^53 in magnitude, got ",
                           wide,
                           " at position ",
                           i));
      }
      values[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(wide);
    }
  });
  return values;
}

}  // namespace dem
