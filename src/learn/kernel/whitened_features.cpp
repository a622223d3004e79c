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

FeatureMap with_affine(const FeatureMap& base,
                       const std::vector<double>& centre,
                       const Matrix<double>& weight) {
  FeatureMap out = base.clone();
  out.add(FeatureScaling{
      ScalingKind::kStandard, rounded(centre), std::vector<float>(centre.size(), 1.0f)});
  out.add(AffineMap{rounded(weight), std::vector<float>(at(weight.rows()))});
  return out;
}

}  // namespace dem
