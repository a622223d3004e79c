#include "search/gamma_curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

namespace dem {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// U or S for one gamma, counted anew.
double naive_accuracy(const std::vector<ImageGap>& images, bool of_unseen, double gamma) {
  std::map<ClassId, std::pair<double, double>> classes;  // images, right ones
  for (const ImageGap& image : images) {
    if (image.is_unseen != of_unseen) continue;
    const bool to_seen = image.gap > gamma || (image.gap == gamma && image.seen_is_lower);
    auto& [all, right] = classes[image.label];
    all += 1.0;
    right += image.is_right && to_seen != of_unseen ? 1.0 : 0.0;
  }
  double sum = 0.0;
  for (const auto& [label, counts] : classes) sum += counts.second / counts.first;
  return classes.empty() ? 0.0 : sum / static_cast<double>(classes.size());
}

// Gaps that are often equal; classes of unequal sizes.
std::vector<ImageGap> random_images(unsigned seed, int n, int distinct) {
  std::mt19937 generator(seed);
  const auto below = [&](int end) { return static_cast<int>(generator() % unsigned(end)); };
  std::vector<ImageGap> images;
  for (int i = 0; i < n; ++i) {
    ImageGap image;
    image.gap = 0.25 * (below(distinct) - distinct / 2);
    image.is_unseen = below(2) == 0;
    image.label = std::min(below(9), below(9)) + (image.is_unseen ? 9 : 0);
    image.is_right = below(3) > 0;
    image.seen_is_lower = below(2) == 0;
    images.push_back(image);
  }
  return images;
}

// Classes 0 and 1 are seen, 5 is unseen; gamma goes from left to right.
//   image     gap   best of its kind   to the unseen side
//   0         -1    right              at -1 (its unseen candidate is the lower)
//   1          2    right              above 2
//   5          1    right              at 1
//   5          2    wrong              at 2
//   gamma     below -1   [-1, 1)   [1, 2)   2 itself   above 2
//   S         1          1/2       1/2      1/2        0
//   U         0          0         1/2      1/2        1/2
//   area: (1/2 - 0) (1/2 + 1/2) / 2 = 1/4
TEST(GammaCurve, TheWorkedExample) {
  const GammaCurve curve({{2.0, 1, false, true, true},
                          {2.0, 5, true, false, false},
                          {-1.0, 0, false, true, false},
                          {1.0, 5, true, true, false}});
  const struct {
    double gamma, unseen, seen;
  } expected[] = {{-kInfinity, 0.0, 1.0},
                  {-1.0, 0.0, 0.5},
                  {1.0, 0.5, 0.5},
                  {2.0, 0.5, 0.5},
                  {std::nextafter(2.0, 3.0), 0.5, 0.0}};
  const auto points = curve.points();
  ASSERT_EQ(points.size(), std::size(expected));
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].gamma, expected[i].gamma) << i;
    EXPECT_EQ(points[i].unseen, expected[i].unseen) << i;
    EXPECT_EQ(points[i].seen, expected[i].seen) << i;
  }
  EXPECT_EQ(curve.area(), 0.25);
  EXPECT_EQ(curve.at(1.5).unseen, 0.5);
  EXPECT_EQ(curve.at(2.0).seen, 0.5);
  EXPECT_EQ(curve.at(2.1).seen, 0.0);
}

TEST(GammaCurve, AgreesWithCountingForEachGammaAnew) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const std::vector<ImageGap> images = random_images(seed, 120, seed % 2 == 0 ? 9 : 100);
    const GammaCurve curve(images);
    std::set<double> gammas{-kInfinity};
    for (const ImageGap& image : images) {
      gammas.insert(image.gap);
      gammas.insert(std::nextafter(image.gap, kInfinity));
      gammas.insert(image.gap - 0.1);
    }
    double area = 0.0, unseen_before = 0.0, seen_before = 0.0;
    std::set<std::pair<double, double>> pairs;
    for (const double gamma : gammas) {
      const double unseen = naive_accuracy(images, true, gamma);
      const double seen = naive_accuracy(images, false, gamma);
      EXPECT_NEAR(curve.at(gamma).unseen, unseen, 1e-14) << seed << " " << gamma;
      EXPECT_NEAR(curve.at(gamma).seen, seen, 1e-14) << seed << " " << gamma;
      if (gamma != -kInfinity) area += (seen_before - seen) * (unseen_before + unseen) / 2;
      unseen_before = unseen;
      seen_before = seen;
    }
    EXPECT_NEAR(curve.area(), area, 1e-14) << seed;
    double last = -kInfinity;
    for (const GammaCurve::Point& point : curve.points()) {
      EXPECT_GE(point.gamma, last);
      last = point.gamma;
      EXPECT_NEAR(point.unseen, naive_accuracy(images, true, point.gamma), 1e-14) << point.gamma;
      EXPECT_NEAR(point.seen, naive_accuracy(images, false, point.gamma), 1e-14) << point.gamma;
    }
  }
}

// To the last digit, since ranks give their images in their order.
TEST(GammaCurve, DoesNotDependOnTheOrderOfTheImages) {
  std::vector<ImageGap> images = random_images(3, 500, 40);
  const GammaCurve curve(images);
  std::shuffle(images.begin(), images.end(), std::mt19937(5));
  const GammaCurve other(images);
  EXPECT_EQ(curve.area(), other.area());
  const auto points = curve.points(), others = other.points();
  ASSERT_EQ(points.size(), others.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].unseen, others[i].unseen) << i;
    EXPECT_EQ(points[i].seen, others[i].seen) << i;
  }
}

TEST(GammaCurve, HasEndsThatAreExactAndTakesInfiniteGapsAndNoImage) {
  const auto points = GammaCurve(random_images(4, 300, 70)).points();
  EXPECT_EQ(points.front().unseen, 0.0);
  EXPECT_EQ(points.back().seen, 0.0);
  const GammaCurve none({});
  EXPECT_EQ(none.area(), 0.0);
  EXPECT_EQ(none.points().size(), 1u);
  const GammaCurve infinite(
      {{kInfinity, 0, false, true, true}, {-kInfinity, 1, true, true, false}});
  EXPECT_EQ(infinite.at(1e300).seen, 1.0);
  EXPECT_EQ(infinite.at(-1e300).unseen, 1.0);
  EXPECT_EQ(infinite.area(), 1.0);
  EXPECT_EQ(score_gap(-kInfinity, -kInfinity), 0.0);
}

}  // namespace
}  // namespace dem
