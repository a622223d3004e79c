#include "search/coarse_prototypes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/parallel.h"
#include "search/row_kernels.h"
#include "search/search_kernels.h"

namespace dem {
namespace {

// Below these sizes the float32 product is as fast.
constexpr Index kFewestDimensions = 64;
constexpr Index kFewestPrototypes = 32;
constexpr Index kMostCoarseDimensions = Index{1} << 18;
// Norms in this range, or zero, keep all products of steps among the normal float32 numbers.
constexpr double kSmallestCoarseNorm = 0x1p-30;
constexpr double kLargestCoarseNorm = 0x1p30;

bool in_range(double norm) {
  return norm == 0.0 || (norm > kSmallestCoarseNorm && norm < kLargestCoarseNorm);
}

// Numbers 2 p and 2 p + 1 of a row with an even number of them.
std::int32_t pair_of(const std::int16_t* row, Index pair) {
  const auto low = static_cast<std::uint32_t>(static_cast<std::uint16_t>(row[2 * pair]));
  const auto high = static_cast<std::uint32_t>(static_cast<std::uint16_t>(row[2 * pair + 1]));
  return static_cast<std::int32_t>(low | high << 16);
}

}  // namespace

CoarsePrototypes::CoarsePrototypes(const PrototypeScores& scores)
    : scores_(scores), pairs_((scores.prototypes().cols() + 1) / 2) {
  const Index m = scores.prototypes().rows(), dim = scores.prototypes().cols();
  most_norm_ = 46340.0 - 0.51 * std::sqrt(static_cast<double>(dim)) - 1.0;
  if (detail::search_kernels().multiply_coarsely == nullptr || scores.shifts_products() ||
      m < kFewestPrototypes || dim < kFewestDimensions || dim > kMostCoarseDimensions) {
    return;
  }
  for (Index j = 0; j < m; ++j) {
    if (scores.usable(j) && !in_range(scores.norm(j))) return;
  }
  const Index panels = (m + detail::kCoarsePanel - 1) / detail::kCoarsePanel;
  const Index last = (panels - 1) * detail::kCoarsePanel;
  b_ = Matrix<std::int32_t>(1, (last + panel_width(last)) * pairs_);
  scale_.resize(static_cast<std::size_t>(m));
  std::vector<double> moved(static_cast<std::size_t>(panels));
  parallel_for(panels, 1, [&](Index panel, Index) {
    moved[static_cast<std::size_t>(panel)] = pack_panel(panel * detail::kCoarsePanel);
  });
  largest_moved_ = *std::max_element(moved.begin(), moved.end());
  serves_ = true;
}

// A query that was decided saves about as much as one in vain costs, half a float32 product.
void CoarsePrototypes::note(Index queries, bool decided) const {
  constexpr Index kEnough = 1024;
  constexpr auto kRelaxed = std::memory_order_relaxed;
  Index before = in_vain_.load(kRelaxed), after = 0;
  do {
    after = std::max<Index>(0, before + (decided ? -queries : queries));
  } while (!in_vain_.compare_exchange_weak(before, after, kRelaxed));
  if (after >= kEnough) serves_.store(false, kRelaxed);
}

// The last panel is as narrow as it can be.
Index CoarsePrototypes::panel_width(Index first) const {
  const Index left = std::min<Index>(scores_.prototypes().rows() - first, detail::kCoarsePanel);
  return (left + detail::kCoarseLanes - 1) / detail::kCoarseLanes * detail::kCoarseLanes;
}

float CoarsePrototypes::step_of(double norm, float largest) const {
  const double step = std::max(norm / most_norm_, static_cast<double>(largest) / 32766.0);
  return std::nextafter(static_cast<float>(step), std::numeric_limits<float>::infinity());
}

// The rounding of step * X_i, at most u 46341 steps, and squares lost to underflow are within 0.004
// of a step.
double CoarsePrototypes::moved_by(float step, float squared_rest) const {
  const double dim = static_cast<double>(scores_.prototypes().cols());
  return std::sqrt(static_cast<double>(squared_rest)) * kSecondOrder +
         0.004 * static_cast<double>(step) * std::sqrt(dim);
}

double CoarsePrototypes::pack_panel(Index first) {
  const MatrixView<const float> prototypes = scores_.prototypes();
  const Index width = panel_width(first);
  std::int32_t* panel = b_.data() + first * pairs_;
  double largest = 0.0;
  std::vector<std::int16_t> row(static_cast<std::size_t>(2 * pairs_));
  for (Index c = 0; c < width && first + c < prototypes.rows(); ++c) {
    const Index j = first + c;
    if (!scores_.usable(j) || scores_.norm(j) == 0.0) continue;  // zeros
    const float step =
        step_of(scores_.norm(j) * kSecondOrder, magnitude_of(prototypes.row(j)).largest);
    const float rest = round_to_int16(prototypes.row(j), step, row.data());
    largest = std::max(largest, moved_by(step, rest) / scores_.norm(j));
    for (Index p = 0; p < pairs_; ++p) panel[p * width + c] = pair_of(row.data(), p);
    scale_[static_cast<std::size_t>(j)] = scores_.scale()[j] * step;
  }
  return largest;
}

bool CoarsePrototypes::pack(MatrixView<const float> block,
                            std::span<QueryBound> bounds,
                            CoarseQueries& queries) const {
  constexpr Index kRows = detail::kCoarseRows;
  const Index groups = (block.rows() + kRows - 1) / kRows;
  queries.pairs.resize(static_cast<std::size_t>(groups * kRows * pairs_));
  queries.steps.resize(static_cast<std::size_t>(groups * kRows));
  queries.row.resize(static_cast<std::size_t>(2 * pairs_));
  for (Index i = 0; i < groups * kRows; ++i) {
    const auto at = static_cast<std::size_t>(i);
    float step = 0.0f;
    if (i < block.rows()) {
      QueryBound& bound = bounds[at];
      if (bound.exact_only) return false;
      // The bound of a zero row's norm is a little above zero.
      if (bound.largest > 0.0f) {
        if (!in_range(bound.norm)) return false;
        step = step_of(bound.norm, bound.largest);
      }
      const double moved = moved_by(step, round_to_int16(block.row(i), step, queries.row.data()));
      const double error =
          ((bound.norm + moved) * (largest_moved_ + 11.0 * kFloatUnit) + moved) * kSecondOrder;
      bound.product_error = std::nextafter(static_cast<float>(error * double{bound.factor}),
                                           std::numeric_limits<float>::infinity());
      step *= bound.factor;
    } else {
      std::fill(queries.row.begin(), queries.row.end(), std::int16_t{0});
    }
    queries.steps[at] = step;
    std::int32_t* out = queries.pairs.data() + i / kRows * kRows * pairs_ + i % kRows;
    for (Index p = 0; p < pairs_; ++p) out[p * kRows] = pair_of(queries.row.data(), p);
  }
  return true;
}

void CoarsePrototypes::multiply(const CoarseQueries& queries,
                                Index first,
                                Index columns,
                                MatrixView<float> products) const {
  parallel_for(columns, detail::kCoarsePanel, [&](Index panel, Index) {
    detail::search_kernels().multiply_coarsely(
        {static_cast<Index>(queries.steps.size()) / detail::kCoarseRows,
         pairs_,
         queries.pairs.data(),
         b_.data() + (first + panel) * pairs_,
         panel_width(first + panel),
         queries.steps.data(),
         products.data() + panel,
         products.stride()});
  });
}

}  // namespace dem
