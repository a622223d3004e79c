#include "learn/kernel/space_weights.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <map>
#include <span>
#include <utility>

#include "base/at.h"
#include "base/parallel.h"
#include "dem/model/space_join.h"
#include "learn/kernel/clear_gain.h"
#include "learn/kernel/fold_problems.h"
#include "learn/kernel/fold_scores.h"
#include "learn/kernel/products.h"
#include "learn/kernel/whitened_prototypes.h"
#include "linalg/cholesky.h"

namespace dem {
namespace {

constexpr double kShares[] = {0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 1.0};
constexpr KernelKind kKernels[] = {KernelKind::kLinear, KernelKind::kCentred, KernelKind::kQuartic};
constexpr double kLambdas[] = {0.03, 0.1, 0.3, 1.0};
constexpr double kShrinkage = 0.6;
constexpr int kMostRounds = 3;

using Weights = std::vector<double>;

// What a fold is ranked by.
struct Point {
  Weights weights;
  KernelKind kernel = KernelKind::kLinear;
  double lambda = kLambdas[1];
  auto operator<=>(const Point&) const = default;
};

// Sums of a kernel's parts.
Matrix<double> weighted_sum(const std::vector<Matrix<double>>& parts, const Weights& weights) {
  Matrix<double> sum(parts[0].rows(), parts[0].cols());
  for (std::size_t s = 0; s < parts.size(); ++s) {
    for (Index i = 0; i < sum.size(); ++i) sum.data()[i] += weights[s] * parts[s].data()[i];
  }
  return sum;
}

std::vector<double> row_means(MatrixView<const double> matrix) {
  std::vector<double> means;
  for (Index i = 0; i < matrix.rows(); ++i) {
    double sum = 0.0;
    for (const double value : matrix.row(i)) sum += value;
    means.push_back(sum / static_cast<double>(matrix.cols()));
  }
  return means;
}

// One fold: products of descriptions in each space, and images to rank classes by.
//
// With G the weighted sum of products, the kernel is G itself, ((1 + G) / 2)^4, or centred by the
// mean description m of the seen classes:
//   (u - m).(u' - m) = G(u, u') - mean_c G(u, c) - mean_c G(u', c) + mean_cc' G(c, c')
// and the ridge lambda times the mean of its diagonal over seen classes.
class WeightedFold {
 public:
  // `widths` of the spaces whose unit rows lie side by side in the problem's descriptions.
  WeightedFold(const FoldProblem& problem, std::span<const Index> widths) {
    Index first = 0;
    for (const Index width : widths) {
      const Matrix<double> seen = columns(problem.support(), first, width);
      const Matrix<double> held_out = columns(problem.held_out(), first, width);
      seen_.push_back(times_transposed<double>(seen, seen));
      between_.push_back(times_transposed<double>(held_out, seen));
      first += width;
    }
    const WhitenedSpace space(problem.scatter(), kShrinkage);
    targets_ = space.project(problem.scatter().means);
    rows_ = whitened_rows(space, problem.images().view().row_block(0, problem.num_unseen_images()));
    for (Index i = 0; i < problem.num_unseen_images(); ++i) {
      labels_.push_back(problem.labels()[at(i)] - problem.num_seen());
    }
  }

  // The mean reciprocal rank; 0 where the system has no solution.
  [[nodiscard]] double rank(const Point& point) const {
    Matrix<double> seen = weighted_sum(seen_, point.weights);
    Matrix<double> between = weighted_sum(between_, point.weights);
    if (point.kernel == KernelKind::kCentred) centre(seen, between);
    if (point.kernel == KernelKind::kQuartic) {
      raise(seen);
      raise(between);
    }
    return rank_by(std::move(seen), between, point.lambda);
  }

 private:
  static Matrix<double> columns(MatrixView<const double> rows, Index first, Index count) {
    Matrix<double> out = Matrix<double>::uninitialised(rows.rows(), count);
    for (Index i = 0; i < rows.rows(); ++i) {
      const std::span<const double> from = rows.row(i).subspan(at(first), at(count));
      std::copy(from.begin(), from.end(), out.row(i).begin());
    }
    return out;
  }

  static void centre(Matrix<double>& seen, Matrix<double>& between) {
    const std::vector<double> of_seen = row_means(seen);
    const std::vector<double> of_others = row_means(between);
    const double all = mean_of(of_seen);
    for (Index i = 0; i < seen.rows(); ++i) {
      for (Index j = 0; j < seen.cols(); ++j) seen(i, j) += all - of_seen[at(i)] - of_seen[at(j)];
    }
    for (Index i = 0; i < between.rows(); ++i) {
      for (Index j = 0; j < between.cols(); ++j) {
        between(i, j) += all - of_others[at(i)] - of_seen[at(j)];
      }
    }
  }

  static void raise(Matrix<double>& products) {
    for (Index i = 0; i < products.size(); ++i) {
      const double half = 0.5 * (1.0 + products.data()[i]);
      products.data()[i] = half * half * half * half;
    }
  }

  [[nodiscard]] double rank_by(Matrix<double> seen,
                               const Matrix<double>& between,
                               double lambda) const {
    double trace = 0.0;
    for (Index c = 0; c < seen.rows(); ++c) trace += seen(c, c);
    const double ridge = lambda * trace / static_cast<double>(seen.rows());
    for (Index c = 0; c < seen.rows(); ++c) seen(c, c) += ridge;
    const auto factor = Cholesky::factor(std::move(seen));
    if (!factor) return 0.0;
    Matrix<double> solved = targets_.clone();
    factor->solve(solved.view());
    const Matrix<double> prototypes = times<double>(between, solved);
    return reciprocal_rank(scores_by(Metric::kCosine, rows_, prototypes), labels_);
  }

