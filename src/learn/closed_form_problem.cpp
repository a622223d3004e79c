#include "learn/closed_form_problem.h"

#include <cmath>

#include "learn/closed_form_recipe.h"
#include "learn/kernel/doubtful_descriptions.h"
#include "linalg/double_sums.h"

namespace dem {

Matrix<double> unit_rows(MatrixView<const float> rows) {
  Matrix<double> unit(rows.rows(), rows.cols());
  for (Index c = 0; c < rows.rows(); ++c) {
    const double norm = std::sqrt(squared_norm(rows.row(c)));
    for (Index j = 0; j < rows.cols(); ++j) {
      unit(c, j) = norm > 0.0 ? double{rows(c, j)} / norm : 0.0;
    }
  }
  return unit;
}

ClosedFormProblem make_problem(const Recipe& recipe,
                               const LearningData& data,
                               const ClassStatistics& statistics,
                               Shifts shifts) {
  const ClassInput input = only_space(recipe, data.classes);
  ClosedFormProblem problem{unit_rows(data.classes.embeddings[0]),
                            input,
                            statistics.clone(),
                            data.base.clone(),
                            recipe.metric,
                            shifts};
  const ScalingKind kind = recipe.feature_scaling;
  if (kind == ScalingKind::kMinMax || kind == ScalingKind::kStandard) {
    const FeatureScaling scaling = problem.statistics.fit_scaling(kind);
    problem.statistics.scale(scaling);
    problem.feature_map.add(scaling);
  }
  return problem;
}

ClosedFormProblem problem_of_all(const Recipe& recipe, const LearningData& data, Shifts shifts) {
  ClosedFormProblem problem = make_problem(recipe, data, data.statistics, shifts);
  if (!data.is_fold) {
    warn_of_doubtful_descriptions(recipe.name, data.classes, problem.embeddings);
  }
  return problem;
}

}  // namespace dem
