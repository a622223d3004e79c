#include "optim/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "base/parallel.h"
#include "base/simd.h"

namespace dem {
namespace {

// Elements of one piece of work: sums of pieces are added in order, whatever the number of threads.
constexpr Index kPiece = 1 << 14;

template <typename Number>
double dot(std::span<const Number> a, std::span<const double> b) {
  const auto size = static_cast<Index>(a.size());
  std::vector<double> parts(static_cast<std::size_t>((size + kPiece - 1) / kPiece));
  parallel_for(size, kPiece, [&](Index first, Index last) {
    const Number* x = a.data() + first;
    const double* y = b.data() + first;
    double* part = &parts[static_cast<std::size_t>(first / kPiece)];
    const Index count = last - first;
    vectorised([=]() DEM_KERNEL {
      constexpr Index kLanes = 16;
      double lanes[kLanes] = {};
      Index i = 0;
      for (; i + kLanes <= count; i += kLanes) {
        for (Index k = 0; k < kLanes; ++k) lanes[k] += double{x[i + k]} * y[i + k];
      }
      for (; i < count; ++i) lanes[0] += double{x[i]} * y[i];
      double sum = 0.0;
      for (Index k = 0; k < kLanes; ++k) sum += lanes[k];
      *part = sum;
    });
  });
  double sum = 0.0;
  for (const double part : parts) sum += part;
  return sum;
}

double dot(const std::vector<double>& a, std::span<const double> b) {
  return dot(std::span<const double>(a), b);
}

// y += factor * x
template <typename Number>
void add_scaled(double factor, std::span<const Number> x, std::span<double> y) {
  parallel_for(static_cast<Index>(x.size()), kPiece, [&](Index first, Index last) {
    const Number* from = x.data() + first;
    double* to = y.data() + first;
    const Index count = last - first;
    vectorised([=]() DEM_KERNEL {
      for (Index i = 0; i < count; ++i) to[i] += factor * double{from[i]};
    });
  });
}

// The minimum of the cubic through two points with slopes; the middle where there is none between.
double cubic_minimum(double a, double fa, double da, double b, double fb, double db) {
  const double d1 = da + db - 3.0 * (fa - fb) / (a - b);
  const double root = d1 * d1 - da * db;
  const double middle = (a + b) / 2.0;
  if (!(root >= 0.0)) return middle;
  const double d2 = std::copysign(std::sqrt(root), b - a);
  const double t = b - (b - a) * (db + d2 - d1) / (db - da + 2.0 * d2);
  const double low = std::min(a, b);
  const double high = std::max(a, b);
  const double margin = 0.1 * (high - low);
  return std::isfinite(t) && t > low + margin && t < high - margin ? t : middle;
}

struct Point {
  double value = 0.0;
  std::vector<double> x;
  std::vector<double> gradient;
};

// The objective along a direction from a point.
class Line {
 public:
  struct Step {
    double length = 0.0;
    double value = 0.0;
    double slope = 0.0;
  };

  Line(const Objective& objective,
       const Point& from,
       std::span<const double> direction,
       const ShouldStop& should_stop,
       Index& evaluations)
      : objective_(objective),
        from_(from),
        direction_(direction),
        should_stop_(should_stop),
        evaluations_(evaluations) {
    at_.x.resize(from.x.size());
    at_.gradient.resize(from.x.size());
    start_ = {0.0, from.value, dot(from.gradient, direction)};
  }

  [[nodiscard]] double start_slope() const { return start_.slope; }
  [[nodiscard]] bool is_stopped() const { return stopped_; }

  // A step that meets the strong Wolfe conditions, or failing that one that goes down enough; the
  // point there goes to `result`. Stopped, it takes what it has.
  bool search(double first_length, Point& result) {
    Step low = start_;
    Step trial = evaluate(first_length);
    for (int i = 0; i < kMostBrackets; ++i) {
      if (!std::isfinite(trial.value) || !goes_down(trial) || (i > 0 && trial.value >= low.value)) {
        return zoom(low, trial, result);
      }
      if (stopped_ || is_flat(trial)) return take(result);
      if (trial.slope >= 0.0) return zoom(trial, low, result);
      low = trial;
      trial = evaluate(2.0 * trial.length);
    }
    return goes_down(trial) && take(result);
  }

 private:
  static constexpr double kDecrease = 1e-4;
  static constexpr double kCurvature = 0.9;
  static constexpr int kMostBrackets = 20;
  static constexpr int kMostZooms = 25;

  [[nodiscard]] bool goes_down(const Step& step) const {
    return step.value <= start_.value + kDecrease * step.length * start_.slope;
  }
  [[nodiscard]] bool is_flat(const Step& step) const {
    return std::abs(step.slope) <= -kCurvature * start_.slope;
  }

  Step evaluate(double length) {
    at_.x = from_.x;
    add_scaled<double>(length, direction_, at_.x);
    at_.value = objective_(at_.x, at_.gradient);
    ++evaluations_;
    stopped_ = stopped_ || (should_stop_ && should_stop_());
    return {length, at_.value, dot(at_.gradient, direction_)};
  }

  bool take(Point& result) {
    std::swap(result, at_);
    return true;
  }

