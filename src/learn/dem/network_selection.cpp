#include "learn/dem/network_selection.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/parallel.h"
#include "learn/dem/network_descent.h"
#include "learn/kernel/clear_gain.h"

namespace dem {
namespace {

constexpr std::size_t kDescents = 3;  // values of lambda to descend with

using NetworkFolds = std::span<const std::unique_ptr<NetworkFold>>;

// Some settings' mean reciprocal rank and T1 on every fold.
struct Tried {
  NetworkSettings settings;
  FoldValues ranks;
  FoldValues t1s;
};

class NetworkSelection {
 public:
  NetworkSelection(NetworkFolds folds,
                   const NetworkSettings& defaults,
                   const NetworkGrids& grids,
                   std::uint64_t seed)
      : folds_(folds), defaults_(defaults), grids_(grids), seed_(seed), spaces_(folds.size()) {}

  NetworkChoice run(double standard_errors) {
    const Index narrowest = *std::min_element(grids_.hidden_dims.begin(), grids_.hidden_dims.end());
    std::vector<Tried> tried = try_all(starts(grids_.spaces, {narrowest}), {0});
    if (best_of_all(tried).settings.space == SpaceKind::kWhitened) {
      append(tried, try_all(other_shrinkages(best_of_all(tried).settings), {0}));
    }
    const NetworkSettings found = best_of_all(tried).settings;
    append(tried, try_all(wider_starts(found, narrowest), {0}));
    append(tried, try_all(descents(tried, found), grids_.iterations));
    const Tried of_defaults = try_defaults();
    std::erase_if(tried, [&](const Tried& t) { return !is_wanted(t.settings); });
    const Tried& best = best_of_all(tried);
    const bool is_clear = is_clearly_better(best.ranks, of_defaults.ranks, standard_errors);
    const Tried& taken = is_clear ? best : of_defaults;
    NetworkChoice choice{taken.settings,
                         mean_of(taken.t1s),
                         mean_of(best.ranks),
                         mean_of(of_defaults.ranks),
                         !is_clear};
    for (const Tried& t : tried) choice.points.push_back({t.settings, mean_of(t.ranks)});
    choice.best_point = static_cast<std::size_t>(&best - tried.data());
    return choice;
  }

 private:
  using SpaceKey = std::pair<SpaceKind, double>;

  static const Tried& best_of_all(const std::vector<Tried>& tried) {
    return *std::max_element(tried.begin(), tried.end(), [](const Tried& a, const Tried& b) {
      return mean_of(a.ranks) < mean_of(b.ranks);
    });
  }
  static void append(std::vector<Tried>& to, std::vector<Tried>&& more) {
    std::move(more.begin(), more.end(), std::back_inserter(to));
  }
  // Without a hidden layer and a ReLU at its end the start is the minimum.
  static bool is_solved_at_start(const NetworkSettings& settings) {
    return settings.hidden_dim == 0 && !settings.output_relu;
  }
  // Starts are tried where they are not asked for, to find what to descend from.
  [[nodiscard]] bool is_wanted(const NetworkSettings& settings) const {
    return is_solved_at_start(settings) ||
           std::find(grids_.iterations.begin(), grids_.iterations.end(), settings.iterations) !=
               grids_.iterations.end();
  }
  static SpaceKey key_of(const NetworkSettings& settings) {
    return {settings.space, settings.space == SpaceKind::kPlain ? 0.0 : settings.shrinkage};
  }

  // Every lambda in some spaces; comparison and iterations are open.
  [[nodiscard]] std::vector<NetworkSettings> starts(const std::vector<SpaceKind>& spaces,
                                                    const std::vector<Index>& hidden_dims) const {
    std::vector<NetworkSettings> runs;
    NetworkSettings run = defaults_;
    for (const SpaceKind space : spaces) {
      run.space = space;
      run.output_relu = space == SpaceKind::kPlain && grids_.relu_of_plain;
      for (const Index hidden : hidden_dims) {
        run.hidden_dim = hidden;
        for (const double lambda : grids_.lambdas) {
          run.lambda = lambda;
          runs.push_back(run);
        }
      }
    }
    return runs;
  }

  [[nodiscard]] std::vector<NetworkSettings> wider_starts(const NetworkSettings& at,
                                                          Index narrowest) const {
    std::vector<Index> wider;
    for (const Index hidden : grids_.hidden_dims) {
      if (hidden != narrowest) wider.push_back(hidden);
    }
    std::vector<NetworkSettings> runs = starts({at.space}, wider);
    for (NetworkSettings& run : runs) run.shrinkage = at.shrinkage;
    return runs;
  }

