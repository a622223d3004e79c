#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/search/score_source.h"

namespace dem {
namespace {

constexpr Index kMatrixGrain = 64;  // rows a task

[[noreturn]] void refuse_scores(const std::string& expected, Index got) {
  throw Error(ErrorKind::kInvalidArgument, concat("scores: expected ", expected, ", got ", got));
}

}  // namespace

MatrixSource::MatrixSource(MatrixView<const float> scores) : scores_(scores) {
  for (Index i = 0; i < scores_.rows(); ++i) {
    const std::span<const float> row = scores_.row(i);
    const auto bad = std::find_if(row.begin(), row.end(), [](float s) { return std::isnan(s); });
    if (bad == row.end()) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat("scores: expected numbers, got NaN in row ",
                       i,
                       ", column ",
                       bad - row.begin(),
                       " (counted from 0)"));
  }
}

void MatrixSource::check(std::span<const Index> rows, std::span<const ClassId> candidates) const {
  for (const Index row : rows) {
    if (row < 0 || row >= num_rows()) refuse_scores(concat("rows of 0 .. ", num_rows() - 1), row);
  }
  if (candidates.empty()) refuse_scores("candidates", 0);
  for (const ClassId c : candidates) {
    if (c < 0 || c >= num_classes())
      refuse_scores(concat("classes of 0 .. ", num_classes() - 1), c);
  }
}

Matrix<std::int32_t> MatrixSource::best(std::span<const Index> rows,
                                        std::span<const ClassId> candidates,
                                        Index k) const {
  check(rows, candidates);
  const auto count = static_cast<Index>(candidates.size());
  if (k < 1 || k > count) refuse_scores(concat("the best 1 .. ", count), k);
  Matrix<std::int32_t> out(static_cast<Index>(rows.size()), k);
  parallel_for(out.rows(), kMatrixGrain, [&](Index first, Index last) {
    std::vector<std::int32_t> places(candidates.size());
    for (Index i = first; i < last; ++i) {
      const std::span<const float> row = scores_.row(rows[at(i)]);
      const auto before = [&](std::int32_t a, std::int32_t b) {
        const float x = row[at(candidates[at(a)])], y = row[at(candidates[at(b)])];
        return x > y || (x == y && a < b);
      };
      std::iota(places.begin(), places.end(), 0);
      std::partial_sort(places.begin(), places.begin() + k, places.end(), before);
      std::copy(places.begin(), places.begin() + k, out.row(i).begin());
    }
  });
  return out;
}

Matrix<double> MatrixSource::scores(std::span<const Index> rows,
                                    std::span<const ClassId> candidates) const {
  check(rows, candidates);
  Matrix<double> out(static_cast<Index>(rows.size()), static_cast<Index>(candidates.size()));
  for (Index i = 0; i < out.rows(); ++i) {
    const std::span<const float> row = scores_.row(rows[at(i)]);
    for (Index j = 0; j < out.cols(); ++j) out(i, j) = double{row[at(candidates[at(j)])]};
  }
  return out;
}

}  // namespace dem
