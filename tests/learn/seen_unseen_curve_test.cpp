#include "learn/seen_unseen_curve.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/rng.h"

namespace dem {
namespace {

std::vector<CurveImage> random_images(Index count, Index num_classes, Rng& rng) {
  std::vector<CurveImage> images;
  for (Index i = 0; i < count; ++i) {
    CurveImage image;
    image.label = static_cast<Index>(rng.below(static_cast<std::uint64_t>(num_classes)));
    image.is_unseen = image.label % 2 == 1;
    image.gap = static_cast<float>(rng.normal() + (image.is_unseen ? -0.5 : 0.5));
    image.is_right = rng.uniform() < 0.7;
    images.push_back(image);
  }
  return images;
}

// U or S, image by image.
double naive_accuracy(const std::vector<CurveImage>& images, double gamma, bool unseen) {
  std::map<Index, std::pair<double, double>> hits;  // of a class: right ones, and all
  for (const CurveImage& image : images) {
    if (image.is_unseen != unseen) continue;
    const bool goes_to_unseen = double{image.gap} < gamma;
    auto& [right, all] = hits[image.label];
    right += image.is_right && goes_to_unseen == unseen ? 1.0 : 0.0;
    all += 1.0;
  }
  double sum = 0.0;
  for (const auto& [label, counts] : hits) sum += counts.first / counts.second;
  return hits.empty() ? 0.0 : sum / static_cast<double>(hits.size());
}

TEST(SeenUnseenCurve, IsWhatCountingGives) {
  Rng rng(3, Purpose::kSynthetic);
  for (const Index count : {1, 2, 7, 60}) {
    const std::vector<CurveImage> images = random_images(count, 6, rng);
    const SeenUnseenCurve curve(images);
    for (const double gamma : {-10.0, -1.0, -0.3, 0.0, 0.2, 1.0, 10.0}) {
      EXPECT_NEAR(curve.at(gamma).unseen, naive_accuracy(images, gamma, true), 1e-12);
      EXPECT_NEAR(curve.at(gamma).seen, naive_accuracy(images, gamma, false), 1e-12);
    }
    EXPECT_NEAR(curve.t1(), naive_accuracy(images, 1e9, true), 1e-12);
  }
}

// A step at each image: the area is that of rectangles.
TEST(SeenUnseenCurve, AreaIsOneWhereAGammaIsRightForAll) {
  std::vector<CurveImage> images;
  for (Index i = 0; i < 10; ++i) {
    const bool unseen = i % 2 == 0;
    images.push_back({unseen ? -1.0f - static_cast<float>(i) : 1.0f + static_cast<float>(i),
                      i % 4,
                      unseen,
                      true});
  }
  const SeenUnseenCurve curve(images);
  EXPECT_NEAR(curve.area(), 1.0, 1e-12);
  EXPECT_NEAR(curve.at(0.0).harmonic(), 1.0, 1e-12);
  const std::vector<SeenUnseenCurve> curves(1, curve);
  const BestGamma best = best_gamma(curves);
  EXPECT_NEAR(best.harmonic, 1.0, 1e-12);
  EXPECT_NEAR(curve.at(best.gamma).harmonic(), 1.0, 1e-12);
}

TEST(SeenUnseenCurve, QuantilesLieBetweenImages) {
  std::vector<CurveImage> images;
  for (const float gap : {3.0f, 1.0f, 2.0f}) images.push_back({gap, 0, true, true});
  const SeenUnseenCurve curve(images);
  EXPECT_DOUBLE_EQ(quantile(curve.gaps(), 0.0), 1.0);
  EXPECT_DOUBLE_EQ(quantile(curve.gaps(), 0.25), 1.5);
  EXPECT_DOUBLE_EQ(quantile(curve.gaps(), 1.0), 3.0);
}

}  // namespace
}  // namespace dem
