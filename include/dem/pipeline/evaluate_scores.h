// The zero-shot protocols for scores of other systems.
#pragma once

#include "dem/data/score_files.h"
#include "dem/eval/scores.h"

namespace dem {

// The gamma of the best H on validation scores (read_validation_scores), as recipes find theirs on
// folds: of 400 between the 1 % and the 99 % quantile of the gaps, smoothed over 21. Throws
// Error{kInvalidArgument} where there are no rows of either kind, where the columns are not those
// of the test scores, and where these are the test scores themselves.
[[nodiscard]] double gamma_of_scores(const ScoredData& validation, const ScoredData& test);

// evaluate() of the scores; `metric` of the result means nothing. Hubness is that of the scores.
//
//   const ScoredData test = read_scores(options);
//   const double gamma = gamma_of_scores(read_validation_scores(options), test);
//   const EvaluationResult result = evaluate_scores(test, gamma, {.oracle = true});
[[nodiscard]] EvaluationResult evaluate_scores(const ScoredData& scored,
                                               double gamma = 0.0,
                                               const EvaluationOptions& options = {});

}  // namespace dem
