#include "learn/kernel/kernel_selection.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>

#include "base/at.h"
#include "base/parallel.h"
#include "learn/kernel/clear_gain.h"
#include "learn/kernel/fold_scores.h"
#include "learn/kernel/products.h"
#include "learn/solutions.h"

namespace dem {
namespace {

constexpr Index kManyClasses = 600;  // of a fold: the first choice is then on two folds
constexpr double kFirstKappa = 0.2;
constexpr double kFirstLambda = 0.1;  // of the residuals in the first choice

using Folds = std::vector<std::unique_ptr<FoldProblem>>;
using Values = FoldValues;

struct Point {
  KernelKind kernel;
  double lambda, shrinkage, kappa;
  auto operator<=>(const Point&) const = default;
};

struct Pair {
  KernelKind kernel;
  double lambda;
  bool operator==(const Pair&) const = default;
};

struct Weights {
  double shrinkage, kappa;
};

// The reciprocal ranks of one fold at points of one space.
void rank_in_space(const FoldProblem& problem,
                   const TurnedSpace& space,
                   const WhitenedRows& rows,
                   std::span<const Point> points,
                   std::span<double> ranks) {
  const Matrix<float> images = space.turned(rows);
  const Matrix<float> unseen = [&] {
    Matrix<float> out = Matrix<float>::uninitialised(problem.num_unseen_images(), images.cols());
    std::copy(images.data(), images.data() + out.size(), out.data());
    return out;
  }();
  std::vector<Index> labels(problem.labels().begin(),
                            problem.labels().begin() + problem.num_unseen_images());
  for (Index& label : labels) label -= problem.num_seen();
  std::optional<Pair> of;
  Matrix<double> prototypes;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    if (of != Pair{point.kernel, point.lambda}) {
      of = Pair{point.kernel, point.lambda};
      prototypes = predicted_prototypes(problem, space, point.kernel, point.lambda);
    }
    // The norm of an image is the same for all classes, so that ranks do without it.
    const std::vector<double> weights = space.weights(point.kappa);
    Matrix<double> weighted = weighted_unit_rows(prototypes, weights);
    scale_columns(weighted.view(), roots(weights));
    ranks[i] = reciprocal_rank(times_transposed<float>(unseen, rounded(weighted)), labels);
  }
}

class KernelSelection {
 public:
  KernelSelection(const Folds& folds,
                  Index num_seen,
                  const KernelSettings& defaults,
                  const KernelGrids& grids)
      : folds_(folds), defaults_(defaults), grids_(grids) {
    standard_errors_ = grids.standard_errors.value_or(standard_errors_of_auto(num_seen));
    choice_.settings = defaults;
  }

  KernelChoice run() {
    choose_metric();
    choose_hub();
    scores_.clear();
    scores_.resize(folds_.size());
    for_each_fold([&](std::size_t f) {
      scores_[f] = std::make_unique<FoldScores>(*folds_[f], choice_.settings);
    });
    if (scored_folds().empty()) {
      choose_gamma_by_unseen();
    } else {
      choose_blend();
      choose_gaussian();
      choose_kappa_again();
      choose_gamma();
    }
    return choice_;
  }

 private:
  template <typename Body>
  void for_each_fold(Body&& body) const {
    parallel_for(static_cast<Index>(folds_.size()), 1, [&](Index first, Index last) {
      for (Index f = first; f < last; ++f) body(static_cast<std::size_t>(f));
    });
  }

  // Points of (kernel, lambda) x (shrinkage, kappa). `own`: the residuals that turn the space are
  // the pair's own; else those of its kernel at one lambda, so that lambdas share a space.
  using Table = std::map<Point, Values>;
  void fill(Table& table,
            std::size_t num_folds,
            const std::vector<Pair>& pairs,
            const std::vector<Weights>& metrics,
            bool own) const;

  void choose_metric();
  std::vector<Pair> choose_pairs() const;
  void choose_hub();
  void choose_blend();
  void choose_gaussian();
  void choose_kappa_again();
  void choose_gamma();
  void choose_gamma_by_unseen();

