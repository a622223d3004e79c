#include "search/gamma_curve.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "base/at.h"

namespace dem {
namespace {

constexpr double kBeyondAll = std::numeric_limits<double>::infinity();

// What one recognised image adds to the mean over classes of its kind: 1 / (images of its class
// times classes).
class Credits {
 public:
  explicit Credits(std::span<const ImageGap> images) {
    ClassId last = -1;
    for (const ImageGap& image : images) last = std::max(last, image.label);
    for (std::vector<Index>& counts : counts_) counts.resize(at(Index{last} + 1));
    for (const ImageGap& image : images) {
      if (++counts_[kind(image)][at(image.label)] == 1) ++classes_[kind(image)];
    }
  }

  [[nodiscard]] double operator()(const ImageGap& image) const {
    if (!image.is_right) return 0.0;
    const Index count = counts_[kind(image)][at(image.label)];
    return 1.0 / (static_cast<double>(count) * static_cast<double>(classes_[kind(image)]));
  }

 private:
  static std::size_t kind(const ImageGap& image) { return image.is_unseen ? 1 : 0; }

  std::vector<Index> counts_[2];  // by kind and label
  Index classes_[2] = {};
};

// In the order in which they change sides; further, so that sums do not depend on the order in
// which the images were given.
bool changes_before(const ImageGap& a, const ImageGap& b) {
  const auto key = [](const ImageGap& image) {
    return std::tuple(image.gap, image.seen_is_lower, image.label, image.is_unseen, image.is_right);
  };
  return key(a) < key(b);
}

}  // namespace

GammaCurve::GammaCurve(std::vector<ImageGap> images)
    : images_(std::move(images)), unseen_(images_.size() + 1), seen_(images_.size() + 1) {
  std::sort(images_.begin(), images_.end(), changes_before);
  const Credits credit(images_);
  // Either sum begins where it is 0, so that both ends of the curve are exact there.
  for (std::size_t i = 0; i < images_.size(); ++i) {
    unseen_[i + 1] = unseen_[i] + (images_[i].is_unseen ? credit(images_[i]) : 0.0);
  }
  for (std::size_t i = images_.size(); i-- > 0;) {
    seen_[i] = seen_[i + 1] + (images_[i].is_unseen ? 0.0 : credit(images_[i]));
  }
}

bool GammaCurve::is_point(std::size_t i) const {
  if (i == 0 || i == images_.size()) return true;
  const ImageGap &before = images_[i - 1], &after = images_[i];
  return before.gap != after.gap || before.seen_is_lower != after.seen_is_lower;
}

GammaCurve::Point GammaCurve::point(std::size_t i) const {
  double gamma = -kBeyondAll;
  if (i > 0) {
    const ImageGap& last = images_[i - 1];
    gamma = last.seen_is_lower ? std::nextafter(last.gap, kBeyondAll) : last.gap;
  }
  return {gamma, unseen_[i], seen_[i]};
}

std::vector<GammaCurve::Point> GammaCurve::points() const {
  std::vector<Point> all;
  for (std::size_t i = 0; i <= images_.size(); ++i) {
    if (is_point(i)) all.push_back(point(i));
  }
  return all;
}

GammaCurve::Point GammaCurve::at(double gamma) const {
  const auto changed =
      std::partition_point(images_.begin(), images_.end(), [gamma](const ImageGap& image) {
        return !seen_wins(image.gap, gamma, image.seen_is_lower);
      });
  const auto i = static_cast<std::size_t>(changed - images_.begin());
  return {gamma, unseen_[i], seen_[i]};
}

double GammaCurve::area() const {
  double sum = 0.0;
  std::size_t before = 0;
  for (std::size_t i = 1; i <= images_.size(); ++i) {
    if (!is_point(i)) continue;
    sum += (seen_[before] - seen_[i]) * (unseen_[before] + unseen_[i]) / 2.0;
    before = i;
  }
  return sum;
}

double GammaCurve::area_of(std::span<const double> credits) const {
  double sum = 0.0, unseen = 0.0;
  double seen_step = 0.0, unseen_step = 0.0;  // since the point before
  for (std::size_t i = 0; i < images_.size(); ++i) {
    (images_[i].is_unseen ? unseen_step : seen_step) += credits[i];
    if (!is_point(i + 1)) continue;
    sum += seen_step * (unseen + unseen_step / 2.0);
    unseen += unseen_step;
    seen_step = unseen_step = 0.0;
  }
  return sum;
}

}  // namespace dem
