#include "dem/pipeline/grid.h"

#include <cmath>
#include <filesystem>
#include <optional>

#include "base/hash.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/base/version.h"
#include "dem/learn/family.h"
#include "pipeline/begin_report.h"
#include "pipeline/grid_file.h"
#include "pipeline/learn_at_once.h"
#include "pipeline/network_fit.h"
#include "pipeline/same_run.h"

namespace dem {
namespace {

void set_values(JudgedPoint& point, const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  point.values = values;
  for (const double value : values) point.mean += value / n;
  if (values.size() < 2) return;
  double squares = 0.0;
  for (const double value : values) squares += (value - point.mean) * (value - point.mean);
  point.standard_error = std::sqrt(squares / (n - 1.0) / n);
}

class GridSearch {
 public:
  GridSearch(const Dataset& dataset,
             const FitOptions& options,
             SelectionBy by,
             const GridCallbacks& callbacks)
      : dataset_(dataset),
        group_(options.group != nullptr ? *options.group : self_communicator()),
        options_(options),
        by_(by),
        callbacks_(callbacks),
        file_(file_of(options, group_), options.resume) {
    options_.output.clear();
    options_.resume = false;
  }

  std::vector<JudgedPoint> run(std::span<const GridPoint> points) {
    std::vector<JudgedPoint> judged;
    for (std::size_t i = 0; i < points.size(); ++i) {
      options_.recipe = points[i].recipe;
      options_.validate();
      const std::string fingerprint = fingerprint_of();
      std::optional<JudgedPoint> point = saved_point(fingerprint);
      const bool is_saved = point.has_value();
      if (!is_saved) {
        if (is_stopped()) return judged;
        if (callbacks_.on_start) callbacks_.on_start(i);
        point = judge(points[i].fields);
        if (!point) return judged;
        agree(group_, [&] {
          if (group_.is_root()) file_.add(fingerprint, *point);
        });
      }
      if (callbacks_.on_point) callbacks_.on_point(i, *point, is_saved);
      judged.push_back(std::move(*point));
    }
    return judged;
  }

 private:
  static std::string file_of(const FitOptions& options, const Communicator& group) {
    if (options.output.empty() || !group.is_root()) return "";
    return (std::filesystem::path(options.output) / "grid.jsonl").string();
  }

  // All that a point's values follow from.
  [[nodiscard]] std::string fingerprint_of() const {
    const Provenance facts = begin_report(dataset_, options_).provenance();
    Fingerprint hash;
    const auto add = [&](const std::string& text) { hash.add(text.c_str(), text.size() + 1); };
    add(std::string(version()));
    add(std::string(to_string(by_)));
    for (const char* fact : {"recipe_json",
                             "seed",
                             "data_fingerprint",
                             "statistics_fingerprints",
                             "shuffle_classes",
                             "solver",
                             "solver_method",
                             "init_file"}) {
      const auto found = facts.find(fact);
      add(found == facts.end() ? "" : found->second);
    }
    add(concat(options_.statistics.tolerance,
               " ",
               options_.statistics.max_iterations,
               " ",
               options_.statistics.max_seconds));
    return hash.hex();
  }

  // The root's, if it has one.
  [[nodiscard]] std::optional<JudgedPoint> saved_point(const std::string& fingerprint) const {
    std::optional<JudgedPoint> found = file_.find(fingerprint);
    if (group_.size() == 1) return found;
    std::string text = found ? found->to_json() : "";
    broadcast(group_, text);
    return text.empty() ? std::nullopt : std::optional(judged_point_from_json(text, "grid"));
  }

  [[nodiscard]] bool is_stopped() const {
    Index stops = callbacks_.fit.should_stop && callbacks_.fit.should_stop() ? 1 : 0;
    group_.sum(std::span(&stops, 1));
    return stops > 0;
  }

  // Of these data by a recipe, the same on all ranks. What has nothing to do with the recipe ends
  // all.
  [[nodiscard]] bool is_refusal(const Error& error) const {
    const bool is_agreed =
        group_.size() == 1 || dynamic_cast<const AgreedError*>(&error) != nullptr;
    const bool is_of_recipe =
        error.kind() == ErrorKind::kInvalidArgument || error.kind() == ErrorKind::kShapeMismatch ||
        error.kind() == ErrorKind::kFormat || error.kind() == ErrorKind::kUnsupported;
    return is_agreed && is_of_recipe;
  }

  // Nothing where it was stopped. A point without a solution, or refused, is a result, too.
  [[nodiscard]] std::optional<JudgedPoint> judge(const std::map<std::string, std::string>& fields) {
    JudgedPoint point{.fields = fields, .by = by_};
    try {
      if (!options_.recipe.network) {
        judge_folds(point);
        return point;
      }
      point.by = options_.recipe.selection_by;
      point.selection = select_network(dataset_, options_, callbacks_.fit);
      if (!point.selection) return std::nullopt;
      set_values(point, point.selection->values);
    } catch (const Error& error) {
      point.is_refused = is_refusal(error);
      if (!point.is_refused && error.kind() != ErrorKind::kNumerical) throw;
      point.failure = error.what();
    }
    return point;
  }

  void judge_folds(JudgedPoint& point) const {
    const std::optional<FoldGamma> found = judge_at_once(dataset_, options_, group_);
    if (!found || (by_ == SelectionBy::kH && found->harmonics.empty())) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("grid: expected folds of held-out seen classes to judge by ",
                         to_string(by_),
                         ", with two classes or more on either side",
                         by_ == SelectionBy::kH ? " and several images a class" : "",
                         ", got none"));
    }
    point.gamma = found->gamma;
    set_values(point, by_ == SelectionBy::kH ? found->harmonics : found->t1s);
  }

  const Dataset& dataset_;
  Communicator& group_;
  FitOptions options_;
  SelectionBy by_;
  const GridCallbacks& callbacks_;
  GridFile file_;
};

void check_points(std::span<const GridPoint> points, SelectionBy by) {
  for (const GridPoint& point : points) {
    const Recipe& recipe = point.recipe;
    if (recipe.network && recipe.selection != Selection::kValidation) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("grid: expected selection val, by which points are judged, got ",
                         to_string(recipe.selection)));
    }
    if (!recipe.network && by == SelectionBy::kAccuracy) {
      throw Error(ErrorKind::kInvalidArgument,
                  "grid: expected T1 or H to judge by, which folds of what learns at once have, "
                  "got accuracy");
    }
  }
}

}  // namespace

std::vector<JudgedPoint> judge_grid(const Dataset& dataset,
                                    const FitOptions& options,
                                    std::span<const GridPoint> points,
                                    SelectionBy by,
                                    const GridCallbacks& callbacks) {
  check_points(points, by);
  return GridSearch(dataset, options, by, callbacks).run(points);
}

}  // namespace dem