  [[nodiscard]] std::vector<std::size_t> scored_folds() const {
    std::vector<std::size_t> scored;
    for (std::size_t f = 0; f < folds_.size(); ++f) {
      if (folds_[f]->has_seen_images()) scored.push_back(f);
    }
    return scored;
  }
  // Of settings, over the folds that have images of both kinds: each fold's H + T1 at one gamma.
  struct Evaluated {
    KernelSettings settings;
    BestGamma gamma{0.0, 0.0};
    double t1 = 0.0;
    Values sums;
    double area = 0.0;
    [[nodiscard]] double value() const { return gamma.harmonic + t1; }
  };
  [[nodiscard]] Evaluated evaluate(const KernelSettings& settings) const;
  // Takes the best of some, the first of equals, where it is clearly better than `than`; null: in
  // any case.
  void take_best(const std::vector<Evaluated>& all, const Evaluated* than);

  [[nodiscard]] double first_kappa() const {
    const auto& all = grids_.kappas;
    return std::find(all.begin(), all.end(), kFirstKappa) != all.end() ? kFirstKappa : all[0];
  }

  const Folds& folds_;
  const KernelSettings& defaults_;
  const KernelGrids& grids_;
  double standard_errors_ = 0.0;
  KernelChoice choice_;
  std::vector<std::unique_ptr<FoldScores>> scores_;
};

void KernelSelection::fill(Table& table,
                           std::size_t num_folds,
                           const std::vector<Pair>& pairs,
                           const std::vector<Weights>& metrics,
                           bool own) const {
  // The points of each space, pairs together.
  std::map<std::tuple<double, KernelKind, double>, std::vector<Point>> spaces;
  for (const Pair& pair : pairs) {
    for (const Weights& metric : metrics) {
      const double lambda = own ? pair.lambda : kFirstLambda;
      spaces[{metric.shrinkage, pair.kernel, lambda}].push_back(
          {pair.kernel, pair.lambda, metric.shrinkage, metric.kappa});
    }
  }
  for (const auto& [space, points] : spaces) {
    for (const Point& point : points) table[point].resize(num_folds);
  }
  parallel_for(static_cast<Index>(num_folds), 1, [&](Index first, Index last) {
    for (Index f = first; f < last; ++f) {
      const FoldProblem& problem = *folds_[at(f)];
      std::optional<WhitenedSpace> whitened;
      WhitenedRows rows;
      double shrinkage = -1.0;
      for (const auto& [space, points] : spaces) {
        const auto& [s, kernel, lambda] = space;
        if (s != shrinkage) {
          whitened.emplace(problem.scatter(), s);
          rows = whitened_rows(*whitened,
                               problem.images().view().row_block(0, problem.num_unseen_images()));
          shrinkage = s;
        }
        const TurnedSpace turned(*whitened, problem.left_out(kernel, lambda).residuals);
        std::vector<double> ranks(points.size());
        rank_in_space(problem, turned, rows, points, ranks);
        for (std::size_t i = 0; i < points.size(); ++i) table.at(points[i])[at(f)] = ranks[i];
      }
    }
  });
}

std::vector<Pair> KernelSelection::choose_pairs() const {
  const std::size_t num_folds = grids_.spares_folds && folds_[0]->num_seen() > kManyClasses
                                    ? std::min<std::size_t>(2, folds_.size())
                                    : folds_.size();
  std::vector<Pair> pairs;
  for (const KernelKind kernel : grids_.kernels) {
    for (const double lambda : grids_.first_lambdas) pairs.push_back({kernel, lambda});
  }
  std::vector<Weights> metrics;
  for (const double s : grids_.first_shrinkages) metrics.push_back({s, first_kappa()});
  struct Best {
    Pair pair;
    double rank, shrinkage;
  };
  std::vector<Best> best;
  const auto add = [&](const Table& table) {
    for (const auto& [point, ranks] : table) {
      const Pair pair{point.kernel, point.lambda};
      const double rank = mean_of(ranks);
      const auto found =
          std::find_if(best.begin(), best.end(), [&](const Best& b) { return b.pair == pair; });
      if (found == best.end()) {
        best.push_back({pair, rank, point.shrinkage});
      } else if (rank >= found->rank) {
        *found = {pair, rank, point.shrinkage};
      }
    }
    std::stable_sort(
        best.begin(), best.end(), [](const Best& a, const Best& b) { return a.rank > b.rank; });
  };
  Table table;
  fill(table, num_folds, pairs, metrics, false);
  add(table);
  const std::vector<Best> first(
      best.begin(),
      best.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, best.size())));
  for (const Best& of : first) {
    const auto& lambdas = grids_.lambdas;
    const auto here = std::find(lambdas.begin(), lambdas.end(), of.pair.lambda) - lambdas.begin();
    for (const auto next : {here - 1, here + 1}) {
      if (next < 0 || next >= static_cast<std::ptrdiff_t>(lambdas.size())) continue;
      const Pair pair{of.pair.kernel, lambdas[static_cast<std::size_t>(next)]};
      Table near;
      fill(near, num_folds, {pair}, {{of.shrinkage, first_kappa()}}, false);
      add(near);
    }
  }
  std::vector<Pair> kept;
  for (std::size_t i = 0; i < std::min(grids_.kept_pairs, best.size()); ++i)
    kept.push_back(best[i].pair);
  return kept;
}

