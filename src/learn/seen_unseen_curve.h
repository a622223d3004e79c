// Accuracies on seen and on unseen classes while an offset moves from one kind to the other.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dem/base/types.h"
#include "search/gamma_curve.h"

namespace dem {

// What is known of an image: the difference that decides between seen and unseen, and whether each
// kind's best class is right.
struct CurveImage {
  float gap = 0.0f;        // best score of a seen class less the best of an unseen one
  Index label = 0;         // any numbering of classes from 0 on
  bool is_unseen = false;  // the label's kind
  bool is_right = false;   // the best class of the label's kind is the label
};

// U and S as functions of gamma, as GammaCurve has them; a tie goes to the seen class.
class SeenUnseenCurve {
 public:
  explicit SeenUnseenCurve(std::span<const CurveImage> images);

  struct Point {
    double unseen, seen;  // U, S
    [[nodiscard]] double harmonic() const;
  };
  [[nodiscard]] Point at(double gamma) const;
  // Accuracy on unseen classes among these alone.
  [[nodiscard]] double t1() const;
  [[nodiscard]] const std::vector<float>& gaps() const { return gaps_; }  // ascending
  // Area under S over U.
  [[nodiscard]] double area() const { return curve_.area(); }

 private:
  GammaCurve curve_;
  std::vector<float> gaps_;
};

// The value at a part q of 0 to 1 of ascending ones, linear between two; 0 of none.
[[nodiscard]] double quantile(std::span<const float> ascending, double q);

// The gamma of the best mean of harmonic means over some curves: of 400 gammas between the 1 % and
// 99 % quantiles of the gaps, smoothed over 21 of them, since the curve of few images is rough.
struct BestGamma {
  double gamma, harmonic;
};
[[nodiscard]] BestGamma best_gamma(std::span<const SeenUnseenCurve> curves);

// That of a gamma that was given: itself, and the mean of harmonic means there; else the best.
[[nodiscard]] BestGamma gamma_by(std::optional<double> given,
                                 std::span<const SeenUnseenCurve> curves);

// Where no image of a seen class can be spared: the gamma that leaves four fifths of the images of
// held-out classes with these.
[[nodiscard]] double gamma_without_seen(std::span<const SeenUnseenCurve> curves);

}  // namespace dem
