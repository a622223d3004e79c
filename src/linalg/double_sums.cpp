#include "linalg/double_sums.h"

#include <cstddef>

namespace dem {
namespace {

// Eight independent sums hide the latency of an addition and let the compiler use vectors without
// leave to reorder.
constexpr std::size_t kLanes = 8;

template <typename Term>
double sum_terms(std::size_t n, Term&& term) noexcept {
  double lane[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += term(i + l);
  }
  for (std::size_t l = 0; i + l < n; ++l) lane[l] += term(i + l);
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

}  // namespace

double squared_norm(std::span<const float> a) noexcept {
  return sum_terms(a.size(), [x = a.data()](std::size_t i) {
    const double value = x[i];
    return value * value;
  });
}

double dot(std::span<const float> a, std::span<const float> b) noexcept {
  return sum_terms(a.size(), [x = a.data(), y = b.data()](std::size_t i) {
    return static_cast<double>(x[i]) * static_cast<double>(y[i]);
  });
}

double squared_distance(std::span<const float> a, std::span<const float> b) noexcept {
  return sum_terms(a.size(), [x = a.data(), y = b.data()](std::size_t i) {
    const double difference = static_cast<double>(x[i]) - static_cast<double>(y[i]);
    return difference * difference;
  });
}

}  // namespace dem
