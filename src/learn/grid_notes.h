// What a choice does not say by itself: that nothing could be told apart, or that a wider grid may
// do better.
#pragma once

#include <cstddef>
#include <vector>

#include "learn/settings_grid.h"

namespace dem {

// Points of a recipe's grids and what each was judged as; larger is better.
struct JudgedPoints {
  std::vector<Choice> points;
  std::vector<double> values;
  std::size_t best = 0;
};

// The names and values, for a line of the log.
[[nodiscard]] std::string text_of(const Choice& choice);

// A warning of the log where there are several points and all are equal.
void warn_of_equals(const JudgedPoints& judged);
// A line of the log for each number of the best point that is the first or last of its NAME_grid of
// three or more and better than the one beside it, where that was judged with all else as it is.
// Below 0 nothing may be better.
void note_ends(const Recipe& recipe, const JudgedPoints& judged);

}  // namespace dem
