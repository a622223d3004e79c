#include "dem/model/feature_scaling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

constexpr ScalingKind kAllScalingKinds[] = {
    ScalingKind::kNone, ScalingKind::kMinMax, ScalingKind::kStandard, ScalingKind::kL2};

// A pass over the rows is cut into at most this many chunks; their partial results are added in
// order, so the sums depend on neither threads nor chance, and memory not on the number of rows.
constexpr Index kMaxChunks = 64;
constexpr Index kMinChunkRows = 256;

// Folds all rows into one [width] accumulator: add(row, accumulator) within a chunk, starting from
// `initial`, and merge(accumulator, chunk's accumulator) over the chunks in order.
template <typename Add, typename Merge>
std::vector<double> fold_rows(MatrixView<const float> features,
                              std::span<const Index> rows,
                              double initial,
                              Add&& add,
                              Merge&& merge) {
  const Index n = static_cast<Index>(rows.size());
  const Index grain = std::max(kMinChunkRows, (n + kMaxChunks - 1) / kMaxChunks);
  Matrix<double> partial = Matrix<double>::uninitialised((n + grain - 1) / grain, features.cols());
  parallel_for(n, grain, [&](Index first, Index last) {
    double* accumulator = partial.row(first / grain).data();
    std::fill_n(accumulator, features.cols(), initial);
    for (Index i = first; i < last; ++i) {
      add(features.row(rows[static_cast<std::size_t>(i)]).data(), accumulator);
    }
  });
  std::vector<double> result(partial.row(0).begin(), partial.row(0).end());
  for (Index chunk = 1; chunk < partial.rows(); ++chunk) {
    for (Index d = 0; d < partial.cols(); ++d) {
      double& value = result[static_cast<std::size_t>(d)];
      value = merge(value, partial(chunk, d));
    }
  }
  return result;
}

constexpr auto plus = [](double a, double b) { return a + b; };
// NaN stays: a comparison with it is false.
constexpr auto smaller = [](double a, double b) { return b >= a ? a : (a != a ? a : b); };
constexpr auto larger = [](double a, double b) { return b <= a ? a : (a != a ? a : b); };

// 1 / spread; 1 for a dimension that is constant, or so nearly so that float32 has no factor.
float factor_for(double spread) {
  const double factor = 1.0 / spread;
  return factor <= static_cast<double>(std::numeric_limits<float>::max())
             ? static_cast<float>(factor)
             : 1.0f;
}

void fit_min_max(FeatureScaling& scaling,
                 MatrixView<const float> features,
                 std::span<const Index> rows) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Index dim = features.cols();
  const auto fold_with = [&](double initial, const auto& pick) {
    const auto add = [&pick, dim](const float* x, double* out) {
      for (Index d = 0; d < dim; ++d) out[d] = pick(out[d], static_cast<double>(x[d]));
    };
    return fold_rows(features, rows, initial, add, pick);
  };
  const std::vector<double> low = fold_with(kInfinity, smaller);
  const std::vector<double> high = fold_with(-kInfinity, larger);
  for (std::size_t d = 0; d < low.size(); ++d) {
    scaling.shift.push_back(static_cast<float>(low[d]));
    // The range as apply() sees it, in float32: then the largest value lands on 1, not beyond.
    const float range = static_cast<float>(high[d]) - static_cast<float>(low[d]);
    scaling.factor.push_back(factor_for(static_cast<double>(range)));
  }
}

void fit_standard(FeatureScaling& scaling,
                  MatrixView<const float> features,
                  std::span<const Index> rows) {
  const Index dim = features.cols();
  const double n = static_cast<double>(rows.size());
  const auto add_values = [dim](const float* x, double* sum) {
    for (Index d = 0; d < dim; ++d) sum[d] += static_cast<double>(x[d]);
  };
  std::vector<double> mean = fold_rows(features, rows, 0.0, add_values, plus);
  for (double& value : mean) value /= n;
  const auto add_squares = [dim, m = mean.data()](const float* x, double* sum) {
    for (Index d = 0; d < dim; ++d) {
      const double deviation = static_cast<double>(x[d]) - m[d];
      sum[d] += deviation * deviation;
    }
  };
  const std::vector<double> squares = fold_rows(features, rows, 0.0, add_squares, plus);
  for (std::size_t d = 0; d < mean.size(); ++d) {
    scaling.shift.push_back(static_cast<float>(mean[d]));
    scaling.factor.push_back(factor_for(std::sqrt(squares[d] / n)));
  }
}

void check_rows(MatrixView<const float> features, std::span<const Index> rows) {
  if (rows.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                "feature scaling: expected at least one training row, got none");
  }
  for (const Index row : rows) {
    if (row < 0 || row >= features.rows()) {
      throw Error(
          ErrorKind::kInvalidArgument,
          concat("feature scaling: expected rows of 0 .. ", features.rows() - 1, ", got ", row));
    }
  }
}

void check_finite(const FeatureScaling& scaling) {
  for (std::size_t d = 0; d < scaling.shift.size(); ++d) {
    if (!std::isfinite(scaling.shift[d]) || !(scaling.factor[d] > 0.0f)) {
      throw Error(ErrorKind::kNumerical,
                  concat("feature scaling: expected finite training features, got values beyond "
                         "float32 in feature dimension ",
                         d));
    }
  }
}

void normalise_row(std::span<float> row) {
  const double norm = std::sqrt(squared_norm(row));
  if (norm == 0.0) return;
  for (float& value : row) value = static_cast<float>(static_cast<double>(value) / norm);
}

}  // namespace

std::string_view to_string(ScalingKind kind) noexcept {
  switch (kind) {
    case ScalingKind::kNone:
      return "none";
    case ScalingKind::kMinMax:
      return "minmax";
    case ScalingKind::kStandard:
      return "standard";
    case ScalingKind::kL2:
      return "l2";
  }
  return "unknown";
}

ScalingKind scaling_kind_from_string(std::string_view name) {
  for (const ScalingKind kind : kAllScalingKinds) {
    if (name == to_string(kind)) return kind;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat("feature scaling: expected none, minmax, standard or l2, got \"", name, "\""));
}

FeatureScaling FeatureScaling::fit(ScalingKind kind,
                                   MatrixView<const float> visual_features,
                                   std::span<const Index> rows) {
  check_rows(visual_features, rows);
  FeatureScaling scaling{kind, {}, {}};
  if (kind == ScalingKind::kMinMax) fit_min_max(scaling, visual_features, rows);
  if (kind == ScalingKind::kStandard) fit_standard(scaling, visual_features, rows);
  check_finite(scaling);
  return scaling;
}

void FeatureScaling::apply(MatrixView<float> visual_features) const {
  if (kind == ScalingKind::kNone) return;
  const Index dim = visual_features.cols();
  if (kind != ScalingKind::kL2 && dim != static_cast<Index>(shift.size())) {
    throw Error(
        ErrorKind::kShapeMismatch,
        concat("feature scaling: expected ", shift.size(), " feature dimensions, got ", dim));
  }
  constexpr Index kGrainElements = 1 << 16;
  const Index grain = std::max<Index>(1, kGrainElements / std::max<Index>(1, dim));
  parallel_for(visual_features.rows(), grain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      if (kind == ScalingKind::kL2) {
        normalise_row(visual_features.row(i));
        continue;
      }
      float* x = visual_features.row(i).data();
      for (Index d = 0; d < dim; ++d) {
        x[d] = (x[d] - shift.data()[d]) * factor.data()[d];
      }
    }
  });
}

}  // namespace dem
