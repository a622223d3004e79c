// What rejecting images by the probability of their first class comes to, measured on images that
// were held out.
#pragma once

#include <vector>

#include "dem/base/types.h"

namespace dem {

struct RejectionCurve {
  // Of the images whose first class has at least this probability:
  struct Point {
    double threshold = 0.0;  // 0 .. 1
    double precision = 0.0;  // the share that is right, 0 .. 1
    double accepted = 0.0;   // their share of all images, above 0, at most 1
  };
  // By threshold, at most kMostRejectionPoints. Each has a higher precision than all before it, and
  // accepts fewer images: a threshold between that gains nothing is left out.
  std::vector<Point> points = {};
  Index num_images = 0;  // one that several folds score counts in each
  // The classes that they were searched among, which may differ between folds.
  Index least_candidates = 0;
  Index most_candidates = 0;

  // Nothing was measured.
  [[nodiscard]] bool empty() const { return points.empty(); }
  // The lowest threshold with at least this precision, 0 .. 1. Throws Error{kInvalidArgument} where
  // the curve is empty or does not reach it, saying the best that it has.
  [[nodiscard]] const Point& at_precision(double precision) const;
  // Throws Error{kInvalidArgument} saying what is out of range or out of order.
  void validate() const;
};

inline constexpr Index kMostRejectionPoints = 100;
// An accepted share of fewer images than this says nothing.
inline constexpr Index kLeastAcceptedImages = 20;

// One image: the probability of its first class, and whether that is its own.
struct FirstClass {
  double probability = 0.0;
  bool is_right = false;
};

// The curve of some images, of which each counts alike; its candidates are left at 0. Thresholds
// are probabilities that occur, at even steps of the accepted share. Empty where there are fewer
// than kLeastAcceptedImages images.
[[nodiscard]] RejectionCurve rejection_curve(std::vector<FirstClass> images);

}  // namespace dem