  // `low` is the better end, with a slope that goes towards `high`.
  bool zoom(Step low, Step high, Point& result) {
    bool has_low = false;  // whether `result` is the point of `low`
    for (int i = 0; i < kMostZooms && !stopped_; ++i) {
      const bool usable = std::isfinite(high.value) && std::isfinite(high.slope);
      const double length =
          usable
              ? cubic_minimum(low.length, low.value, low.slope, high.length, high.value, high.slope)
              : (low.length + high.length) / 2.0;
      if (length == low.length || length == high.length) break;
      const Step trial = evaluate(length);
      if (!std::isfinite(trial.value) || !goes_down(trial) || trial.value >= low.value) {
        high = trial;
        continue;
      }
      if (is_flat(trial)) return take(result);
      if (trial.slope * (high.length - low.length) >= 0.0) high = low;
      low = trial;
      has_low = take(result);
      at_.x.resize(from_.x.size());
      at_.gradient.resize(from_.x.size());
    }
    if (has_low || low.length == 0.0) return has_low;
    evaluate(low.length);
    return take(result);
  }

  const Objective& objective_;
  const Point& from_;
  std::span<const double> direction_;
  const ShouldStop& should_stop_;
  Index& evaluations_;
  Step start_;
  Point at_;
  bool stopped_ = false;
};

// The curvature seen along the last steps.
class History {
 public:
  explicit History(Index most) : most_(static_cast<std::size_t>(most)) {}

  void add(const Point& before, const Point& after) {
    Pair pair;
    pair.s = difference(before.x, after.x);
    pair.y = difference(before.gradient, after.gradient);
    const std::vector<double> y(pair.y.begin(), pair.y.end());
    const double curvature = dot(std::span<const float>(pair.s), y);
    pair.y_squared = dot(y, y);
    if (!(curvature > 1e-12 * pair.y_squared)) return;  // would not stay positive definite
    pair.inverse_curvature = 1.0 / curvature;
    pairs_.push_back(std::move(pair));
    if (pairs_.size() > most_) pairs_.pop_front();
  }
  [[nodiscard]] bool empty() const { return pairs_.empty(); }
  void clear() { pairs_.clear(); }

  // -H gradient
  [[nodiscard]] std::vector<double> direction(std::span<const double> gradient) const {
    std::vector<double> q(gradient.begin(), gradient.end());
    std::vector<double> alpha(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alpha[i] = pairs_[i].inverse_curvature * dot(std::span<const float>(pairs_[i].s), q);
      add_scaled<float>(-alpha[i], pairs_[i].y, q);
    }
    double scale = 1.0;
    if (!pairs_.empty()) {
      const Pair& last = pairs_.back();
      scale = 1.0 / (last.inverse_curvature * last.y_squared);
    }
    for (double& value : q) value *= scale;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = pairs_[i].inverse_curvature * dot(std::span<const float>(pairs_[i].y), q);
      add_scaled<float>(alpha[i] - beta, pairs_[i].s, q);
    }
    for (double& value : q) value = -value;
    return q;
  }

 private:
  struct Pair {
    std::vector<float> s, y;  // steps and their gradients' differences: half the memory to go over
    double inverse_curvature = 0.0;
    double y_squared = 0.0;
  };

  static std::vector<float> difference(const std::vector<double>& before,
                                       const std::vector<double>& after) {
    std::vector<float> result(before.size());
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] = static_cast<float>(after[i] - before[i]);
    }
    return result;
  }

  std::size_t most_;
  std::deque<Pair> pairs_;
};

double norm(const std::vector<double>& x) {
  return std::sqrt(dot(x, x));
}

}  // namespace

DescentReport minimise_lbfgs(const Objective& objective,
                             std::span<double> x,
                             const LbfgsOptions& options,
                             const OnIteration& on_iteration) {
  DescentReport report;
  Point here{0.0, {x.begin(), x.end()}, std::vector<double>(x.size())};
  here.value = objective(here.x, here.gradient);
  report.evaluations = 1;
  const auto note = [&] {
    report.value = here.value;
    report.gradient_norm = norm(here.gradient);
  };
  note();
  const double enough = options.tolerance * std::max(1.0, report.gradient_norm);
  History history(options.history);
  std::deque<double> values{here.value};
  Point next;
  while (std::isfinite(report.value)) {
    report.converged = report.gradient_norm <= enough;
    if (report.converged || report.iterations >= options.max_iterations) break;
    const std::vector<double> direction = history.direction(here.gradient);
    Line line(objective, here, direction, options.should_stop, report.evaluations);
    const double length = history.empty() ? std::min(1.0, 1.0 / report.gradient_norm) : 1.0;
    const bool found = line.start_slope() < 0.0 && line.search(length, next);
    report.stopped = line.is_stopped();
    report.flat = !found && !report.stopped && history.empty();
    if (report.flat || (!found && report.stopped)) break;
    if (!found) {
      history.clear();
      continue;
    }
    history.add(here, next);
    std::swap(here, next);
    ++report.iterations;
    note();
    std::copy(here.x.begin(), here.x.end(), x.begin());
    report.stopped = (on_iteration && on_iteration(report)) || report.stopped;
    if (report.stopped) break;
    values.push_back(here.value);
    if (static_cast<Index>(values.size()) <= options.flat_iterations) continue;
    report.flat = values.front() - here.value <= options.flatness * std::abs(here.value);
    values.pop_front();
    if (report.flat) break;
  }
  return report;
}

}  // namespace dem