void KernelSelection::choose_metric() {
  const std::vector<Pair> pairs = choose_pairs();
  Table table;
  std::vector<Weights> metrics;
  for (const double s : grids_.shrinkages) metrics.push_back({s, first_kappa()});
  fill(table, folds_.size(), pairs, metrics, true);
  // All kappas at the two best shrinkages.
  std::vector<double> shrinkages = grids_.shrinkages;
  const auto best_at = [&](double shrinkage) {
    double best = 0.0;
    for (const auto& [point, ranks] : table) {
      if (point.shrinkage == shrinkage) best = std::max(best, mean_of(ranks));
    }
    return best;
  };
  std::stable_sort(shrinkages.begin(), shrinkages.end(), [&](double a, double b) {
    return best_at(a) > best_at(b);
  });
  if (shrinkages.size() > grids_.kept_shrinkages) shrinkages.resize(grids_.kept_shrinkages);
  metrics.clear();
  for (const double s : shrinkages) {
    for (const double kappa : grids_.kappas) {
      if (kappa != first_kappa()) metrics.push_back({s, kappa});
    }
  }
  fill(table, folds_.size(), pairs, metrics, true);
  const Point start{defaults_.kernel, defaults_.lambda, defaults_.shrinkage, defaults_.kappa};
  if (!table.contains(start)) {
    fill(table,
         folds_.size(),
         {{start.kernel, start.lambda}},
         {{start.shrinkage, start.kappa}},
         true);
  }
  const auto best = std::max_element(table.begin(), table.end(), [](const auto& a, const auto& b) {
    return mean_of(a.second) < mean_of(b.second);
  });
  choice_.rank = mean_of(best->second);
  choice_.default_rank = mean_of(table.at(start));
  choice_.took_default = !is_clearly_better(best->second, table.at(start), standard_errors_);
  const Point& taken = choice_.took_default ? start : best->first;
  choice_.settings.kernel = taken.kernel;
  choice_.settings.lambda = taken.lambda;
  choice_.settings.shrinkage = taken.shrinkage;
  choice_.settings.kappa = taken.kappa;
}

void KernelSelection::choose_hub() {
  std::vector<FoldScores::Hub> hubs;
  for (const double weight : grids_.hubs) {
    for (const double fraction : grids_.hub_fractions) {
      hubs.push_back({weight, fraction});
      if (weight == 0.0) break;
    }
  }
  if (hubs.size() == 1) {
    choice_.settings.hub = hubs[0].weight;
    choice_.settings.hub_fraction = hubs[0].fraction;
    return;
  }
  std::vector<Values> ranks(hubs.size(), Values(folds_.size()));
  for_each_fold([&](std::size_t f) {
    const FoldScores scores(*folds_[f], choice_.settings);
    const std::vector<double> of_fold = scores.held_out_ranks(choice_.settings, hubs);
    for (std::size_t i = 0; i < hubs.size(); ++i) ranks[i][f] = of_fold[i];
  });
  std::size_t best = 0;
  for (std::size_t i = 1; i < hubs.size(); ++i) {
    if (mean_of(ranks[i]) > mean_of(ranks[best])) best = i;
  }
  if (best != 0 && !is_clearly_better(ranks[best], ranks[0], standard_errors_)) best = 0;
  choice_.settings.hub = hubs[best].weight;
  choice_.settings.hub_fraction = hubs[best].fraction;
}

