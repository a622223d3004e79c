// Settings tried one after another on held-out seen classes, and never on test images.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "dem/data/dataset.h"
#include "dem/pipeline/fit.h"
#include "dem/pipeline/judged_point.h"

namespace dem {

// A recipe to try, and what is said of it.
struct GridPoint {
  std::map<std::string, std::string> fields;
  Recipe recipe;
};

// A field of a recipe and the values to try, as text.
struct GridAxis {
  std::string field;
  std::vector<std::string> values;
};

// "lambda=0.1,1,10". Throws Error{kInvalidArgument} for a text without field or value, and for a
// value twice.
[[nodiscard]] GridAxis grid_axis_from_string(const std::string& text);

// The most points of a grid.
inline constexpr Index kMostGridPoints = 10'000;

// All combinations of the axes' values, those of the last axis one after another. Throws
// Error{kInvalidArgument} for no axis, a field twice, one that says how points are judged
// (selection and its like), and more than kMostGridPoints.
[[nodiscard]] std::vector<std::map<std::string, std::string>> grid_points(
    std::span<const GridAxis> axes);

struct GridCallbacks {
  FitCallbacks fit;  // of the runs that judge networks; should_stop is asked between points, too
  // Before a point is judged, counted from 0, and once it is; `is_saved`: taken from the file.
  std::function<void(std::size_t point)> on_start;
  std::function<void(std::size_t point, const JudgedPoint&, bool is_saved)> on_point;
};

// Judges every point: a network by the runs that its selection `val` makes (SelectionOutcome), what
// learns at once by learning anew from scored folds, with the settings that it comes to on all
// seen classes where the point leaves some to choose. `by` is T1 or H (of networks their recipes'
// selection_by counts instead). `options` are those of a fit, whose recipe is not looked at; in its
// `output` a file grid.jsonl gets a line for each point, from which with `resume` points are taken
// that were judged with the same recipe, data, seed and version; lines of other points stay. In a
// group all ranks call it, with the same arguments, and get the same; rank 0 alone reads and writes
// the file. Returns the points that were judged, in their order: fewer than `points` where
// should_stop stopped it. A point that its recipe refuses for the data (no folds to judge by, say)
// is one without values (JudgedPoint::is_refused). Throws as fit() for all else, and Error{kFormat}
// naming the line of a grid.jsonl that is JSON and no point.
//
//   const auto judged = judge_grid(dataset, options, points, SelectionBy::kT1, {});
//   options.recipe = points[*best_point(judged)].recipe;
[[nodiscard]] std::vector<JudgedPoint> judge_grid(const Dataset& dataset,
                                                  const FitOptions& options,
                                                  std::span<const GridPoint> points,
                                                  SelectionBy by,
                                                  const GridCallbacks& callbacks = {});

}  // namespace dem
