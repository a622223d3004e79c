#include "learn/seen_unseen_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/at.h"

namespace dem {
namespace {

constexpr int kGammas = 400;
constexpr int kSmoothed = 21;  // odd
constexpr double kLeastSum = 1e-12;
constexpr double kKeptPart = 0.8;

// A moving mean; the ends go on beyond themselves.
std::vector<double> smoothed(const std::vector<double>& values) {
  const int half = kSmoothed / 2;
  const int last = static_cast<int>(values.size()) - 1;
  std::vector<double> out(values.size());
  for (int i = 0; i <= last; ++i) {
    double sum = 0.0;
    for (int k = i - half; k <= i + half; ++k) {
      sum += values[static_cast<std::size_t>(std::clamp(k, 0, last))];
    }
    out[static_cast<std::size_t>(i)] = sum / kSmoothed;
  }
  return out;
}

std::vector<ImageGap> gaps_of(std::span<const CurveImage> images) {
  std::vector<ImageGap> gaps;
  gaps.reserve(images.size());
  for (const CurveImage& image : images) {
    gaps.push_back({.gap = double{image.gap},
                    .label = static_cast<ClassId>(image.label),
                    .is_unseen = image.is_unseen,
                    .is_right = image.is_right,
                    .seen_is_lower = true});
  }
  return gaps;
}

}  // namespace

SeenUnseenCurve::SeenUnseenCurve(std::span<const CurveImage> images) : curve_(gaps_of(images)) {
  gaps_.reserve(images.size());
  for (const ImageGap& image : curve_.images()) gaps_.push_back(static_cast<float>(image.gap));
}

double SeenUnseenCurve::Point::harmonic() const {
  return 2.0 * unseen * seen / std::max(unseen + seen, kLeastSum);
}

SeenUnseenCurve::Point SeenUnseenCurve::at(double gamma) const {
  const GammaCurve::Point point = curve_.at(gamma);
  return {point.unseen, point.seen};
}

double SeenUnseenCurve::t1() const {
  return at(std::numeric_limits<double>::infinity()).unseen;
}

double quantile(std::span<const float> ascending, double q) {
  if (ascending.empty()) return 0.0;
  const double place = q * static_cast<double>(ascending.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, ascending.size() - 1);
  return std::lerp(
      double{ascending[low]}, double{ascending[high]}, place - static_cast<double>(low));
}

BestGamma best_gamma(std::span<const SeenUnseenCurve> curves) {
  double low = quantile(curves[0].gaps(), 0.01);
  double high = quantile(curves[0].gaps(), 0.99);
  for (const SeenUnseenCurve& curve : curves) {
    low = std::min(low, quantile(curve.gaps(), 0.01));
    high = std::max(high, quantile(curve.gaps(), 0.99));
  }
  std::vector<double> harmonics;
  for (int i = 0; i < kGammas; ++i) {
    const double gamma = std::lerp(low, high, static_cast<double>(i) / (kGammas - 1));
    double sum = 0.0;
    for (const SeenUnseenCurve& curve : curves) sum += curve.at(gamma).harmonic();
    harmonics.push_back(sum / static_cast<double>(curves.size()));
  }
  const std::vector<double> smooth = smoothed(harmonics);
  const auto best = std::max_element(smooth.begin(), smooth.end()) - smooth.begin();
  return {std::lerp(low, high, static_cast<double>(best) / (kGammas - 1)),
          smooth[static_cast<std::size_t>(best)]};
}

BestGamma gamma_by(std::optional<double> given, std::span<const SeenUnseenCurve> curves) {
  if (!given) return best_gamma(curves);
  double sum = 0.0;
  for (const SeenUnseenCurve& curve : curves) sum += curve.at(*given).harmonic();
  return {*given, sum / static_cast<double>(curves.size())};
}

double gamma_without_seen(std::span<const SeenUnseenCurve> curves) {
  std::vector<float> gaps;
  for (const SeenUnseenCurve& curve : curves) {
    gaps.insert(gaps.end(), curve.gaps().begin(), curve.gaps().end());
  }
  std::sort(gaps.begin(), gaps.end());
  return quantile(gaps, kKeptPart);
}

}  // namespace dem