  std::vector<Matrix<double>> seen_;     // [C, C] a space
  std::vector<Matrix<double>> between_;  // [u, C] a space
  Matrix<double> targets_;               // [C, q]
  WhitenedRows rows_;
  std::vector<Index> labels_;
};

Weights equal_weights(std::size_t num_spaces, std::span<const std::size_t> spaces) {
  Weights weights(num_spaces, 0.0);
  for (const std::size_t s : spaces) weights[s] = 1.0 / static_cast<double>(spaces.size());
  return weights;
}

// The spaces in which not all classes have the same direction; all of them where none has.
std::vector<std::size_t> telling_spaces(const ClassTable& classes) {
  constexpr double kSame = 1e-6;
  std::vector<std::size_t> telling, all;
  for (std::size_t s = 0; s < classes.spaces.size(); ++s) {
    const SpaceJoin alone{{{{classes.spaces[s], classes.embeddings[s].cols()}, 1.0}}};
    const Matrix<float> units = alone.rows(classes);
    bool differs = false;
    for (Index c = 1; c < units.rows() && !differs; ++c) {
      for (Index d = 0; d < units.cols(); ++d) {
        differs = differs || std::abs(double{units(c, d)} - double{units(0, d)}) > kSame;
      }
    }
    all.push_back(s);
    if (differs) telling.push_back(s);
  }
  return telling.empty() ? all : telling;
}

// From equal weights on: the kernel and ridge that are best for them, then one share after another,
// and again.
class Search {
 public:
  // `spaces`: those that tell classes apart, at least one.
  Search(const FoldProblems& folds,
         std::span<const Index> widths,
         std::span<const std::size_t> spaces)
      : spaces_(spaces.begin(), spaces.end()) {
    for (const auto& fold : folds) folds_.emplace_back(*fold, widths);
  }

  [[nodiscard]] FoundWeights run(std::size_t num_spaces, double standard_errors) {
    best_.weights = equal_weights(num_spaces, spaces_);
    improve_kernel();
    const Point equal = best_;
    for (int round = 0; round < kMostRounds; ++round) {
      const Point before = best_;
      for (const std::size_t s : spaces_) improve_share(s);
      improve_kernel();
      if (best_ == before) break;
    }
    if (!is_clearly_better(values(best_), values(equal), standard_errors)) best_ = equal;
    FoundWeights found{best_.weights, rank(best_), rank(equal), {}, folds_.size()};
    for (std::size_t s = 0; s < num_spaces; ++s) {
      found.alone.push_back(rank(with_share(best_, s, 1.0)));
    }
    return found;
  }

 private:
  // One a fold; computed once.
  const FoldValues& values(const Point& point) {
    const auto known = values_.find(point);
    if (known != values_.end()) return known->second;
    FoldValues ranks(folds_.size());
    parallel_for(static_cast<Index>(folds_.size()), 1, [&](Index first, Index last) {
      for (Index f = first; f < last; ++f) ranks[at(f)] = folds_[at(f)].rank(point);
    });
    return values_.emplace(point, std::move(ranks)).first->second;
  }

  double rank(const Point& point) { return mean_of(values(point)); }

  void take_if_better(const Point& tried) {
    if (rank(tried) > rank(best_)) best_ = tried;
  }

  void improve_kernel() {
    const Weights weights = best_.weights;
    for (const KernelKind kernel : kKernels) {
      for (const double lambda : kLambdas) take_if_better({weights, kernel, lambda});
    }
  }

  void improve_share(std::size_t s) {
    if (spaces_.size() < 2) return;
    const Point from = best_;
    for (const double share : kShares) take_if_better(with_share(from, s, share));
  }

  // Space s with a share, the others in their proportions; equal ones where they had nothing.
  [[nodiscard]] Point with_share(const Point& from, std::size_t s, double share) const {
    Point out = from;
    const double others = 1.0 - from.weights[s];
    out.weights.assign(from.weights.size(), 0.0);
    for (const std::size_t i : spaces_) {
      const double part =
          others > 0.0 ? from.weights[i] / others : 1.0 / static_cast<double>(spaces_.size() - 1);
      out.weights[i] = (1.0 - share) * part;
    }
    out.weights[s] = share;
    return out;
  }

  std::vector<std::size_t> spaces_;
  std::vector<WeightedFold> folds_;
  Point best_;
  std::map<Point, FoldValues> values_;
};

// Unit rows of all spaces side by side, [num_classes, sum of widths].
Matrix<double> side_by_side(const ClassTable& classes) {
  const SpaceJoin join = join_of(classes, Weights(classes.spaces.size(), 1.0));
  const Matrix<float> rows = join.rows(classes);
  Matrix<double> out = Matrix<double>::uninitialised(rows.rows(), rows.cols());
  const double root = std::sqrt(static_cast<double>(classes.spaces.size()));
  std::transform(rows.data(), rows.data() + rows.size(), out.data(), [root](float value) {
    return root * double{value};
  });
  return out;
}

}  // namespace

FoundWeights find_space_weights(const LearningData& data) {
  const std::size_t num_spaces = data.classes.spaces.size();
  const Index num_classes = num_learned(data.statistics);
  const std::vector<std::size_t> telling = telling_spaces(data.classes);
  FoundWeights equal{equal_weights(num_spaces, telling)};
  if (num_classes > kVeryManyClasses) return equal;
  const FoldProblems folds = fold_problems(data, side_by_side(data.classes));
  if (folds.empty()) return equal;
  std::vector<Index> widths;
  for (const Matrix<float>& rows : data.classes.embeddings) widths.push_back(rows.cols());
  return Search(folds, widths, telling).run(num_spaces, standard_errors_of_auto(num_classes));
}

}  // namespace dem
