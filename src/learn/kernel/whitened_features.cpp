#include "learn/kernel/whitened_features.h"

#include "base/at.h"
#include "learn/kernel/products.h"
#include "learn/solutions.h"

namespace dem {

Matrix<double> whitening(const WhitenedSpace& space) {
  Matrix<double> out = space.scatter.axes.clone();
  scale_rows(out.view(), space.inverse);
  return out;
}

FeatureScaling without_centre(const std::vector<double>& centre) {
  return {ScalingKind::kStandard, rounded(centre), std::vector<float>(centre.size(), 1.0f)};
}

AffineMap behind_centre(const std::vector<double>& centre, const Matrix<double>& weight) {
  const std::vector<float> taken = rounded(centre);
  AffineMap map{rounded(weight), {}};
  for (Index i = 0; i < weight.rows(); ++i) {
    double bias = 0.0;
    for (Index j = 0; j < weight.cols(); ++j) {
      bias += weight(i, j) * (double{taken[at(j)]} - centre[at(j)]);
    }
    map.bias.push_back(static_cast<float>(bias));
  }
  return map;
}

FeatureMap with_affine(const FeatureMap& base,
                       const std::vector<double>& centre,
                       const Matrix<double>& weight) {
  FeatureMap out = base.clone();
  out.add(without_centre(centre));
  out.add(behind_centre(centre, weight));
  return out;
}

}  // namespace dem
