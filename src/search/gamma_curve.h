// Accuracies on unseen and on seen classes while gamma, the number that is taken off the scores of
// seen classes, goes through all values (Chao et al., ECCV 2016, section 4.2).
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "dem/base/types.h"

namespace dem {

// How far the score of a seen class is above that of an unseen one; 0 also where both are the same
// infinity. Neither is NaN.
[[nodiscard]] inline double score_gap(double seen, double unseen) {
  return seen == unseen ? 0.0 : seen - unseen;
}

// Which of two classes, one of either kind, an image goes to: a tie goes to the lower candidate.
[[nodiscard]] inline bool seen_wins(double gap, double gamma, bool seen_is_lower) {
  return gap > gamma || (gap == gamma && seen_is_lower);
}

// What decides about an image for every gamma: the best class of either kind.
struct ImageGap {
  double gap = 0.0;            // score_gap() of the best seen and the best unseen class
  ClassId label = 0;           // any numbering of classes from 0 on
  bool is_unseen = false;      // the label's kind
  bool is_right = false;       // the best class of the label's kind is the label
  bool seen_is_lower = false;  // of these two candidates
};

// Whether it is recognised among all classes.
[[nodiscard]] inline bool is_recognised(const ImageGap& image, double gamma) {
  return image.is_right && seen_wins(image.gap, gamma, image.seen_is_lower) != image.is_unseen;
}

// Gamma changes something at the gaps alone. At a gap itself the images of this gap whose unseen
// class is the lower candidate have gone to the unseen side; just above it all of them have. So the
// curve is a list of points, each for an interval of gammas: from its own gamma, with it, to the
// next point's. n log n for n images.
class GammaCurve {
 public:
  explicit GammaCurve(std::vector<ImageGap> images);

  // U and S: means over the classes of the images of a kind; 0 where there is none.
  struct Point {
    double gamma;  // the least number of the interval; minus infinity of the first
    double unseen, seen;
  };

  [[nodiscard]] std::vector<Point> points() const;  // by ascending gamma
  [[nodiscard]] Point at(double gamma) const;
  // Area under S over U by trapezoids between all points: AUSUC.
  [[nodiscard]] double area() const;
  // The same where image i of images() adds credits[i] to the mean over classes of its kind, and
  // not 1 / (images of its class times classes): of images that are there more than once, or not at
  // all. 0 of those that are not right.
  [[nodiscard]] double area_of(std::span<const double> credits) const;
  [[nodiscard]] const std::vector<ImageGap>& images() const { return images_; }  // in their order

 private:
  // Whether there is a point with the first i images on the unseen side.
  [[nodiscard]] bool is_point(std::size_t i) const;
  [[nodiscard]] Point point(std::size_t i) const;

  std::vector<ImageGap> images_;       // in the order in which they change sides
  std::vector<double> unseen_, seen_;  // [n + 1], with the first i images on the unseen side
};

}  // namespace dem
