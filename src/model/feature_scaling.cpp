#include "dem/model/feature_scaling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/enum_names.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

constexpr EnumName<ScalingKind> kScalingKinds[] = {{ScalingKind::kNone, "none"},
                                                   {ScalingKind::kMinMax, "minmax"},
                                                   {ScalingKind::kStandard, "standard"},
                                                   {ScalingKind::kL2, "l2"}};

// A pass over the rows is cut into at most this many chunks; their partial results are added in
// order, so the sums depend on neither threads nor chance, and memory not on the number of rows.
constexpr Index kMaxChunks = 64;
constexpr Index kMinChunkRows = 256;

// Some rows of this rank's matrix, and the ranks that have the others.
struct Sample {
  MatrixView<const float> features;
  std::span<const Index> rows;
  Communicator& group;
  Index size;  // rows of all ranks
};

// Folds this rank's rows into one [width] accumulator: add(row, accumulator) within a chunk,
// starting from `initial`, and merge(accumulator, chunk's accumulator) over the chunks in order.
template <typename Add, typename Merge>
std::vector<double> fold_rows(const Sample& sample, double initial, Add&& add, Merge&& merge) {
  const Index n = static_cast<Index>(sample.rows.size());
  const Index dim = sample.features.cols();
  if (n == 0) return std::vector<double>(static_cast<std::size_t>(dim), initial);
  const Index grain = std::max(kMinChunkRows, (n + kMaxChunks - 1) / kMaxChunks);
  Matrix<double> partial = Matrix<double>::uninitialised((n + grain - 1) / grain, dim);
  parallel_for(n, grain, [&](Index first, Index last) {
    double* accumulator = partial.row(first / grain).data();
    std::fill_n(accumulator, dim, initial);
    for (Index i = first; i < last; ++i) {
      add(sample.features.row(sample.rows[static_cast<std::size_t>(i)]).data(), accumulator);
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

// The smallest `low` and the largest `high` of all ranks, NaN where a rank has NaN: comparisons of
// the group's own may pass it over.
void merge_ranges(Communicator& group, std::vector<double>& low, std::vector<double>& high) {
  if (group.size() == 1) return;
  const std::size_t dim = low.size();
  std::vector<double> ends(3 * dim);  // low, -high, -1 where there is NaN
  for (std::size_t d = 0; d < dim; ++d) {
    const bool has_nan = std::isnan(low[d]);
    ends[d] = has_nan ? 0.0 : low[d];
    ends[dim + d] = has_nan ? 0.0 : -high[d];
    ends[2 * dim + d] = has_nan ? -1.0 : 0.0;
  }
  group.least(ends);
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t d = 0; d < dim; ++d) {
    const bool has_nan = ends[2 * dim + d] < 0.0;
    low[d] = has_nan ? kNan : ends[d];
    high[d] = has_nan ? kNan : -ends[dim + d];
  }
}

void fit_min_max(FeatureScaling& scaling, const Sample& sample) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Index dim = sample.features.cols();
  const auto fold_with = [&](double initial, const auto& pick) {
    const auto add = [&pick, dim](const float* x, double* out) {
      for (Index d = 0; d < dim; ++d) out[d] = pick(out[d], static_cast<double>(x[d]));
    };
    return fold_rows(sample, initial, add, pick);
  };
  std::vector<double> low = fold_with(kInfinity, smaller);
  std::vector<double> high = fold_with(-kInfinity, larger);
  merge_ranges(sample.group, low, high);
  scaling = FeatureScaling::from_ranges(std::vector<float>(low.begin(), low.end()),
                                        std::vector<float>(high.begin(), high.end()));
}

void fit_standard(FeatureScaling& scaling, const Sample& sample) {
  const Index dim = sample.features.cols();
  const double n = static_cast<double>(sample.size);
  const auto add_values = [dim](const float* x, double* sum) {
    for (Index d = 0; d < dim; ++d) sum[d] += static_cast<double>(x[d]);
  };
  std::vector<double> mean = fold_rows(sample, 0.0, add_values, plus);
  sample.group.sum(mean);
  for (double& value : mean) value /= n;
  const auto add_squares = [dim, m = mean.data()](const float* x, double* sum) {
    for (Index d = 0; d < dim; ++d) {
      const double deviation = static_cast<double>(x[d]) - m[d];
      sum[d] += deviation * deviation;
    }
  };
  std::vector<double> squares = fold_rows(sample, 0.0, add_squares, plus);
  sample.group.sum(squares);
  for (double& value : squares) value /= n;
  scaling = FeatureScaling::from_moments(mean, squares);
}

void check_rows(const Sample& sample) {
  if (sample.size == 0) {
    throw Error(ErrorKind::kInvalidArgument,
                "feature scaling: expected at least one training row, got none");
  }
  agree(sample.group, [&] {
    const Index num_rows = sample.features.rows();
    for (const Index row : sample.rows) {
      if (row >= 0 && row < num_rows) continue;
      throw Error(ErrorKind::kInvalidArgument,
                  concat("feature scaling: expected rows of 0 .. ", num_rows - 1, ", got ", row));
    }
  });
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
  return name_of(kScalingKinds, kind);
}

ScalingKind scaling_kind_from_string(std::string_view name) {
  return value_of(kScalingKinds, name, "feature scaling");
}

FeatureScaling FeatureScaling::fit(ScalingKind kind,
                                   MatrixView<const float> visual_features,
                                   std::span<const Index> rows,
                                   Communicator& group) {
  auto size = static_cast<Index>(rows.size());
  group.sum(std::span(&size, 1));
  const Sample sample{visual_features, rows, group, size};
  check_rows(sample);
  FeatureScaling scaling{kind, {}, {}};
  if (kind == ScalingKind::kMinMax) fit_min_max(scaling, sample);
  if (kind == ScalingKind::kStandard) fit_standard(scaling, sample);
  return scaling;
}

FeatureScaling FeatureScaling::from_ranges(std::span<const float> lowest,
                                           std::span<const float> highest) {
  FeatureScaling scaling{ScalingKind::kMinMax, {lowest.begin(), lowest.end()}, {}};
  for (std::size_t d = 0; d < lowest.size(); ++d) {
    // The range as apply() sees it, in float32: then the largest value lands on 1, not beyond.
    const float range = highest[d] - lowest[d];
    scaling.factor.push_back(factor_for(static_cast<double>(range)));
  }
  check_finite(scaling);
  return scaling;
}

FeatureScaling FeatureScaling::from_moments(std::span<const double> means,
                                            std::span<const double> variances) {
  FeatureScaling scaling{ScalingKind::kStandard, {}, {}};
  for (std::size_t d = 0; d < means.size(); ++d) {
    scaling.shift.push_back(static_cast<float>(means[d]));
    scaling.factor.push_back(factor_for(std::sqrt(variances[d])));
  }
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
