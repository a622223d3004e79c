#include "dem/model/rejection_curve.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "base/rng.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;

// More probable images are right more often.
std::vector<FirstClass> drawn_images(int count) {
  Rng rng(5, Purpose::kInit);
  std::vector<FirstClass> images;
  for (int i = 0; i < count; ++i) {
    const double probability = 0.1 + 0.9 * rng.uniform();
    images.push_back({probability, rng.uniform() < probability});
  }
  return images;
}

struct Counts {
  double right = 0.0;
  double accepted = 0.0;
  [[nodiscard]] double precision() const { return right / accepted; }
};

Counts count(const std::vector<FirstClass>& images, double threshold) {
  Counts counts;
  for (const FirstClass& image : images) {
    if (image.probability < threshold) continue;
    counts.accepted += 1.0;
    counts.right += image.is_right ? 1.0 : 0.0;
  }
  return counts;
}

TEST(RejectionCurve, EveryPointIsWhatCountingGives) {
  for (const int n : {20, 57, 1000}) {
    const std::vector<FirstClass> images = drawn_images(n);
    RejectionCurve curve = rejection_curve(images);
    ASSERT_FALSE(curve.empty()) << n;
    EXPECT_EQ(curve.num_images, n);
    EXPECT_EQ(curve.points.front().accepted, 1.0);
    for (const RejectionCurve::Point& point : curve.points) {
      const Counts counts = count(images, point.threshold);
      EXPECT_EQ(point.precision, counts.precision()) << n;
      EXPECT_EQ(point.accepted, counts.accepted / n) << n;
      EXPECT_GE(counts.accepted, 20.0) << n;
    }
    curve.least_candidates = curve.most_candidates = 10;
    EXPECT_NO_THROW(curve.validate());  // rising and falling as it says
  }
}

// No hundredth of the images below it has that precision.
TEST(RejectionCurve, ThePointOfAPrecisionIsTheLowest) {
  const std::vector<FirstClass> images = drawn_images(1000);
  const RejectionCurve curve = rejection_curve(images);
  EXPECT_GT(curve.points.size(), 20U);
  for (const double precision : {0.0, 0.6, 0.7, 0.8, 0.9}) {
    const RejectionCurve::Point& point = curve.at_precision(precision);
    EXPECT_GE(point.precision, precision);
    for (const RejectionCurve::Point& other : curve.points) {
      if (other.threshold >= point.threshold) continue;
      EXPECT_LT(other.precision, precision);
    }
  }
  EXPECT_EQ(curve.at_precision(0.0).accepted, 1.0);
  EXPECT_EQ(curve.at_precision(0.0).threshold, 0.0) << "other images may have lower probabilities";
}

TEST(RejectionCurve, ImagesOfOneProbabilityAreAcceptedTogether) {
  std::vector<FirstClass> images;
  for (int i = 0; i < 30; ++i) images.push_back({0.75, i % 3 != 0});
  for (int i = 0; i < 70; ++i) images.push_back({0.5, i % 2 == 0});
  const RejectionCurve curve = rejection_curve(images);
  ASSERT_EQ(curve.points.size(), 2U);
  EXPECT_EQ(curve.points[0].threshold, 0.0);   // all
  EXPECT_EQ(curve.points[0].precision, 0.55);  // 35 and 20 of 100
  EXPECT_EQ(curve.points[1].threshold, 0.75);
  EXPECT_EQ(curve.points[1].accepted, 0.3);
  EXPECT_DOUBLE_EQ(curve.points[1].precision, 2.0 / 3.0);
}

TEST(RejectionCurve, FewImagesSayNothing) {
  EXPECT_TRUE(rejection_curve(drawn_images(19)).empty());
  EXPECT_TRUE(rejection_curve({}).empty());
}

TEST(RejectionCurve, APrecisionThatItHasNotIsRefusedWithTheBest) {
  std::vector<FirstClass> images(40, {0.5, true});
  images[7].is_right = images[8].is_right = false;
  const RejectionCurve curve = rejection_curve(images);
  expect_error(ErrorKind::kInvalidArgument, {"at most 0.95", "of its 40 images", "got 0.96"}, [&] {
    (void)curve.at_precision(0.96);
  });
  for (const double bad : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    expect_error(ErrorKind::kInvalidArgument, {"0 .. 1"}, [&] { (void)curve.at_precision(bad); });
  }
  expect_error(ErrorKind::kInvalidArgument, {"measured on held-out images, got none"}, [] {
    (void)RejectionCurve().at_precision(0.5);
  });
}

TEST(RejectionCurve, WhatCannotBeIsRefused) {
  const RejectionCurve good{{{0.1, 0.5, 1.0}, {0.4, 0.75, 0.5}}, 100, 10, 12};
  EXPECT_NO_THROW(good.validate());
  EXPECT_NO_THROW(RejectionCurve().validate());
  const std::function<void(RejectionCurve&)> spoilers[] = {
      [](RejectionCurve& c) { c.points[1].threshold = 0.1; },
      [](RejectionCurve& c) { c.points[1].precision = 0.5; },
      [](RejectionCurve& c) { c.points[1].accepted = 1.0; },
      [](RejectionCurve& c) { c.points[1].accepted = 0.0; },
      [](RejectionCurve& c) { c.points[1].precision = 1.5; },
      [](RejectionCurve& c) { c.points[0].threshold = -0.1; },
      [](RejectionCurve& c) { c.points[0].precision = std::numeric_limits<double>::quiet_NaN(); },
      [](RejectionCurve& c) { c.num_images = 0; },
      [](RejectionCurve& c) { c.least_candidates = 0; },
      [](RejectionCurve& c) { c.most_candidates = 9; },
      [](RejectionCurve& c) {
        c.points.resize(101, {0.5, 0.9, 0.1});
      }};
  for (std::size_t i = 0; i < std::size(spoilers); ++i) {
    RejectionCurve bad = good;
    spoilers[i](bad);
    EXPECT_THROW(bad.validate(), Error) << i;
  }
}

}  // namespace
}  // namespace dem
