#include "learn/join_means.h"

#include <cmath>

namespace dem {

void join_means(const MeansToJoin& means, std::span<double> scatter, std::span<double> apart) {
  const auto a = static_cast<double>(means.a);
  const auto b = static_cast<double>(means.b);
  const auto both = static_cast<double>(means.a + means.b);
  const double part = b / both;
  const double weight = a / both * b;
  for (std::size_t j = 0; j < means.mean.size(); ++j) {
    const double difference = means.other[j] - means.mean[j];
    means.mean[j] = means.a == 0 ? means.other[j] : means.mean[j] + part * difference;
    scatter[j] += weight * difference * difference;
    apart[j] = std::sqrt(weight) * difference;
  }
}

}  // namespace dem