  [[nodiscard]] std::vector<NetworkSettings> other_shrinkages(const NetworkSettings& at) const {
    std::vector<NetworkSettings> runs;
    for (const double shrinkage : grids_.shrinkages) {
      if (shrinkage == at.shrinkage) continue;
      runs.push_back(at);
      runs.back().shrinkage = shrinkage;
    }
    return runs;
  }

  // A trained hidden layer wants more of a penalty than a random one: from each width's best lambda
  // without descent on.
  [[nodiscard]] std::vector<NetworkSettings> descents(const std::vector<Tried>& tried,
                                                      const NetworkSettings& at) const {
    std::vector<NetworkSettings> runs;
    for (const Index hidden : grids_.hidden_dims) {
      NetworkSettings run = at;
      run.hidden_dim = hidden;
      if (is_solved_at_start(run)) continue;
      const double least = best_lambda(tried, run);
      std::size_t count = 0;
      for (const double lambda : grids_.lambdas) {
        if (lambda < least || count++ >= kDescents) continue;
        run.lambda = lambda;
        runs.push_back(run);
      }
    }
    return runs;
  }

  static double best_lambda(const std::vector<Tried>& tried, const NetworkSettings& like) {
    const Tried* best = nullptr;
    for (const Tried& t : tried) {
      if (t.settings.space != like.space || t.settings.hidden_dim != like.hidden_dim) continue;
      if (best == nullptr || mean_of(t.ranks) > mean_of(best->ranks)) best = &t;
    }
    return best->settings.lambda;
  }

  [[nodiscard]] Tried try_defaults() {
    std::vector<Tried> tried = try_all({defaults_}, {defaults_.iterations});
    for (Tried& t : tried) {
      if (t.settings.comparison == defaults_.comparison) return std::move(t);
    }
    return std::move(tried.front());
  }

  // Every run at every stop, by every comparison.
  std::vector<Tried> try_all(const std::vector<NetworkSettings>& runs,
                             const std::vector<Index>& stops) {
    make_spaces(runs);
    std::vector<Tried> tried;
    for (const NetworkSettings& run : runs) {
      for (const Index stop : stops) {
        for (const Metric comparison : grids_.comparisons) {
          tried.push_back({run, FoldValues(folds_.size()), FoldValues(folds_.size())});
          tried.back().settings.iterations = is_solved_at_start(run) ? 0 : stop;
          tried.back().settings.comparison = comparison;
        }
      }
    }
    const std::size_t per_run = stops.size() * grids_.comparisons.size();
    const std::size_t tasks = runs.size() * folds_.size();
    parallel_for(static_cast<Index>(tasks), 1, [&](Index first, Index last) {
      for (auto task = static_cast<std::size_t>(first); task < static_cast<std::size_t>(last);
           ++task) {
        const std::size_t r = task / folds_.size();
        try_one(runs[r], stops, task % folds_.size(), {&tried[r * per_run], per_run});
      }
    });
    return tried;
  }

  void try_one(const NetworkSettings& run,
               const std::vector<Index>& stops,
               std::size_t f,
               std::span<Tried> results) const {
    const NetworkFold& fold = *folds_[f];
    const VisualSpace& space = spaces_[f].at(key_of(run));
    std::size_t next = 0;
    descend(fold.inputs().rows,
            space.targets,
            run,
            seed_,
            stops,
            [&](Index, const SolvedNetwork& network) {
              const Matrix<float> prototypes = network.forward(fold.held_out_inputs());
              for (const Metric comparison : grids_.comparisons) {
                const auto judged = fold.judge(space, prototypes, comparison);
                results[next].ranks[f] = judged.rank;
                results[next++].t1s[f] = judged.t1;
              }
            });
  }

  void make_spaces(const std::vector<NetworkSettings>& runs) {
    parallel_for(static_cast<Index>(folds_.size()), 1, [&](Index first, Index last) {
      for (auto f = static_cast<std::size_t>(first); f < static_cast<std::size_t>(last); ++f) {
        for (const NetworkSettings& run : runs) {
          const SpaceKey key = key_of(run);
          if (spaces_[f].count(key) > 0) continue;
          spaces_[f].emplace(key, folds_[f]->space(key.first, key.second));
        }
      }
    });
  }

  NetworkFolds folds_;
  const NetworkSettings& defaults_;
  const NetworkGrids& grids_;
  std::uint64_t seed_;
  std::vector<std::map<SpaceKey, VisualSpace>> spaces_;  // a fold
};

}  // namespace

NetworkChoice choose_network(NetworkFolds folds,
                             const NetworkSettings& defaults,
                             const NetworkGrids& grids,
                             double standard_errors,
                             std::uint64_t seed) {
  return NetworkSelection(folds, defaults, grids, seed).run(standard_errors);
}

}  // namespace dem