KernelSelection::Evaluated KernelSelection::evaluate(const KernelSettings& settings) const {
  const std::vector<std::size_t> scored = scored_folds();
  std::vector<std::optional<SeenUnseenCurve>> made(scored.size());
  parallel_for(static_cast<Index>(scored.size()), 1, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      made[at(i)].emplace(scores_[scored[at(i)]]->curve(settings));
    }
  });
  std::vector<SeenUnseenCurve> curves;
  for (auto& curve : made) curves.push_back(std::move(*curve));
  Evaluated out;
  out.settings = settings;
  out.gamma = gamma_by(grids_.given_gamma, curves);
  for (const SeenUnseenCurve& curve : curves) {
    out.t1 += curve.t1() / static_cast<double>(curves.size());
    out.area += curve.area() / static_cast<double>(curves.size());
    out.sums.push_back(curve.at(out.gamma.gamma).harmonic() + curve.t1());
  }
  return out;
}

void KernelSelection::take_best(const std::vector<Evaluated>& all, const Evaluated* than) {
  const auto best = std::max_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.value() < b.value(); });
  if (than != nullptr && !is_clearly_better(best->sums, than->sums, standard_errors_)) return;
  choice_.settings = best->settings;
}

void KernelSelection::choose_blend() {
  std::vector<Evaluated> all;
  for (const double blend : grids_.blends) {
    KernelSettings settings = choice_.settings;
    settings.blend = blend;
    settings.gaussian = 0.0;
    all.push_back(evaluate(settings));
  }
  take_best(all, nullptr);
}

void KernelSelection::choose_gaussian() {
  std::vector<Evaluated> all;
  const auto add = [&](double weight, const KernelGrids::Spread& spread) {
    KernelSettings settings = choice_.settings;
    settings.gaussian = weight;
    settings.strength = spread.strength;
    settings.exponent = spread.exponent;
    all.push_back(evaluate(settings));
  };
  for (const double weight : grids_.gaussians) add(weight, grids_.spreads[0]);
  const auto best = std::max_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.value() < b.value(); });
  const double weight = best->settings.gaussian;
  if (weight > 0.0) {
    for (std::size_t i = 1; i < grids_.spreads.size(); ++i) add(weight, grids_.spreads[i]);
  }
  const Evaluated without = all[0];
  take_best(all, grids_.gaussians[0] == 0.0 ? &without : nullptr);
}

void KernelSelection::choose_kappa_again() {
  const auto& kappas = grids_.kappas;
  const auto here =
      std::find(kappas.begin(), kappas.end(), choice_.settings.kappa) - kappas.begin();
  if (choice_.settings.kappa == 0.0 || here == static_cast<std::ptrdiff_t>(kappas.size())) return;
  const Evaluated now = evaluate(choice_.settings);
  std::vector<Evaluated> all{now};
  for (const auto next : {here - 1, here + 1}) {
    if (next < 0 || next >= static_cast<std::ptrdiff_t>(kappas.size())) continue;
    KernelSettings settings = choice_.settings;
    settings.kappa = kappas[static_cast<std::size_t>(next)];
    if (settings.kappa > 0.0) all.push_back(evaluate(settings));
  }
  take_best(all, &now);
}

void KernelSelection::choose_gamma() {
  const Evaluated last = evaluate(choice_.settings);
  choice_.settings.gamma = last.gamma.gamma;
  choice_.t1 = last.t1;
  choice_.harmonic = last.gamma.harmonic;
  choice_.area = last.area;
}

// Without an image of a seen class that could be spared.
void KernelSelection::choose_gamma_by_unseen() {
  std::vector<std::optional<SeenUnseenCurve>> made(folds_.size());
  for_each_fold([&](std::size_t f) { made[f] = scores_[f]->unseen_curve(choice_.settings); });
  std::vector<SeenUnseenCurve> curves;
  Values t1;
  for (auto& curve : made) {
    t1.push_back(curve->t1());
    curves.push_back(std::move(*curve));
  }
  choice_.t1 = mean_of(t1);
  choice_.settings.gamma = grids_.given_gamma.value_or(gamma_without_seen(curves));
}

}  // namespace

KernelChoice choose_settings(const Folds& folds,
                             Index num_seen_classes,
                             const KernelSettings& defaults,
                             const KernelGrids& grids) {
  return KernelSelection(folds, num_seen_classes, defaults, grids).run();
}

}  // namespace dem
