#include "dem/model/rejection_curve.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

[[noreturn]] void refuse(const std::string& expected, const std::string& got) {
  throw Error(ErrorKind::kInvalidArgument,
              concat("rejection curve: expected ", expected, ", got ", got));
}

bool is_share(double value) {
  return value >= 0.0 && value <= 1.0;
}

}  // namespace

RejectionCurve rejection_curve(std::vector<FirstClass> images) {
  RejectionCurve curve;
  const auto n = static_cast<Index>(images.size());
  if (n < kLeastAcceptedImages) return curve;
  std::sort(images.begin(), images.end(), [](const FirstClass& a, const FirstClass& b) {
    return a.probability > b.probability;
  });
  std::vector<Index> right(at(n + 1));  // among the first so many
  for (Index i = 0; i < n; ++i) right[at(i + 1)] = right[at(i)] + (images[at(i)].is_right ? 1 : 0);
  curve.num_images = n;
  for (Index step = kMostRejectionPoints; step > 0; --step) {
    Index accepted = (step * n + kMostRejectionPoints - 1) / kMostRejectionPoints;
    const double threshold = images[at(accepted - 1)].probability;
    while (accepted < n && images[at(accepted)].probability == threshold) ++accepted;
    if (accepted < kLeastAcceptedImages) break;
    const double precision =
        static_cast<double>(right[at(accepted)]) / static_cast<double>(accepted);
    if (!curve.points.empty() && precision <= curve.points.back().precision) continue;
    const bool is_all = accepted == n;  // so is a threshold of nothing
    curve.points.push_back({is_all ? 0.0 : threshold,
                            precision,
                            static_cast<double>(accepted) / static_cast<double>(n)});
  }
  return curve;
}

const RejectionCurve::Point& RejectionCurve::at_precision(double precision) const {
  if (!is_share(precision)) refuse("a precision of 0 .. 1", concat(precision));
  if (points.empty()) refuse("one measured on held-out images", "none");
  const auto found = std::find_if(points.begin(), points.end(), [&](const Point& point) {
    return point.precision >= precision;
  });
  if (found != points.end()) return *found;
  const Point& best = points.back();
  refuse(concat("a precision that it reaches, at most ",
                best.precision,
                " (of the ",
                best.accepted,
                " of its ",
                num_images,
                " images that a probability of ",
                best.threshold,
                " accepts)"),
         concat(precision));
}

void RejectionCurve::validate() const {
  if (points.empty()) return;
  if (static_cast<Index>(points.size()) > kMostRejectionPoints) {
    refuse(concat("at most ", kMostRejectionPoints, " points"), concat(points.size()));
  }
  if (num_images < 1) refuse("images", concat(num_images));
  if (least_candidates < 1 || most_candidates < least_candidates) {
    refuse("candidates, no fewer at most than at least",
           concat(least_candidates, " to ", most_candidates));
  }
  const Point* before = nullptr;
  for (const Point& point : points) {
    const bool in_range = is_share(point.threshold) && is_share(point.precision) &&
                          is_share(point.accepted) && point.accepted > 0.0;
    const bool in_order = before == nullptr || (point.threshold > before->threshold &&
                                                point.precision > before->precision &&
                                                point.accepted < before->accepted);
    if (!in_range || !in_order) {
      refuse("shares of 0 .. 1, thresholds and precisions rising, accepted shares falling",
             concat(point.threshold, " ", point.precision, " ", point.accepted));
    }
    before = &point;
  }
}

}  // namespace dem
